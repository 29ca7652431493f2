import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type Address, concat, keccak256, numberToHex, stringToHex } from 'viem';

import { proveLogs } from '../../../protocol/proof/prove-block.ts';
import { stateSyncHash } from '../../../protocol/proof/state-sync.ts';
import { hashOf, makeBlock } from './support/block.ts';
import { refusal } from './support/proof-error.ts';

const bridge: Address = '0x00000000000000000000000000000000000b41d6';
const logOf = (name: string) => ({ address: bridge, topics: [hashOf(name)], data: hashOf(`data ${name}`) });
const NUMBER = 1_000n;

describe('a block of Polygon with a state sync', () => {
  const { header, receipts } = makeBlock(NUMBER, [{ logs: [logOf('a')] }, { logs: [logOf('b')] }]);
  const blockNumber = numberToHex(NUMBER);
  const transactionHash = stateSyncHash(NUMBER, header.hash);
  const place = { blockHash: header.hash, blockNumber, transactionHash };
  /** As Bor returns it: behind the others, of type 0, without gas. */
  const syncAt = (index: number, logIndex: number) => ({
    ...{
      ...receipts[0]!,
      ...place,
      transactionIndex: numberToHex(index),
      type: '0x0' as const,
      cumulativeGasUsed: '0x0' as const,
    },
    logs: [
      { ...receipts[0]!.logs[0]!, ...place, transactionIndex: numberToHex(index), logIndex: numberToHex(logIndex) },
    ],
  });
  const block = { expectedHash: header.hash, number: NUMBER, rule: 'ethereum', address: bridge } as const;
  const withSync = { ...header, transactions: [...(header.transactions ?? []), transactionHash] };

  it('has the hash that Bor derives from the block', () => {
    const key = concat([stringToHex('matic-bor-receipt-'), numberToHex(NUMBER, { size: 8 }), header.hash]);
    assert.equal(transactionHash, keccak256(key));
  });

  it('proves the logs of its transactions, and none of the state sync', () => {
    const logs = proveLogs({ ...block, header: withSync, receipts: [...receipts, syncAt(2, 2)] });
    assert.deepEqual(
      logs.map(({ logIndex }) => logIndex),
      ['0x0', '0x1'],
    );
  });

  it('is refused with a receipt behind the state sync, whose logs would have shifted indices', () => {
    const second = receipts[1]!;
    const shifted = { ...second, logs: second.logs.map((log) => ({ ...log, logIndex: numberToHex(2) })) };
    const between = [receipts[0]!, syncAt(1, 1), shifted];
    refusal(/^receipts\[1\]/, () => proveLogs({ ...block, header: withSync, receipts: between }));
  });

  it('is refused with the hash of another block’s state sync', () => {
    const other = { ...syncAt(2, 2), transactionHash: stateSyncHash(NUMBER + 1n, header.hash) };
    const logs = other.logs.map((log) => ({ ...log, transactionHash: other.transactionHash }));
    refusal('header.receiptsRoot', () =>
      proveLogs({
        ...block,
        header: { ...header, transactions: undefined } as never,
        receipts: [...receipts, { ...other, logs }],
      }),
    );
  });
});
