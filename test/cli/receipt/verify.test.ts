import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import type { Receipt } from '../../../protocol/receipts/format.ts';
import { verifyReceipt } from '../../../protocol/receipts/verify-receipt.ts';
import { pegway } from '../../support/cli.ts';
import { type TokenChain, startTokenNode } from '../../support/token-node.ts';
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

  async function nodeOf(chain: TokenChain): Promise<string> {
    const { server, url } = await startTokenNode(chain);
    servers.push(server);
    return url;
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

  it('prints amounts in whole tokens where a node has them, and else in base units', async () => {
    const { restsOn, transfer } = await verifyReceipt(receipt);
    const hashes = Object.fromEntries(restsOn.map(({ number, hash }) => [number, hash]));
    const mainToken = `0x${'5e'.repeat(20)}` as const;
    const main = await nodeOf({
      ...{ chainId: 1, hashes, pegs: { [transfer.productToken]: mainToken } },
      tokens: { [mainToken]: { symbol: 'SMENT', decimals: 2 } },
    });
    const tokens = { [transfer.productToken]: { symbol: 'BOAT\u001b[1m', decimals: 1 } };
    const product = await nodeOf({ chainId: 4242, hashes, tokens });
    const both = await pegway('verify', file, '--rpc', main, product);
    const [sent, arrived] = [Number(transfer.sourceAmount) / 100, Number(transfer.amount) / 10];
    assert.ok(both.stdout.includes(`departed    ${sent} SMENT from 0x`), both.stdout + both.stderr);
    assert.ok(both.stdout.includes(`arrives as  ${arrived} BOAT??1m at 0x`), both.stdout);
    const offline = await pegway('verify', file);
    assert.ok(offline.stdout.includes(`${transfer.amount} base units at 0x`), offline.stdout);
  });

  it('exits with 2 without a file', async () => {
    assert.equal((await pegway('verify', join(folder, 'none.json'))).status, 2);
  });

  it('compares the blocks with nodes, and exits with 1 while a chain has none or has another block', async () => {
    const { restsOn } = await verifyReceipt(receipt);
    const hashesOf = (chainId: number) =>
      Object.fromEntries(restsOn.filter((one) => one.chainId === chainId).map(({ number, hash }) => [number, hash]));
    const [main, product] = [
      await nodeOf({ chainId: 1, hashes: hashesOf(1) }),
      await nodeOf({ chainId: 4242, hashes: hashesOf(4242) }),
    ];
    const both = await pegway('verify', file, '--rpc', product, main);
    assert.equal(both.status, 0, both.stderr);
    assert.equal(both.stdout.match(/confirmed by the node/g)?.length, 3);

    const one = await pegway('verify', file, '--rpc', main);
    assert.equal(one.status, 1);
    assert.match(one.stdout, /execution .* no node of this chain given/);

    const other = await nodeOf({ chainId: 1, hashes: { 100: `0x${'11'.repeat(32)}` } });
    const reorged = await pegway('verify', file, '--rpc', other, product);
    assert.equal(reorged.status, 1);
    assert.match(reorged.stderr, /departure: block 100 of chain 1 is 0x1111/);
  });
});
