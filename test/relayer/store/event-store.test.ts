import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type Hex, encodeAbiParameters, encodeEventTopics, hexToBigInt, numberToHex } from 'viem';

import { mainBridgeAbi } from '../../../protocol/abi.ts';
import { openHistory } from '../../../relayer/store/history.ts';
import { RecordDatabase } from '../../../relayer/store/record-database.ts';
import { bridges, logOf, productToken } from '../support.ts';

const digestOf = (batch: number): Hex => numberToHex(0xabc0 + batch, { size: 32 });

function executionOf(batch: number, block: bigint) {
  const args = { productToken, firstNonce: 7n };
  const topics = encodeEventTopics({ abi: mainBridgeAbi, eventName: 'TransfersExecuted', args }) as Hex[];
  const types = ['uint256', 'uint32', 'bytes32'].map((type) => ({ type }));
  const data = encodeAbiParameters(types, [1n, 0b1111, digestOf(batch)]);
  return { log: { ...logOf(block), topics, data }, timestamp: block };
}

describe('the stored events', () => {
  const open = () => {
    return openHistory({ database: new RecordDatabase(':memory:'), deployment: 'a-b', mainBridge: bridges[0] });
  };

  it('find the executions of a batch by its digest, on each chain, until they are deleted', () => {
    const { events } = open();
    for (const block of [9n, 5n, 3n]) events.add('product', executionOf(1, block));
    events.add('product', executionOf(2, 4n));
    events.add('main', executionOf(1, 8n));
    // Of another event.
    events.add('product', { ...executionOf(1, 6n), log: { ...executionOf(1, 6n).log, topics: logOf().topics } });
    const blocks = (side: 'main' | 'product', digest: Hex) =>
      events.executions(side, digest).map(({ log }) => Number(hexToBigInt(log.blockNumber)));
    assert.deepEqual(blocks('product', digestOf(1)), [3, 5, 9]);
    assert.deepEqual(blocks('product', `0x${digestOf(1).slice(2).toUpperCase()}`), [3, 5, 9]);
    assert.deepEqual(blocks('main', digestOf(1)), [8]);
    assert.deepEqual(blocks('main', digestOf(2)), []);
    events.prune('product', 6n);
    assert.deepEqual(blocks('product', digestOf(1)), [9]);
  });
});
