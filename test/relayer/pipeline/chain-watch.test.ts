import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type Hex, numberToHex } from 'viem';

import type { Head } from '../../../relayer/chain/finality.ts';
import { DisagreementError } from '../../../relayer/chain/rpc-quorum.ts';
import { createChainWatch } from '../../../relayer/pipeline/chain-watch.ts';

/** A chain whose blocks above `forkedAfter` are of another history from when that is set. */
function watched() {
  const chain = { forkedAfter: Infinity, final: 100, asked: [] as number[], lacks: false };
  const hashOf = (number: number): Hex => (number > chain.forkedAfter ? `0xb${number}` : `0xa${number}`);
  const headOf = (number: number): Head => ({
    ...{ number: BigInt(number), hash: hashOf(number), parentHash: hashOf(number - 1) },
    ...{ timestamp: 0n, baseFeePerGas: null, gasLimit: 0n, logsBloom: numberToHex(0) },
  });
  const taken: number[] = [];
  const watch = createChainWatch(
    {
      side: 'main',
      headerAt(number) {
        chain.asked.push(Number(number));
        if (chain.lacks) return Promise.reject(new DisagreementError('main', `block ${number}`, 1, 1, 2));
        return Promise.resolve(headOf(Number(number)));
      },
      events: () => Promise.resolve([]),
    },
    (_, { number }) => Promise.resolve(void taken.push(Number(number))),
  );
  watch.startAt(headOf(100));
  return { chain, watch: { ...watch, look: () => watch.advance(headOf(chain.final)) }, taken };
}

const reversed = { code: 'finality-reversed' };

describe('the watch of a chain', () => {
  it('asks for nothing more than the head, at rest and from block to block', async () => {
    const { chain, watch, taken } = watched();
    for (const final of [100, 101, 101, 102]) {
      chain.final = final;
      await watch.look();
    }
    assert.deepEqual(taken, [101, 102]);
    assert.deepEqual(chain.asked, []);
  });

  it('takes a lower head for no news, and goes on when it is higher again', async () => {
    const { chain, watch, taken } = watched();
    chain.final = 40;
    assert.equal(await watch.look(), 0);
    chain.final = 101;
    assert.equal(await watch.look(), 1);
    assert.deepEqual(taken, [101]);
  });

  it('fails while too few nodes have what was final already, and calls it no reversal', async () => {
    const { chain, watch } = watched();
    Object.assign(chain, { final: 40, lacks: true });
    await assert.rejects(watch.look(), { code: 'rpc-unreachable' });
    Object.assign(chain, { final: 101, lacks: false });
    assert.equal(await watch.look(), 1);
  });

  for (const final of [60, 100, 101, 130]) {
    it(`notices another history of what was final, whether its head is lower, level, next or above: ${final}`, async () => {
      const { chain, watch, taken } = watched();
      Object.assign(chain, { final, forkedAfter: 90 });
      await assert.rejects(watch.look(), reversed);
      await assert.rejects(watch.look(), reversed, 'and does not take it for the truth when it is told again');
      assert.deepEqual(taken, [], 'nothing of it is handed on');
    });
  }

  it('takes a history that differs above what was final for what it is', async () => {
    const { chain, watch } = watched();
    Object.assign(chain, { final: 105, forkedAfter: 100 });
    assert.equal(await watch.look(), 5);
    assert.deepEqual(chain.asked, [100]);
  });
});
