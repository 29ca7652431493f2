import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import type { RpcQuorum } from '../../../relayer/chain/rpc-quorum.ts';
import { type BridgePair, openBridgePair } from '../../../relayer/state/bridges.ts';
import { type SimulatedChains, simulateChains } from '../../../scripts/growth/simulated.ts';

describe('the state of a bridge', () => {
  let epoch: bigint;
  let seconds: number;
  let simulated: SimulatedChains;
  let bridges: BridgePair;
  /** Awaited before the main chain's nodes answer. */
  let gate: () => Promise<void>;
  beforeEach(async () => {
    [epoch, seconds, gate] = [1n, 100, () => Promise.resolve()];
    simulated = simulateChains(3, 0, { signerEpoch: () => epoch });
    const { main, product } = simulated.chains;
    const agree: RpcQuorum['agree'] = async (method, parameters, keyOf) => {
      const answer = await main.nodes.agree(method, parameters, keyOf);
      await gate();
      return answer;
    };
    bridges = await openBridgePair({ main: { ...main, nodes: { ...main.nodes, agree } }, product }, () => seconds);
    simulated.requests();
  });
  const known = () => bridges.state('main').signerEpoch;

  it('is not replaced by an older reading that ends after a newer one', async () => {
    const answered = Promise.withResolvers<undefined>();
    const older = Promise.withResolvers<undefined>();
    gate = () => {
      answered.resolve(undefined);
      return older.promise;
    };
    const first = bridges.refresh('main');
    // It has its answers, and is kept from ending.
    await answered.promise;
    await new Promise((resolve) => setImmediate(resolve));
    gate = () => Promise.resolve();
    epoch = 2n;
    const second = bridges.refresh('main');
    // Only the first reading holds up the second.
    await new Promise((resolve) => setImmediate(resolve));
    older.resolve(undefined);
    await Promise.all([first, second]);
    assert.equal(known(), 2n);
  });

  it('is read once for all concurrent requests', async () => {
    await bridges.refresh('main');
    const once = simulated.requests();
    await Promise.all(Array.from({ length: 100 }, () => bridges.refresh('main')));
    assert.ok(simulated.requests() <= 2 * once);
  });

  it('is read again after a failed reading', async () => {
    gate = () => Promise.reject(new Error('unreachable'));
    await assert.rejects(bridges.refresh('main'), /unreachable/);
    gate = () => Promise.resolve();
    epoch = 2n;
    await bridges.refresh('main');
    assert.equal(known(), 2n);
  });

  describe('when untrusted requests name a newer signer epoch', () => {
    const strangers = () =>
      Promise.all(Array.from({ length: 1_000 }, (_, index) => bridges.catchUp('main', 2n + BigInt(index))));

    it('sends one call in five seconds, however many requests arrive', async () => {
      for (const second of [0, 1, 4.9]) {
        seconds = 100 + second;
        await strangers();
      }
      assert.equal(simulated.requests(), 1);
      seconds = 105;
      await strangers();
      assert.equal(simulated.requests(), 1);
    });

    it('sends no more calls while the nodes are unreachable', async () => {
      gate = () => Promise.reject(new Error('unreachable'));
      await Promise.allSettled([strangers(), strangers()]);
      assert.equal(simulated.requests(), 1);
    });

    it('queries that side alone', async () => {
      await strangers();
      simulated.requests();
      await bridges.catchUp('product', 2n);
      assert.equal(simulated.requests(), 1);
    });

    it('sends no call for an epoch that is already known', async () => {
      await bridges.catchUp('main', 1n);
      await bridges.catchUp('main', 0n);
      assert.equal(simulated.requests(), 0);
    });

    it('adopts the newer epoch when the chain confirms it', async () => {
      await strangers();
      epoch = 2n;
      seconds = 105;
      await strangers();
      assert.equal(known(), 2n);
    });
  });
});
