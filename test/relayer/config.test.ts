import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';

import { parseConfig, parseProcessConfig, rpcUrlOf, readConfig } from '../../relayer/config.ts';
import { PegwayError } from '../../protocol/errors.ts';
import { bridges } from './support.ts';

const secret = 'ab'.repeat(32);
const right = {
  main: { chainId: 1, bridge: bridges[0], rpcUrls: ['http://127.0.0.1:8545'] },
  product: { chainId: 2, bridge: bridges[1], rpcUrls: ['http://127.0.0.1:8546'] },
  key: `plain:0x${secret}`,
};

const refusal = (file: unknown): PegwayError => {
  try {
    parseConfig(file, {}, '/etc/pegway');
  } catch (error) {
    assert.ok(error instanceof PegwayError);
    assert.equal(error.exitCode, 2);
    assert.ok(!error.message.includes(secret), 'the key');
    return error;
  }
  return assert.fail('it was taken');
};

describe('a configuration', () => {
  it('with what must be there is enough; the rest has defaults', () => {
    const config = parseConfig(right, {}, '/etc/pegway');
    assert.equal(config.dataDir, '/etc/pegway/data');
    assert.equal(config.main.rpcQuorum, 1);
    assert.equal(config.main.finality, 'finalized');
    assert.equal(config.main.proof, 'receipts');
    assert.deepEqual(config.listen, {
      public: { host: '0.0.0.0', port: 7300 },
      private: { host: '127.0.0.1', port: 7400 },
      trustedProxies: [],
    });
    assert.equal(config.queue, undefined);
    assert.equal(config.devnet, false);
  });

  it('names a proxy or a source of a peer that is no address or range', () => {
    const address = `0x${'11'.repeat(20)}`;
    const wrong = {
      ...right,
      listen: { trustedProxies: ['10.0.0.0/8', 'proxy.example'] },
      peers: [{ address, url: 'http://b.example', from: ['10.0.0.0/33'] }],
    };
    assert.throws(() => parseConfig(wrong, {}, '/'), /peers\[0\]\.from\[0\]: expected an IP address or a range/);
    assert.throws(() => parseConfig(wrong, {}, '/'), /listen\.trustedProxies\[1\]: expected an IP address or a range/);
  });

  it('takes addresses in any case', () => {
    const bridge = bridges[0].toLowerCase();
    assert.equal(parseConfig({ ...right, main: { ...right.main, bridge } }, {}, '.').main.bridge, bridges[0]);
  });

  it('refuses an address with a wrong checksum, and names the right one', () => {
    const bridge = '0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
    const { message } = refusal({ ...right, product: { ...right.product, bridge } });
    assert.match(message, /product\.bridge: wrong EIP-55 checksum: expected 0x5aA.*found "0x5AA/);
  });

  it('names every wrong field at once, what was found and what is expected', () => {
    const { message } = refusal({
      ...right,
      main: { ...right.main, bridge: '0x12', rpcUrls: ['localhost:8545'] },
      turnSeconds: -1,
      listen: { public: '7300' },
    });
    assert.match(message, /main\.bridge: expected an address.*found "0x12"/);
    assert.match(message, /main\.rpcUrls\[0\]: expected an http.*found "localhost:8545"/);
    assert.match(message, /turnSeconds: .*found -1/);
    assert.match(message, /listen\.public: expected HOST:PORT.*found "7300"/);
  });

  it('may name a WebSocket beside the URL of a node', () => {
    const node = { url: 'http://127.0.0.1:8545', ws: 'ws://127.0.0.1:8546' };
    const { main } = parseConfig({ ...right, main: { ...right.main, rpcUrls: [node, node.url] } }, {}, '.');
    assert.deepEqual(main.rpcUrls.map(rpcUrlOf), [node.url, node.url]);
    const wrong = { ...node, ws: 'http://127.0.0.1:8546' };
    assert.match(
      refusal({ ...right, main: { ...right.main, rpcUrls: [wrong] } }).message,
      /main\.rpcUrls\[0\].*ws:\/\//,
    );
  });

  it('requires a majority of the nodes to agree unless it names a number', () => {
    const quorumOf = (nodes: number, more = {}) => {
      const rpcUrls = Array.from({ length: nodes }, (_, index) => `http://127.0.0.1:${8545 + index}`);
      return parseConfig({ ...right, main: { ...right.main, rpcUrls, ...more } }, {}, '.').main.rpcQuorum;
    };
    assert.deepEqual(
      [1, 2, 3, 4, 5].map((nodes) => quorumOf(nodes)),
      [1, 2, 2, 3, 3],
    );
    assert.equal(quorumOf(3, { rpcQuorum: 1 }), 1);
  });

  it('has the finality of its headerRule unless it names one: nodes of QBFT chains know no finalized block', () => {
    const chain = { rpcUrls: ['http://a'], chainId: 5, bridge: bridges[0] };
    const finalityWith = (changes: object) =>
      parseConfig({ ...right, product: { ...chain, ...changes } }, {}, '/').product.finality;
    assert.equal(finalityWith({}), 'finalized');
    assert.equal(finalityWith({ headerRule: 'clique' }), 'finalized');
    assert.deepEqual(finalityWith({ headerRule: 'qbft' }), { depth: 0 });
    assert.deepEqual(finalityWith({ headerRule: 'ibft2' }), { depth: 0 });
    assert.equal(finalityWith({ headerRule: 'qbft', finality: 'finalized' }), 'finalized');
    assert.deepEqual(finalityWith({ headerRule: 'qbft', finality: { depth: 3 } }), { depth: 3 });
  });

  for (const page of ['README.md', 'docs/configuration.md']) {
    it(`of an example in ${page} is valid, and has a finality that its chain's nodes know`, () => {
      let addresses = 0;
      const examples = [...readFileSync(page, 'utf8').matchAll(/```json\n([^]*?)```/g)]
        .map(([, text]) => (text ?? '').replaceAll('0x…', () => `0x${`${++addresses}`.padStart(40, '0')}`))
        .filter((text) => /"(chains|main)"/.test(text));
      assert.ok(examples.length > 0);
      for (const text of examples) {
        for (const { main, product } of parseProcessConfig(JSON.parse(text), {}, '/').bridges) {
          for (const { headerRule, finality } of [main, product]) {
            if (headerRule === 'qbft') assert.deepEqual(finality, { depth: 0 });
          }
        }
      }
    });
  }

  it('takes rpcUrl for a list of one, and a $schema for editors', () => {
    const { rpcUrls, ...main } = right.main;
    const file = {
      $schema: 'https://example.org/relayer.schema.json',
      ...right,
      main: { ...main, rpcUrl: rpcUrls[0] },
    };
    const config = parseConfig(file, {}, '.');
    assert.deepEqual(config.main.rpcUrls, rpcUrls);
    assert.ok(!('$schema' in config));
  });

  it('with a setting that does not exist is refused: a misspelt one would be silence', () => {
    assert.match(refusal({ ...right, turnSecond: 3 }).message, /turnSecond: no such setting/);
    assert.match(refusal({ ...right, main: { ...right.main, rpcUrl: 'x' } }).message, /main\.rpcUrl: no such setting/);
  });

  it('with a wrong key does not show it', () => {
    assert.match(refusal({ ...right, key: [secret] }).message, /key: .*not shown/);
    assert.match(refusal({ ...right, payingKey: [secret] }).message, /payingKey: .*not shown/);
  });

  it('that contradicts itself is refused', () => {
    const more = { ...right.main, rpcQuorum: 2 };
    assert.match(
      refusal({ ...right, main: more }).message,
      /rpcQuorum: expected at most the number of rpcUrls \(1\), found 2/,
    );
    assert.match(
      refusal({ ...right, product: { ...right.product, chainId: 1 } }).message,
      /product\.chainId: expected a different chain/,
    );
    assert.match(
      refusal({ ...right, turnSeconds: 60, fallbackSeconds: 60 }).message,
      /fallbackSeconds: expected more than/,
    );
    assert.match(refusal({ ...right, listen: { public: 'h:65536' } }).message, /port from 0 to 65535/);
  });

  it('takes the queue from the environment only when it names none', () => {
    const environment = { REDIS_URL: 'redis://from-environment' };
    assert.equal(parseConfig(right, environment, '.').queue, 'redis://from-environment');
    assert.equal(parseConfig({ ...right, queue: 'redis://own' }, environment, '.').queue, 'redis://own');
  });

  it('refuses a queue that is no Redis, saying what is expected, and hides the password of the URL', () => {
    const postgres = 'postgres://user:secret@localhost/jobs';
    const expected = /queue: expected redis:.*rediss:.*or nothing.*; found "postgres:\/\/…@localhost\/jobs"/;
    const error = refusal({ ...right, queue: postgres });
    assert.match(error.message, expected);
    assert.equal(error.exitCode, 2);
    assert.throws(() => parseConfig(right, { REDIS_URL: postgres }, '.'), {
      exitCode: 2,
      message: /^REDIS_URL: expected redis:.*; found postgres:\/\/…@localhost\/jobs$/,
    });
    assert.equal(parseConfig(right, { REDIS_URL: '' }, '.').queue, undefined);
  });

  describe('of several bridges', () => {
    const node = (port: number) => ({ rpcUrls: [`http://127.0.0.1:${port}`] });
    const several = {
      chains: { ethereum: { chainId: 1, ...node(8545) }, boats: { chainId: 2, ...node(8546) } },
      bridges: {
        usd: { main: { chain: 'ethereum', bridge: bridges[0] }, product: { chain: 'boats', bridge: bridges[1] } },
        eur: { main: { chain: 'ethereum', bridge: bridges[1] }, product: { chain: 'boats', bridge: bridges[0] } },
      },
      key: `plain:0x${secret}`,
      peers: [{ address: bridges[0], url: 'http://peer.example' }],
    };
    const [usd, eur] = [several.bridges.usd, several.bridges.eur];

    it('gives each bridge the settings of its chains, its own folder, and the common peers unless it has some', () => {
      const own = { ...several, bridges: { usd, eur: { ...eur, peers: [], key: 'keystore:eur.json' } } };
      const { bridges: parsed, isFleet } = parseProcessConfig(own, {}, '/etc/pegway');
      assert.equal(isFleet, true);
      const [first, second] = parsed;
      assert.deepEqual([first?.name, second?.name], ['usd', 'eur']);
      assert.equal(first?.main.chainId, 1);
      assert.equal(first.product.rpcQuorum, 1);
      assert.equal(first.dataDir, `/etc/pegway/data/1-${bridges[0].toLowerCase()}`);
      assert.equal(first.peers.length, 1);
      assert.deepEqual(second?.peers, []);
      assert.equal(second.key, 'keystore:eur.json');
    });

    it('beside the form of one bridge is refused', () => {
      assert.match(refusal({ ...right, chains: several.chains }).message, /main and chains: expected main and product/);
    });

    it('names a chain that is not there, and two chains or bridges that are the same', () => {
      const elsewhere = { main: { chain: 'sea', bridge: bridges[0] }, product: usd.product };
      assert.match(
        refusal({ ...several, bridges: { usd: elsewhere } }).message,
        /bridges\.usd\.main\.chain: expected one of ethereum, boats; found "sea"/,
      );
      assert.match(
        refusal({ ...several, chains: { ...several.chains, again: { chainId: 1, ...node(1) } } }).message,
        /chains\.again\.chainId: expected another chain than chains\.ethereum; found 1/,
      );
      assert.match(
        refusal({ ...several, bridges: { usd, twin: usd } }).message,
        /bridges\.twin\.main\.bridge: expected another bridge than that of bridges\.usd/,
      );
      const loop = { main: usd.main, product: { chain: 'ethereum', bridge: bridges[1] } };
      assert.match(
        refusal({ ...several, bridges: { loop } }).message,
        /bridges\.loop\.product\.chain: expected a different/,
      );
      assert.match(refusal({ ...several, bridges: {} }).message, /bridges: expected at least one bridge/);
      assert.match(refusal({ ...several, bridges: { 'A/B': usd } }).message, /A\/B/);
    });

    it('lets a command select one by name or id, and names them all when it does not', () => {
      const select = (bridge?: string) => parseConfig(several, {}, '.', bridge).name;
      assert.equal(select('eur'), 'eur');
      assert.equal(select(`1-${bridges[1].toLowerCase()}`), 'eur');
      assert.throws(() => select(), { exitCode: 2, message: 'the configuration has several bridges: usd, eur' });
      assert.throws(() => select('gbp'), { exitCode: 2, message: 'the configuration has no bridge gbp: usd, eur' });
    });
  });

  describe('file', () => {
    const directory = mkdtempSync(join(tmpdir(), 'pegway-config-'));
    after(() => rmSync(directory, { recursive: true, force: true }));

    it('that is not there, or not JSON, is refused by its name', () => {
      const file = join(directory, 'relayer.json');
      assert.throws(() => readConfig(file, {}), { exitCode: 2, message: new RegExp(`cannot read .*${file}`) });
      writeFileSync(file, '{\n  "log": "info",\n}');
      assert.throws(() => readConfig(file, {}), {
        exitCode: 2,
        message: /is not JSON at position 19 \(line 3 column 1\)/,
      });
    });

    for (const [what, text, expected] of [
      ['a byte-order mark', '\ufeff{"log": "info"}', /not JSON: a byte-order mark at line 1 column 1$/],
      ['a line comment', '{\n  "log": "info", // pin-value=1\n}', /not JSON: a comment at line 2 column 18$/],
      ['a block comment', '{\n  /* pin-value=1 */ "log": "info"\n}', /not JSON: a comment at line 2 column 3$/],
      ['a number sign', '# pin-value=1\n{"log": "info"}', /not JSON: a comment at line 1 column 1$/],
      ['the encoding UTF-16', Buffer.from('\ufeff{"log": "info"}', 'utf16le'), /not JSON: it is not UTF-8$/],
      ['an unquoted URL', '{"queue": redis://host}', /is not JSON( at [^"]*)?$/],
      ['slashes in a string only', '{"queue": "redis://host",}', /is not JSON( at [^"]*)?$/],
    ] as const) {
      it(`with ${what} is refused by its place, without quoting it`, () => {
        const file = join(directory, 'relayer.json');
        writeFileSync(file, text);
        assert.throws(
          () => readConfig(file, {}),
          (error: PegwayError) =>
            expected.test(error.message) &&
            !error.message.includes('pin-value') &&
            (!error.message.includes('JSON: ') || error.hint !== undefined),
        );
      });
    }

    it('that is not JSON is refused without a word of it: it may hold a PIN', () => {
      const file = join(directory, 'relayer.json');
      for (const text of [
        '{"key": pin-value=135790',
        '{"key": "pin-value=135790, "log": "info"}',
        'pin-value=135790',
      ]) {
        writeFileSync(file, text);
        assert.throws(
          () => readConfig(file, {}),
          (error: Error) => /is not JSON( at [^"]*)?$/.test(error.message) && error.cause === undefined,
        );
      }
    });

    it('is where relative paths start from', () => {
      const file = join(directory, 'relayer.json');
      writeFileSync(file, JSON.stringify({ ...right, dataDir: 'elsewhere' }));
      assert.equal(readConfig(file, {}).dataDir, join(directory, 'elsewhere'));
    });
  });
});
