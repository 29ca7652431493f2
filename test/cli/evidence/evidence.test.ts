import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { encodeTransfers } from '../../../protocol/attestation.ts';
import { type SignedBatch, digestOf, evidenceFile } from '../../../protocol/equivocation.ts';
import { hashOf, holder, keys, pair, productToken } from '../../relayer/support.ts';
import { pegway } from '../../support/cli.ts';

const [own, accused] = keys;
assert.ok(own !== undefined && accused !== undefined);
const lane = { direction: 'mint', productToken, source: pair.main, destination: pair.product } as const;

const batch = async (amount: bigint): Promise<SignedBatch> => {
  const transfers = encodeTransfers([{ recipient: holder, amount }]);
  const unsigned: SignedBatch = { signerEpoch: 1n, firstNonce: 3n, transfers, sourceBlock: hashOf(1), signature: '0x' };
  return { ...unsigned, signature: await accused.sign(digestOf(lane, unsigned)) };
};

describe('pegway evidence', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pegway-evidence-'));
  const servers: Server[] = [];
  let good: object;
  let harmless: object;
  before(async () => {
    const [a, b] = [await batch(1n), await batch(2n)];
    good = evidenceFile({ ...lane, statements: [a, b] });
    harmless = evidenceFile({ ...lane, statements: [a, a] });
  });
  after(() => {
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true });
  });
  const write = (name: string, value: unknown): string => {
    const file = join(folder, name);
    writeFileSync(file, JSON.stringify(value));
    return file;
  };
  const relayer = async (evidence: unknown): Promise<string> => {
    const server = createServer((_, response) => void response.end(JSON.stringify({ evidence })));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  /** The configuration of a signer, by its own relayer and that of the accused. */
  const config = (first: string, second: string): string =>
    write('relayer.json', {
      main: { ...pair.main, rpcUrls: ['http://127.0.0.1:9'] },
      product: { ...pair.product, rpcUrls: ['http://127.0.0.1:9'] },
      key: `keystore:${join(folder, 'key.json')}`,
      payingKey: `keystore:${join(folder, 'pay.json')}`,
      listen: { public: first, private: '127.0.0.1:9' },
      peers: [{ address: accused.address, url: `http://${second}`, name: 'Antares' }],
      dataDir: join(folder, 'data'),
    });

  it('verify prints signer and transfers, and exits with 0 only for evidence that holds', async () => {
    const { status, stdout } = await pegway('evidence', 'verify', write('good.json', good));
    assert.equal(status, 0);
    assert.match(stdout, new RegExp(`${accused.address} has signed two different transfers for nonce 3`));
    assert.match(stdout, /1\. 1 base units[^]*2\. 2 base units[^]*governance show/);
    const refused = await pegway('evidence', 'verify', write('harmless.json', harmless));
    assert.deepEqual([refused.status, refused.stdout], [1, '']);
    assert.equal((await pegway('evidence', 'verify', join(folder, 'none.json'))).status, 2);
  });

  it('list verifies each answer, names the operator, and writes files that verify', async () => {
    const out = join(folder, 'out');
    const file = config(await relayer([harmless, 'junk', good]), await relayer([good]));
    const { status, stdout, stderr } = await pegway('evidence', 'list', '--out', out, '--config', file);
    assert.equal(status, 1);
    assert.match(stdout, new RegExp(`^Antares ${accused.address} has signed`));
    assert.equal(stdout.match(/has signed/g)?.length, 1, 'the same evidence of two relayers is one');
    assert.equal(stderr.match(/false evidence/g)?.length, 2);
    const [written, ...more] = readdirSync(out);
    assert.deepEqual(more, []);
    assert.equal((await pegway('evidence', 'verify', join(out, written ?? ''))).status, 0);
  });

  it('list exits with 0 when there is none, and fails when no relayer answers', async () => {
    const none = await pegway('evidence', 'list', '--json', '--config', config(await relayer([]), '127.0.0.1:9'));
    assert.deepEqual([none.status, none.stdout], [0, '{"evidence":[]}\n']);
    const silent = await pegway('evidence', 'list', '--config', config('127.0.0.1:9', '127.0.0.1:9'));
    assert.equal(silent.status, 1);
    assert.match(silent.stderr, /no relayer has answered/);
  });
});
