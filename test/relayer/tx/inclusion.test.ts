import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import { type Hex, hexToNumber, numberToHex, pad } from 'viem';

import { findIncluded, isReorged } from '../../../relayer/tx/inclusion.ts';
import type { NodeAnswer, TransactionChain } from '../../../relayer/tx/ports.ts';
import type { TransactionRecord } from '../../../relayer/tx/records.ts';

const hashOf = (number: number): Hex => pad(numberToHex(number));
/** A transaction with its versions, the first signed at this block. */
const record = (nonce: number, block: bigint, ...hashes: Hex[]): TransactionRecord =>
  ({ nonce, versions: hashes.map((hash) => ({ hash, block })) }) as unknown as TransactionRecord;

describe('the search for included transactions', () => {
  const [first, second] = [hashOf(0xa1), hashOf(0xb2)];
  /** Transactions by block number. */
  let blocks: Map<number, readonly Hex[]>;
  let asked: string[];
  let head: number;
  beforeEach(() => {
    blocks = new Map();
    asked = [];
    head = 1_000;
  });

  const blockAt = (number: number) =>
    number > head
      ? null
      : { number: numberToHex(number), hash: hashOf(number), transactions: blocks.get(number) ?? [] };
  const answer = (method: string, [what]: readonly unknown[]): unknown => {
    if (method === 'eth_getBlockByNumber') {
      const number = hexToNumber(what as Hex);
      asked.push(`block ${number}`);
      return blockAt(number);
    }
    asked.push(`transaction ${String(what)}`);
    const found = [...blocks].find(([, hashes]) => hashes.includes(what as Hex));
    return found === undefined ? null : { blockNumber: numberToHex(found[0]), blockHash: hashOf(found[0]) };
  };
  const chain: TransactionChain = {
    ...{ name: 'main', chainId: 1 },
    all<T>(method: string, params: readonly unknown[], onAnswer?: (answer: NodeAnswer<T>) => void) {
      const result = { endpoint: 'one', result: answer(method, params) as T };
      onAnswer?.(result);
      return Promise.resolve([result]);
    },
  };
  const find = (records: readonly TransactionRecord[], from: bigint | null, count: number) =>
    findIncluded(chain, records, { from, to: BigInt(head), count });

  it('finds any version of a transaction in the blocks since the last look', async () => {
    blocks.set(999, [hashOf(1), second]);
    const inclusion = await find([record(4, 998n, first, second)], 997n, 5);
    assert.deepEqual([...(inclusion?.found ?? [])], [[second, { number: 999n, hash: hashOf(999) }]]);
    assert.deepEqual(inclusion?.head, { number: 1_000n, hash: hashOf(1_000) });
    assert.deepEqual(asked, ['block 1000', 'block 999', 'block 998']);
  });

  it('goes back to the block of the first signature for a used nonce that it has not found', async () => {
    blocks.set(985, [first]);
    const inclusion = await find([record(4, 985n, first)], 999n, 5);
    assert.equal(inclusion?.found.get(first)?.number, 985n);
  });

  it('reads no older block while the nonce is unused', async () => {
    const inclusion = await find([record(4, 900n, first)], 999n, 4);
    assert.equal(inclusion?.found.size, 0);
    assert.deepEqual(asked, ['block 1000']);
  });

  it('takes a lower nonce for used when a higher one is in a block, whatever count is reported', async () => {
    blocks.set(1_000, [second]);
    blocks.set(990, [first]);
    const inclusion = await find([record(4, 990n, first), record(5, 995n, second)], 999n, 0);
    assert.equal(inclusion?.found.get(first)?.number, 990n);
  });

  it('looks up by hash what is more than 64 blocks old', async () => {
    blocks.set(100, [first]);
    const inclusion = await find([record(4, 99n, first)], null, 5);
    assert.equal(inclusion?.found.get(first)?.number, 100n);
    assert.equal(asked.filter((one) => one.startsWith('block')).length, 65);
    assert.equal(asked.at(-1), `transaction ${first}`);
  });

  it('decides nothing when a block cannot be read', async () => {
    const to = BigInt(head);
    head = 999;
    assert.equal(await findIncluded(chain, [record(4, 998n, first)], { from: 997n, to, count: 5 }), null);
  });

  it('takes a block for reorged only when another is there at its height', async () => {
    assert.equal(await isReorged(chain, { number: 7n, hash: hashOf(7) }), false);
    assert.equal(await isReorged(chain, { number: 7n, hash: hashOf(8) }), true);
    assert.equal(await isReorged(chain, { number: 2_000n, hash: hashOf(8) }), false);
  });
});
