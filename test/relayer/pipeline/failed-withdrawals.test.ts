import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import { encodeAbiParameters, numberToHex } from 'viem';

import type { Verdict } from '../../../relayer/pipeline/bounce-verdict.ts';
import type { BridgePair } from '../../../relayer/state/bridges.ts';
import { type Ledger, createLedger } from '../../../relayer/state/ledger.ts';
import type { Lane } from '../../../protocol/lane.ts';
import { type FailedWithdrawals, createFailedWithdrawals } from '../../../relayer/pipeline/failed-withdrawals.ts';
import { type Says, startNodes } from '../chain/support/node.ts';
import { bridges, deadline, productToken, transferOf } from '../support.ts';

const back: Lane = { direction: 'withdraw', productToken };
const WAIT: Verdict = { next: 'wait' };

describe('withdrawals that their token refused', () => {
  let ledger: Ledger;
  let refused: FailedWithdrawals;
  let verdicts: Map<bigint, Verdict | Error>;
  let simulated: bigint[];
  beforeEach(() => {
    ledger = createLedger(back);
    verdicts = new Map();
    simulated = [];
    for (let nonce = 0n; nonce < 250n; nonce++) {
      ledger.add(transferOf(nonce, { lane: back }), 0);
      ledger.get(nonce)!.refused = true;
    }
    refused = createFailedWithdrawals({
      // Not read in these tests.
      bridges: {} as BridgePair,
      verdictOf({ nonce }) {
        simulated.push(nonce);
        const verdict = verdicts.get(nonce) ?? WAIT;
        return verdict instanceof Error ? Promise.reject(verdict) : Promise.resolve(verdict);
      },
      turnSeconds: 10,
      now: () => 0,
    });
  });

  it('are all reviewed, however many older ones precede them', async () => {
    verdicts.set(240n, { next: 'bounce', bounceAt: 7n, deadline }).set(249n, { next: 'pay' });
    const reviews = [await refused.review(ledger), await refused.review(ledger), await refused.review(ledger)];
    assert.deepEqual(
      reviews.map(({ due }) => due),
      [[], [], [{ nonce: 240n, bounceAt: 7n }]],
    );
    assert.equal(ledger.get(249n)?.refused, false);
    assert.equal(new Set(simulated).size, 250);
  });

  it('are reviewed a hundred at a time, starting over after the last', async () => {
    for (let review = 1; review <= 3; review++) {
      await refused.review(ledger);
      assert.equal(simulated.length, 100 * review);
    }
    assert.deepEqual(simulated.slice(249, 252), [249n, 0n, 1n]);
  });

  it('are reviewed once each when they are few', async () => {
    for (let nonce = 3n; nonce < 250n; nonce++) ledger.settle(nonce);
    await refused.review(ledger);
    await refused.review(ledger);
    assert.deepEqual(simulated, [0n, 1n, 2n, 0n, 1n, 2n]);
  });

  it('are not delayed by one that cannot be simulated', async () => {
    const unreachable = new Error('the node is unreachable');
    verdicts.set(0n, unreachable).set(3n, { next: 'bounce', bounceAt: 5n, deadline });
    const { due, failures } = await refused.review(ledger);
    assert.deepEqual(due, [{ nonce: 3n, bounceAt: 5n }]);
    assert.deepEqual(failures, [unreachable]);
    assert.equal(ledger.get(0n)?.refused, true);
    assert.deepEqual(simulated.slice(0, 4), [0n, 1n, 2n, 3n]);
  });
});

describe('a batch with possible refusals', () => {
  /** Judges a batch with these verdicts; an error simulates a failed call. */
  const found = (verdicts: readonly (Verdict | Error)[]) => {
    const ledger = createLedger(back);
    for (const nonce of verdicts.keys()) ledger.add(transferOf(BigInt(nonce), { lane: back }), 0);
    const refused = createFailedWithdrawals({
      // Few enough to be simulated individually, without a read of the bitmap.
      bridges: {} as BridgePair,
      verdictOf({ nonce }) {
        const verdict = verdicts[Number(nonce)] ?? WAIT;
        return verdict instanceof Error ? Promise.reject(verdict) : Promise.resolve(verdict);
      },
      ...{ turnSeconds: 10, now: () => 100 },
    });
    return {
      find: () => refused.detect(ledger, ledger.range(0n, verdicts.length)),
      marks: () => ledger.entries().map((entry) => entry.refused),
    };
  };
  const unreachable = new Error('the node is unreachable');

  it('proceeds without the transfers that cannot be simulated', async () => {
    const { find, marks } = found([{ next: 'pay' }, unreachable, WAIT, { next: 'pay' }]);
    assert.equal(await find(), true);
    assert.deepEqual(marks(), [false, true, true, false]);
  });

  it('fails when no transfer can be simulated', async () => {
    const { find, marks } = found([unreachable, unreachable]);
    await assert.rejects(find(), unreachable);
    assert.deepEqual(marks(), [false, false]);
  });

  it('is found by nodes that are one block apart, which do not disagree by that', async () => {
    /** Its newest block executes one withdrawal more than the block before. */
    const node =
      (latest: number): Says =>
      (method, params) => {
        if (method === 'eth_getBlockByNumber') {
          const number = numberToHex(latest);
          return { number, hash: '0xa', parentHash: '0xb', timestamp: '0x64', gasLimit: '0x1', logsBloom: '0x' };
        }
        const height = params[1] === 'latest' ? latest : Number(params[1]);
        return encodeAbiParameters([{ type: 'uint256[]' }], [[(1n << BigInt(height)) - 1n]]);
      };
    const chain = await startNodes(2, node(8), node(9));
    try {
      const main = { side: 'main', address: bridges[0], nodes: chain.nodes };
      const simulated: bigint[] = [];
      const ledger = createLedger(back);
      for (let nonce = 0n; nonce < 20n; nonce++) ledger.add(transferOf(nonce, { lane: back }), 0);
      const refused = createFailedWithdrawals({
        bridges: { sides: { main } } as unknown as BridgePair,
        verdictOf: ({ nonce }) => {
          simulated.push(nonce);
          return Promise.resolve(WAIT);
        },
        turnSeconds: 10,
        now: () => 100,
      });
      const transfers = ledger.entries().map(({ transfer }) => transfer);
      assert.equal(await refused.detect(ledger, transfers), true);
      assert.equal(simulated[0], 8n);
      assert.equal(chain.disagreements(), 0);
    } finally {
      await chain.close();
    }
  });
});
