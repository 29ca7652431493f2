import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type Hex, numberToHex, pad } from 'viem';

import { finalHead, headerAt } from '../../../relayer/chain/finality.ts';
import { createNodes } from '../../../relayer/chain/nodes.ts';

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
  createNodes({
    name: 'main',
    chainId: 1,
    quorum: 2,
    onDisagreement: () => undefined,
    endpoints: finals.map((final, index) => ({
      name: `node ${index}`,
      request: <T>(_method: string, [tag]: readonly unknown[]) =>
        Promise.resolve(headerOf(tag === 'finalized' ? final : Number(tag), lies[index]) as T),
    })),
  });

describe('the final head', () => {
  it('is not what one node alone says of its bloom or its time', async () => {
    for (const lie of [emptyBloom, { timestamp: '0x1' as const }]) {
      const head = await finalHead(nodesThat([7, 7, 7], { 0: lie }), 'finalized');
      assert.equal(head.logsBloom, headerOf(7).logsBloom);
      assert.equal(head.timestamp, 1_007n);
      assert.equal((await headerAt(nodesThat([7, 7, 7], { 0: lie }), 5n)).logsBloom, headerOf(5).logsBloom);
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
