import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type Hex, numberToHex } from 'viem';

import type { Head } from '../../../relayer/chain/finality.ts';
import { DisagreementError } from '../../../relayer/chain/rpc-quorum.ts';
import { createChainWatch } from '../../../relayer/pipeline/chain-watch.ts';

/** A chain with blocks of another history above `forkedAfter`, once set. */
function watched() {
  const chain = { forkedAfter: Infinity, final: 100, headerReads: [] as number[], lacks: false };
  const hashOf = (number: number): Hex => (number > chain.forkedAfter ? `0xb${number}` : `0xa${number}`);
  const headOf = (number: number): Head => ({
    ...{ number: BigInt(number), hash: hashOf(number), parentHash: hashOf(number - 1) },
    ...{ timestamp: 0n, baseFeePerGas: null, gasLimit: 0n, logsBloom: numberToHex(0) },
    nodes: number > chain.forkedAfter ? ['2-forked.example'] : ['0-a.example', '1-b.example'],
  });
  const taken: number[] = [];
  const watch = createChainWatch(
    {
      side: 'main',
      headerAt(number) {
        chain.headerReads.push(Number(number));
        if (chain.lacks) return Promise.reject(new DisagreementError('main', `block ${number}`, 1, 1, 2));
        return Promise.resolve(headOf(Number(number)));
      },
      events: () => Promise.resolve([]),
    },
    (_, { number }) => Promise.resolve(void taken.push(Number(number))),
  );
  watch.startAt(headOf(100));
  return { chain, watch: { ...watch, poll: () => watch.advance(headOf(chain.final)) }, taken };
}

const reversed = { code: 'finality-reversed' };
/** Names the nodes of both answers. */
const named = /changed from 0xa100 \(node 0-a\.example, 1-b\.example\) to 0xb100 \(node 2-forked\.example\)$/;

describe('the chain watch', () => {
  it('reads nothing beyond the head when idle and from block to block', async () => {
    const { chain, watch, taken } = watched();
    for (const final of [100, 101, 101, 102]) {
      chain.final = final;
      await watch.poll();
    }
    assert.deepEqual(taken, [101, 102]);
    assert.deepEqual(chain.headerReads, []);
  });

  it('ignores a lower head, and continues with a higher one', async () => {
    const { chain, watch, taken } = watched();
    chain.final = 40;
    assert.equal(await watch.poll(), 0);
    chain.final = 101;
    assert.equal(await watch.poll(), 1);
    assert.deepEqual(taken, [101]);
  });

  it('fails without a reversal while too few nodes have the finalized block', async () => {
    const { chain, watch } = watched();
    Object.assign(chain, { final: 40, lacks: true });
    await assert.rejects(watch.poll(), { code: 'rpc-unreachable' });
    Object.assign(chain, { final: 101, lacks: false });
    assert.equal(await watch.poll(), 1);
  });

  for (const final of [60, 100, 101, 130]) {
    it(`detects a reorg of finalized blocks with a head that is lower, equal, next or above: ${final}`, async () => {
      const { chain, watch, taken } = watched();
      Object.assign(chain, { final, forkedAfter: 90 });
      await assert.rejects(watch.poll(), { ...reversed, message: named });
      await assert.rejects(watch.poll(), reversed, 'the reorged head must not be accepted on the next poll');
      assert.deepEqual(taken, [], 'events of the reorged chain were processed');
    });
  }

  it('accepts a fork above the last finalized block', async () => {
    const { chain, watch } = watched();
    Object.assign(chain, { final: 105, forkedAfter: 100 });
    assert.equal(await watch.poll(), 5);
    assert.deepEqual(chain.headerReads, [100]);
  });
});
