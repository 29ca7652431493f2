import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, describe, it } from 'node:test';

import { Ajv2020 } from 'ajv/dist/2020.js';

import { type Chain, call, startChain } from '../../../cli/devnet/anvil.ts';
import type { DeploymentFile } from '../../../cli/deploy/deployment-file.ts';
import { pageSkeleton, relayerSkeleton } from '../../../cli/deploy/hand-over.ts';
import { parseDeployment } from '../../../cli/deploy/parse-deployment.ts';
import { readHolderFile } from '../../../cli/transfer/holder-file.ts';
import { parseConfig } from '../../../relayer/config.ts';
import { pegway, pegwayWith } from '../../support/cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'pegway-init-'));
after(() => rmSync(folder, { recursive: true }));
const path = (name: string) => join(folder, name);
const signers = [1, 2, 3, 4, 5, 6].map((digit) => `0x${digit.toString().repeat(40)}` as const);
const [first = '0x', second = '0x'] = signers;
const schemaOf = (name: string) =>
  new Ajv2020({ strict: false, formats: { uri: true } }).compile(
    JSON.parse(readFileSync(`docs/public/schemas/${name}.schema.json`, 'utf8')) as object,
  );

describe('pegway init signer', () => {
  it('creates two keys with passwords of their own, and never others in their place', async () => {
    const dir = path('signer');
    const made = await pegway('init', 'signer', dir, '--json');
    assert.equal(made.status, 0, made.stderr);
    const { attest, pay } = JSON.parse(made.stdout) as { attest: string; pay: string };
    assert.notEqual(attest, pay);
    for (const name of ['attest', 'pay']) {
      assert.equal(statSync(join(dir, `${name}.json`)).mode & 0o077, 0);
      assert.equal(statSync(join(dir, `${name}-password`)).mode & 0o077, 0);
    }
    const key = `keystore:${dir}/attest.json?password-file=${dir}/attest-password`;
    assert.match((await pegway('keys', 'address', key)).stdout, new RegExp(attest));
    const again = await pegway('init', 'signer', dir, '--json');
    const value = JSON.parse(again.stdout) as { attest: string; written: string[] };
    assert.deepEqual([value.attest, value.written], [attest, []]);
    assert.ok(!existsSync(join(dir, 'relayer.json')), 'without a deployment there is nothing to configure');
  });
});

describe('pegway init bridge', () => {
  let chains: readonly Chain[];
  before(async () => {
    chains = await Promise.all(
      [51_337, 51_338].map((chainId) => startChain({ chainId, free: false, logFile: path(`${chainId}.log`) })),
    );
  });
  after(() => Promise.all(chains.map((chain) => chain.stop())));
  const init = (file: string, ...more: readonly string[]) => {
    const [main, product] = chains.map(({ rpcUrl }) => rpcUrl);
    const nodes = ['--main-rpc', main ?? '', '--product-rpc', product ?? ''];
    return pegway('init', 'bridge', file, ...nodes, '--symbol', 'BOAT', ...more, '--json');
  };
  const listed = ['--signer', `${first}=https://a.example`, ...signers.slice(1)];

  it('writes a deployment file that deploy takes, and overwrites none', async () => {
    const file = path('boat.json');
    const { status, stderr } = await init(
      file,
      '--main-token',
      'coin',
      '--rate',
      '1:2',
      '--daily-limit',
      '100',
      ...listed,
    );
    assert.equal(status, 0, stderr);
    const written = JSON.parse(readFileSync(file, 'utf8')) as DeploymentFile;
    const [bridge] = parseDeployment(written).bridges;
    assert.deepEqual([bridge?.main.chainId, bridge?.product.chainId, bridge?.threshold], [51_337, 51_338, 4]);
    const [peg] = bridge?.pegs ?? [];
    assert.deepEqual(
      [peg?.numerator, peg?.minimumRedeem, peg?.mintLimit.capacity],
      [2n, 2n * 10n ** 16n, 200n * 10n ** 18n],
    );
    assert.ok(schemaOf('deployment')(written), 'the published schema accepts it');
    const again = await init(file, '--main-token', 'coin', ...listed);
    assert.equal(again.status, 2);
    assert.match(again.stderr, /boat\.json is there already/);
  });

  it('refuses an address without a token, a mistyped signer, and a missing flag without a terminal', async () => {
    for (const [message, ...more] of [
      [/--main-token: 0x1{40} has no decimals\(\) on chain 51337/, '--main-token', first, ...listed],
      [
        /--signer: wrong EIP-55 checksum/,
        '--main-token',
        'coin',
        '--signer',
        '0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
      ],
      [/--main-token is missing/, ...listed],
    ] as const) {
      const { status, stderr } = await init(path('refused.json'), ...more);
      assert.equal(status, 2);
      assert.match(stderr, message);
    }
    assert.ok(!existsSync(path('refused.json')));
  });

  it('asks at a terminal for what never changes, and again after a wrong answer', async () => {
    const file = path('asked.json');
    const [main = '', product = ''] = chains.map(({ rpcUrl }) => rpcUrl);
    const asked = await answered(
      ['init', 'bridge', file],
      [
        [/main chain: $/, 'localhost:8545', main],
        [/product chain: $/, main, product],
        [/"coin": $/, first, 'coin'],
        [/Symbol of the product token: $/, '', 'BOAT.e'],
        [/never changes \[BOAT\.e\]: $/, ''],
        [/never changes \[1:1\]: $/, '1:0', '1:2'],
        [/spaces: $/, `${first}=a.example`, `${first} ${first}`, signers.join(' ')],
        [/\[y\/N\]: $/, 'y'],
      ],
    );
    assert.equal(asked.status, 0, asked.stderr);
    for (const message of [
      /--main-rpc: expected an http:\/\/ or https:\/\/ URL, found "localhost:8545"/,
      /--product-rpc: \S+ is a node of chain 51337, the main chain/,
      /--main-token: 0x1{40} has no decimals\(\)/,
      /--rate: expected MAIN:PRODUCT, both above zero, found 1:0/,
      /--signer 0x1{40}: expected an http:\/\/ or https:\/\/ URL/,
      /--signer: 0x1{40} twice/,
    ]) {
      assert.match(asked.stderr, message);
    }
    const [bridge] = parseDeployment(JSON.parse(readFileSync(file, 'utf8'))).bridges;
    assert.deepEqual([bridge?.name, bridge?.signers.length, bridge?.pegs[0]?.numerator], ['boat-e', 6, 2n]);
    assert.equal(bridge?.pegs[0]?.name, 'BOAT.e');

    const again = await answered(['init', 'bridge', file], []);
    assert.equal(again.status, 2);
    assert.match(again.stderr, /asked\.json is there already/, 'before the first question');
  });

  it('writes anchors and exits with their periods when asked to, and names what is lost without', async () => {
    const file = path('exits.json');
    const { status, stderr } = await init(file, '--main-token', 'coin', '--trial', '--exits', ...listed);
    assert.equal(status, 0, stderr);
    const [bridge] = parseDeployment(JSON.parse(readFileSync(file, 'utf8'))).bridges;
    assert.ok(bridge !== undefined);
    assert.deepEqual(bridge.anchors, { maximumBlocksPerSecond: 2 });
    const days = Object.values(bridge.exits ?? {}).map((seconds) => seconds / 86_400);
    assert.deepEqual(days, [14, 7, 3, 30]);

    const without = path('no-exits.json');
    await init(without, '--main-token', 'coin', '--trial', '--no-exits', ...listed);
    const [bare] = parseDeployment(JSON.parse(readFileSync(without, 'utf8'))).bridges;
    assert.deepEqual([bare?.anchors, bare?.exits], [undefined, undefined]);
  });

  it('names a node that does not answer', async () => {
    const { stderr } = await pegway(
      'init',
      'bridge',
      path('x.json'),
      '--main-rpc',
      'http://127.0.0.1:9',
      '--product-rpc',
      'http://127.0.0.1:9',
    );
    assert.match(stderr, /--(main|product)-rpc: 127\.0\.0\.1:9 does not answer/);
  });

  it('and deploy show the plan in tokens, and hand over a configuration for relayers and for the page', async () => {
    const file = path('plan.json');
    await init(file, '--main-token', 'coin', '--rate', '1:2', '--trial', ...listed);
    const deployer = 'plain:0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';
    const value = JSON.parse(readFileSync(file, 'utf8')) as DeploymentFile;
    writeFileSync(file, JSON.stringify({ ...value, devnet: true }));
    for (const { rpcUrl } of chains) await call(rpcUrl, 'anvil_mine', '0x1');
    const dry = await pegway('deploy', file, '--key', deployer, '--dry-run');
    assert.equal(dry.status, 0, dry.stderr);
    assert.match(dry.stderr, /4 of 6 signers must sign/);
    assert.match(dry.stderr, /peg BOAT \(BOAT\): 1 COIN = 2 BOAT/);
    assert.match(dry.stderr, /for ever: rates, tokens/);
    for (const chain of ['main', 'product']) {
      assert.match(
        dry.stderr,
        new RegExp(`^0xf39F…2266 pays at most 0\\.0\\d{1,5} coins on ${chain} \\(1?\\d,\\d{3},\\d{3} gas\\)$`, 'm'),
      );
    }

    const [spec] = parseDeployment({ ...value, devnet: true }).bridges;
    assert.ok(spec !== undefined);
    const bridges = { main: first, product: second };
    const relayer = { ...relayerSkeleton(spec, bridges, second), key: 'keystore:attest.json' };
    assert.deepEqual(parseConfig(relayer, {}, '/').peers, [{ address: spec.signers[0], url: 'https://a.example' }]);
    assert.deepEqual(relayerSkeleton(spec, bridges, first).peers, [], 'a signer is not its own peer');
    assert.ok(schemaOf('relayer')(relayer), 'the published schema accepts it');
    assert.ok(!schemaOf('relayer')({ ...relayer, turnSecond: 3 }), 'and not a misspelt setting');
    writeFileSync(path('config.json'), JSON.stringify(pageSkeleton(spec, bridges)));
    assert.equal(readHolderFile(path('config.json')).product.chainId, 51_338);
  });
});

type Exchange = readonly [prompt: RegExp, ...answers: string[]];

/** Runs a command at a terminal, and types each answer when its prompt is the last output. */
async function answered(command: readonly string[], exchanges: readonly Exchange[]) {
  const tty = () => Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined, columns: 200 });
  const [stdin, stderr] = [tty(), tty()];
  const left = exchanges.flatMap(([prompt, ...answers]) => answers.map((answer) => ({ prompt, answer })));
  let text = '';
  stderr.setEncoding('utf8').on('data', (data: string) => {
    // Cursor movements of the line editor.
    // oxlint-disable-next-line no-control-regex
    text += data.replaceAll(/\x1b\[[\d;]*[A-Za-z]/g, '');
    const [next] = left;
    if (next?.prompt.test(text) !== true) return;
    left.shift();
    text += '\n';
    stdin.write(`${next.answer}\r`);
  });
  const { status } = await pegwayWith({ stdin, stderr }, ...command);
  assert.deepEqual(left, [], text);
  return { status, stderr: text };
}
