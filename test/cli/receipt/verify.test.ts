import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import { tmpdir } from 'node:os';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import { numberToHex } from 'viem';

import type { Receipt } from '../../../protocol/receipts/format.ts';
import { verifyReceipt } from '../../../protocol/receipts/verify-receipt.ts';
import { pegway } from '../../support/cli.ts';
import { makeReceipt } from '../../protocol/receipts/support/world.ts';

describe('pegway verify', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pegway-receipt-'));
  const file = join(folder, 'receipt.json');
  const servers: Server[] = [];
  let receipt: Receipt;

  before(async () => {
    receipt = await makeReceipt();
    writeFileSync(file, JSON.stringify(receipt));
  });
  after(() => {
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true });
  });

  /** A node of one chain with these block hashes, by height. */
  async function nodeOf(chainId: number, hashes: Readonly<Record<number, string>>): Promise<string> {
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (data: Buffer) => (body += data.toString()));
      request.on('end', () => {
        const { id, method, params } = JSON.parse(body) as { id: number; method: string; params: [string] };
        const number = Number(params[0]);
        const block = { number: params[0], hash: hashes[number], transactions: [], timestamp: '0x1' };
        const result = method === 'eth_chainId' ? numberToHex(chainId) : block;
        response.end(JSON.stringify({ jsonrpc: '2.0', id, result }));
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('prints what a receipt proves, and the blocks that it rests on', async () => {
    const { status, stdout } = await pegway('verify', file);
    assert.equal(status, 0, stdout);
    assert.match(stdout, /The receipt holds: mint 0x\w{40} 40/);
    assert.match(stdout, /4 of the 6 signers of epoch 3 \(threshold 4\) signed that it departed/);
    assert.match(stdout, /departure +chain 1 +block 100 +0x\w{64} +not compared/);
  });

  it('prints the verdict as JSON', async () => {
    const { status, stdout } = await pegway('verify', file, '--json');
    const verdict = JSON.parse(stdout) as { holds: boolean; transfer: object; restsOn: { witness: string }[] };
    assert.deepEqual([status, verdict.holds, verdict.transfer], [0, true, receipt.transfer]);
    assert.deepEqual(new Set(verdict.restsOn.map(({ witness }) => witness)), new Set(['not-asked']));
  });

  it('exits with 1 for a receipt that does not hold, and names the field', async () => {
    const changed = join(folder, 'changed.json');
    writeFileSync(changed, JSON.stringify({ ...receipt, transfer: { ...receipt.transfer, amount: '1001' } }));
    const { status, stdout, stderr } = await pegway('verify', changed);
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, /transfer\.amount: expected 1000, as the source’s event has it, found 1001/);
  });

  it('exits with 2 without a file', async () => {
    assert.equal((await pegway('verify', join(folder, 'none.json'))).status, 2);
  });

  it('compares the blocks with nodes, and exits with 1 while a chain has none or has another block', async () => {
    const { restsOn } = await verifyReceipt(receipt);
    const hashesOf = (chainId: number) =>
      Object.fromEntries(restsOn.filter((one) => one.chainId === chainId).map(({ number, hash }) => [number, hash]));
    const [main, product] = [await nodeOf(1, hashesOf(1)), await nodeOf(4242, hashesOf(4242))];
    const both = await pegway('verify', file, '--rpc', product, main);
    assert.equal(both.status, 0, both.stderr);
    assert.equal(both.stdout.match(/confirmed by the node/g)?.length, 3);

    const one = await pegway('verify', file, '--rpc', main);
    assert.equal(one.status, 1);
    assert.match(one.stdout, /execution .* no node of this chain given/);

    const other = await nodeOf(1, { 100: `0x${'11'.repeat(32)}` });
    const reorged = await pegway('verify', file, '--rpc', other, product);
    assert.equal(reorged.status, 1);
    assert.match(reorged.stderr, /departure: block 100 of chain 1 is 0x1111/);
  });
});
