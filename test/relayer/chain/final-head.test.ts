import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type Hex, numberToHex, pad } from 'viem';

import { finalHead, headerAt, latestHead } from '../../../relayer/chain/finality.ts';
import { createRpcQuorum } from '../../../relayer/chain/rpc-quorum.ts';

const hashOf = (number: number) => pad(numberToHex(number), { size: 32 });
const headerOf = (number: number, changes: Readonly<Record<string, Hex>> = {}) => ({
  number: numberToHex(number),
  hash: hashOf(number),
  parentHash: hashOf(number - 1),
  timestamp: numberToHex(1_000 + number),
  gasLimit: '0x1c9c380',
  logsBloom: pad('0x77', { size: 256 }),
  ...changes,
});
const emptyBloom = { logsBloom: pad('0x0', { size: 256 }) };

/** Nodes of which each has its own final head, and its own words on every height. */
const nodesThat = (finals: readonly number[], lies: Readonly<Record<number, Readonly<Record<string, Hex>>>> = {}) =>
  createRpcQuorum({
    name: 'main',
    chainId: 1,
    quorum: 2,
    onDisagreement: () => undefined,
    endpoints: finals.map((final, index) => ({
      name: `node ${index}`,
      stream: () => Promise.reject(new Error('no receipts are read')),
      request: <T>(_method: string, [tag]: readonly unknown[]) =>
        Promise.resolve(
          headerOf(typeof tag === 'string' && tag.startsWith('0x') ? Number(tag) : final, lies[index]) as T,
        ),
    })),
  });

describe('the final head', () => {
  it('is not what one node alone says of its bloom, its time or its parent', async () => {
    for (const lie of [emptyBloom, { timestamp: '0x1' as const }, { parentHash: hashOf(99) }]) {
      const head = await finalHead(nodesThat([7, 7, 7], { 0: lie }), 'finalized');
      assert.equal(head.logsBloom, headerOf(7).logsBloom);
      assert.equal(head.timestamp, 1_007n);
      assert.equal(head.parentHash, hashOf(6));
      assert.equal((await headerAt(nodesThat([7, 7, 7], { 0: lie }), 5n)).logsBloom, headerOf(5).logsBloom);
    }
  });

  it('names the nodes that agreed on it, and no other', async () => {
    const nodes = nodesThat([7, 7, 7], { 0: emptyBloom });
    assert.deepEqual((await finalHead(nodes, 'finalized')).nodes, ['node 1', 'node 2']);
    assert.deepEqual((await headerAt(nodes, 5n)).nodes, ['node 1', 'node 2']);
  });

  it('is not kept from the others by a node that answers with nonsense', async () => {
    for (const nonsense of [{ logsBloom: null }, { timestamp: 'soon' }, { hash: 7 }, { parentHash: undefined }]) {
      const nodes = nodesThat([7, 7, 7], { 0: nonsense as never });
      assert.equal((await finalHead(nodes, 'finalized')).number, 7n);
      assert.equal((await headerAt(nodes, 5n)).number, 5n);
      assert.equal((await latestHead(nodesThat([7, 9, 8], { 0: nonsense as never }))).number, 8n);
      await assert.rejects(finalHead(nodesThat([7, 7], { 0: nonsense as never }), 'finalized'), {
        code: 'rpc-unreachable',
      });
    }
  });

  it('is waited for while too few nodes say the same', async () => {
    const nodes = nodesThat([7, 7], { 1: emptyBloom });
    await assert.rejects(finalHead(nodes, 'finalized'), { code: 'rpc-disagreement' });
  });

  it('is the highest that the quorum holds final, and agreed at its height where nodes are not level', async () => {
    assert.equal((await finalHead(nodesThat([9, 8, 7]), 'finalized')).number, 8n);
    const head = await finalHead(nodesThat([9, 8, 7], { 1: emptyBloom }), 'finalized');
    assert.equal(head.logsBloom, headerOf(8).logsBloom);
  });
});

describe('the tip', () => {
  it('is what the quorum has reached: one node alone neither raises nor lowers anything in it', async () => {
    const honest = { number: 8n, timestamp: 1_008n, gasLimit: 30_000_000n, baseFeePerGas: null };
    assert.deepEqual(await latestHead(nodesThat([8, 8, 8])), honest);
    const high = { number: '0xffffffff', timestamp: '0xffffffff', gasLimit: '0xffffffff' } as const;
    const low = { number: '0x1', timestamp: '0x1', gasLimit: '0x1' } as const;
    for (const lie of [high, low]) assert.deepEqual(await latestHead(nodesThat([8, 8, 8], { 1: lie })), honest);
  });

  it('has a base fee that the quorum has reached, too', async () => {
    const fee = (baseFeePerGas: Hex) => ({ baseFeePerGas });
    const tip = await latestHead(nodesThat([8, 8, 8], { 0: fee('0x7'), 1: fee('0xffffffffff'), 2: fee('0x8') }));
    assert.equal(tip.baseFeePerGas, 8n);
  });
});
