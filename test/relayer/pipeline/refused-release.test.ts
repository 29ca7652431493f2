// Parked withdrawals that their token refuses: they stay parked, are not released again in vain, and bounce.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';

import { encodeFunctionResult } from 'viem';

import { mainBridgeAbi } from '../../../protocol/abi.ts';
import type { BridgeEvent } from '../../../relayer/chain/events.ts';
import { createMetrics } from '../../../relayer/monitoring/metrics.ts';
import type { Verdict } from '../../../relayer/pipeline/bounce-verdict.ts';
import { confirm } from '../../../relayer/pipeline/confirm.ts';
import { parkedDue } from '../../../relayer/pipeline/due-releases.ts';
import { type Ledger, createLedger } from '../../../relayer/state/ledger.ts';
import type { Lane } from '../../../protocol/lane.ts';
import { head } from '../../../scripts/growth/simulated.ts';
import { createFailedWithdrawals } from '../../../relayer/pipeline/failed-withdrawals.ts';
import { type Chain, startNodes } from '../chain/support/node.ts';
import { bridges, deadline, holder, logOf, productToken, transferOf } from '../support.ts';

const lane: Lane = { direction: 'withdraw', productToken };
const RELEASABLE_AT = 1_000;

describe('a parked withdrawal whose release was refused', () => {
  let chain: Chain;
  let ledger: Ledger;
  let verdict: Verdict;
  before(async () => {
    const result = { recipient: holder, releasableAt: RELEASABLE_AT, position: 0n, amount: 2n } as const;
    const parked = encodeFunctionResult({ abi: mainBridgeAbi, functionName: 'parked', result });
    chain = await startNodes(1, () => parked);
  });
  after(() => chain.close());
  beforeEach(() => {
    ledger = createLedger(lane);
    ledger.add(transferOf(0n, { lane, sourceAmount: 4n, amount: 2n }), 0);
    verdict = { next: 'bounce', bounceAt: 7n, deadline };
  });

  const happens = (...kinds: (BridgeEvent['kind'] & ('failed' | 'parked' | 'voided' | 'bounced'))[]) => {
    for (const kind of kinds) {
      const event: BridgeEvent = {
        ...{ kind, side: 'main', productToken, nonce: 0n, log: logOf() },
        ...{ blockNumber: 1n, transactionHash: `0x${'00'.repeat(32)}` },
      };
      confirm(event, { ledger: () => ledger, metrics: createMetrics(), now: () => 0 });
    }
  };
  const goesBack = async () => {
    const verdictOf = () => Promise.resolve(verdict);
    const refused = createFailedWithdrawals({ bridges: undefined as never, verdictOf, turnSeconds: 1, now: () => 0 });
    return (await refused.review(ledger)).due;
  };
  const released = (timestamp = RELEASABLE_AT) =>
    parkedDue({ side: 'main', address: bridges[0], nodes: chain.nodes }, ledger, {
      ...head,
      timestamp: BigInt(timestamp),
    });

  it('stays parked and bounces from there', async () => {
    happens('parked', 'failed');
    assert.deepEqual(ledger.parked(), [0n]);
    assert.deepEqual(ledger.oldest(1), []);
    assert.deepEqual(await goesBack(), [{ nonce: 0n, bounceAt: 7n }]);
    happens('bounced');
    assert.equal(ledger.get(0n), undefined);
    assert.deepEqual(await goesBack(), []);
  });

  it('bounces as well when it was refused before it was parked', async () => {
    happens('failed', 'parked');
    assert.deepEqual(await goesBack(), [{ nonce: 0n, bounceAt: 7n }]);
  });

  it('is not released again while its token refuses, which would only cost gas', async () => {
    happens('parked', 'failed');
    assert.deepEqual(await released(), []);
  });

  it('is released once its token would pay', async () => {
    happens('parked', 'failed');
    verdict = { next: 'pay' };
    assert.deepEqual(await goesBack(), []);
    assert.deepEqual(await released(RELEASABLE_AT - 1), []);
    assert.deepEqual(await released(), [{ nonce: 0n, since: BigInt(RELEASABLE_AT) }]);
  });

  it('is open and tried again after a quorum voids it', async () => {
    happens('parked', 'failed', 'voided');
    assert.deepEqual(await goesBack(), []);
    assert.equal(ledger.oldest(1).length, 1);
  });

  it('is released when parked without a refusal', async () => {
    happens('parked');
    assert.deepEqual(await goesBack(), []);
    assert.deepEqual(await released(), [{ nonce: 0n, since: BigInt(RELEASABLE_AT) }]);
  });
});
