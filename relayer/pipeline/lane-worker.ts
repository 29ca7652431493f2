import type { Address } from 'viem';

import { PegwayError, reasonOf } from '../../protocol/errors.ts';
import { encodeSignatures } from '../../protocol/attestation.ts';
import { type Lane, type Transfer, destinationOf } from '../../protocol/lane.ts';
import type { Reason } from '../../protocol/reasons.ts';
import type { BatchJob } from '../queue/queue.ts';
import type { Ledger } from '../state/ledger.ts';
import { stateBatch } from '../state/statement.ts';
import { approveOnChain } from './approve-on-chain.ts';
import { type Entries, SOON_SECONDS, entriesOf } from './backoff.ts';
import type { Releasable } from './due-releases.ts';
import { observeStage } from './in-flight.ts';
import { JOB_SECONDS, type LaneContext } from './lane-context.ts';
import { planLane } from './plan.ts';
import { bounceRefused, enqueueInTurn, releaseParked } from './release-and-bounce.ts';
import { submitBatch } from './submit-call.ts';

/*
 * Moves the transfers of one lane. The stages of a batch, in order:
 *
 *   plan      select the batches assigned to this signer now (plan.ts), enqueue them as jobs
 *   attest    this signer's signature, behind the signing gate (attester.ts)
 *   collect   the peers' signatures, until the quorum is complete (signature-collector.ts)
 *   submit    simulate the call and pass it to the transaction manager (submit-call.ts, in-flight.ts)
 *   confirm   finalized events of the destination settle the ledger (confirm.ts)
 *
 * Outside that path: approvals on chain when peers are unreachable (approve-on-chain.ts), and single parked or refused
 * transfers (release-and-bounce.ts).
 */

export interface LaneWorker {
  /** Handles a wake-up: plans the lane and enqueues the batches assigned to this signer, until `signal` aborts. */
  plan(signal: AbortSignal): Promise<void>;
  /**
   * Handles a job: attests, collects and submits one batch, or settles one single transfer.
   * @param signal Ends the job at its next wait. Transactions that the transaction manager accepted stay sent.
   */
  run(job: Omit<BatchJob, 'lane'>, signal: AbortSignal): Promise<void>;
  /**
   * Enqueues the bounces that are due at `seconds`, in the main chain's time.
   * @throws the first failed simulation, after all others have run.
   */
  enqueueBounces(seconds: bigint): Promise<void>;
  /** Enqueues due releases if it is our turn; `seconds` in the destination's time. */
  enqueueReleases(due: readonly Releasable[], seconds: bigint): Promise<void>;
  /** A peer got this signer's signature for these transfers and moves them now: leave them to it for a turn. */
  yieldTo(transfers: readonly Transfer[], peer: Address): void;
}

/** Delay before another request to peers after an incomplete quorum. */
const RETRY_SECONDS = 1;
/** Delay while the bridge is paused, or fees or funds hold a batch back. */
const HELD_SECONDS = 5;
/** Transfers considered per wake-up: more than can be in flight, so that a longer backlog adds no cost. */
export const PLANNED_AT_ONCE = 16_384;

/** @param ledger Returns the lane's current ledger, which a repair replaces; undefined before the lane is recovered. */
export function createLaneWorker(key: string, ledger: () => Ledger | undefined, context: LaneContext): LaneWorker {
  const { config, bridges, attester, collect, inFlight, backoff, batchSizer, failedWithdrawals, enqueue } = context;
  const { metrics, log, obstacle, now } = context;
  const { turnSeconds, fallbackSeconds, sweepSeconds } = config;

  const indexIn = (lane: Lane) => bridges.destination(lane.direction).signers.indexOf(attester.address);

  /** plan */
  const plan = async (signal: AbortSignal): Promise<void> => {
    const current = ledger();
    if (current === undefined) return;
    const { lane } = current;
    // No timer: the event that ends an obstacle wakes the lane, and so does every reconciliation.
    if (obstacle(lane) !== undefined) return;
    const { signers, signerEpoch } = bridges.destination(lane.direction);
    current.enterEpoch(signerEpoch);

    const { attest, approve, lookAgainAt } = planLane(current.oldest(PLANNED_AT_ONCE), now(), {
      ...{ lane, index: indexIn(lane), size: signers.length, turnSeconds, fallbackSeconds },
      largestBatch: batchSizer.sizeOf(key),
    });
    const jobs = [
      ...attest.map((range) => ({ ...range, kind: 'attest' as const })),
      ...approve.map((firstNonce) => ({ firstNonce, count: 1, kind: 'approve' as const })),
    ];
    for (const { firstNonce, count, kind } of jobs) {
      if (signal.aborted) return;
      // Hold them from here on, so that the next wake-up does not plan them again while their job waits.
      backoff.hold(entriesOf(current, current.range(firstNonce, count)), 'waiting-for-signatures', JOB_SECONDS);
      await enqueue(key, { firstNonce: firstNonce.toString(), count, kind });
    }

    if (lookAgainAt !== undefined) backoff.wakeLater(key, Math.max(lookAgainAt - now(), SOON_SECONDS));
  };

  /** attest → collect → submit; the finalized event confirms. */
  const moveBatch = async (current: Ledger, transfers: readonly Transfer[], signal: AbortSignal): Promise<void> => {
    const { lane } = current;
    const { threshold, signerEpoch } = bridges.destination(lane.direction);
    const entries = entriesOf(current, transfers);
    backoff.hold(entries, 'waiting-for-signatures', JOB_SECONDS);
    if (await failedWithdrawals.detect(current, transfers)) return backoff.wakeLater(key, SOON_SECONDS);
    signal.throwIfAborted();

    const statement = stateBatch(bridges.pair, signerEpoch, transfers);
    const signature = await attester.sign(statement);
    signal.throwIfAborted();

    const { signatures, shrinkTo, refusals } = await collect(statement, signature, signal);
    if (signatures.length < threshold) {
      if (shrinkTo !== undefined && shrinkTo < transfers.length) {
        backoff.hold(entries.slice(shrinkTo), 'waiting-for-signatures', RETRY_SECONDS);
        return moveBatch(current, transfers.slice(0, shrinkTo), signal);
      }
      log.info({ lane: key, refusals }, 'quorum incomplete');
      backoff.hold(entries, 'waiting-for-signatures', RETRY_SECONDS);
      return backoff.wakeLater(key, RETRY_SECONDS);
    }

    const { firstNonce, count, digest } = statement;
    const note = { firstNonce: firstNonce.toString(), count };
    const nonces = transfers.map(({ nonce }) => nonce);
    const dispatch = { ledger: current, kind: 'attest', key: `attest-${digest}`, nonces, note } as const;
    backoff.hold(entries, 'waiting-for-inclusion', Infinity);
    observeStage(dispatch, 'signed', metrics, now());
    const submission = await inFlight.send(dispatch, signal, (submitting) =>
      submitBatch(submitting, statement, encodeSignatures(signatures)),
    );
    if (!submission.sent) return rejected(lane, 'attest', entries, submission.reason);

    batchSizer.grow(key, count);
    metrics.batchSize.observe(count);
    observeStage(dispatch, 'submitted', metrics, now());
    log.info({ lane: key, ...note, signers: signatures.map(({ index }) => index), digest }, 'batch submitted');
  };

  /** The whitepaper's own protocol, for when peers are unreachable. */
  const approve = async (current: Ledger, nonce: bigint, signal: AbortSignal): Promise<void> => {
    const approving = { ...context, turnSeconds, index: indexIn(current.lane) };
    const outcome = await approveOnChain(current, nonce, approving, signal);
    if (outcome !== undefined) await rejected(current.lane, 'approve', outcome.entries, outcome.reason);
  };

  /** The simulation or the transaction manager rejected a call. */
  const rejected = async (lane: Lane, kind: BatchJob['kind'], entries: Entries, reason: Reason): Promise<void> => {
    switch (reason) {
      case 'already-executed':
        // Another signer was first; the finalized event settles it.
        backoff.hold(entries, 'waiting-for-finality', sweepSeconds);
        break;
      case 'gas-limit-too-high': {
        // A batch that cannot shrink waits: later blocks may have more room, or a node reported a wrong gas limit.
        const shrunk = kind === 'attest' && batchSizer.shrink(key, entries.length);
        backoff.hold(entries, reason, shrunk ? 0 : HELD_SECONDS);
        break;
      }
      case 'wrong-bridge':
      case 'peg-mismatch':
        await bridges.refresh(destinationOf(lane.direction));
        backoff.hold(entries, reason, RETRY_SECONDS);
        break;
      default:
        backoff.hold(entries, reason, HELD_SECONDS);
    }
    metrics.transfersRejected.inc({ direction: lane.direction, reason }, entries.length);
    backoff.wakeLater(key, SOON_SECONDS);
  };

  return {
    plan,

    async run({ firstNonce, count, kind }, signal) {
      const current = ledger();
      if (current === undefined) return;
      const first = BigInt(firstNonce);
      const transfers = current.range(first, count);
      const entries = entriesOf(current, transfers);
      const obstructed = obstacle(current.lane);
      if (obstructed !== undefined) return backoff.hold(entries, obstructed, HELD_SECONDS);
      try {
        switch (kind) {
          case 'attest':
            if (transfers.length > 0) await moveBatch(current, transfers, signal);
            break;
          case 'approve':
            await approve(current, first, signal);
            break;
          case 'release':
            await releaseParked(current, first, context, signal);
            break;
          case 'bounce':
            await bounceRefused(current, first, context, signal);
            break;
        }
      } catch (error) {
        // The process ends: the next one reads the chains first.
        if (signal.aborted) return;
        const reason = reasonOf(error) ?? 'rpc-unreachable';
        // Another signer was first with part of the batch: plan the rest at once.
        const isRaced = reason === 'already-executed';
        backoff.hold(entries, reason, isRaced ? 0 : HELD_SECONDS);
        backoff.wakeLater(key, isRaced ? SOON_SECONDS : HELD_SECONDS);
        if (!isRaced) throw error;
      }
    },

    async enqueueBounces(seconds) {
      const current = ledger();
      if (current === undefined) return;
      const { due, failures } = await failedWithdrawals.review(current);
      const bounces = due.map(({ nonce, bounceAt }) => ({ nonce, since: bounceAt }));
      await enqueueInTurn(current.lane, 'bounce', bounces, seconds, { ...context, turnSeconds });
      if (failures.length > 0) throw failures[0];
    },

    async enqueueReleases(due, seconds) {
      const current = ledger();
      if (current === undefined) return;
      await enqueueInTurn(current.lane, 'release', due, seconds, { ...context, turnSeconds });
    },

    yieldTo(transfers, peer) {
      const current = ledger();
      if (current === undefined) return;
      const index = bridges.destination(current.lane.direction).signers.indexOf(peer);
      backoff.yieldTo(entriesOf(current, transfers), index, turnSeconds);
    },
  };
}

/** Workers by lane, created when first used. */
export interface LaneWorkers {
  /** @throws {PegwayError} `peg-mismatch` when no lane has this key. */
  of(laneKey: string): LaneWorker;
}

export function createLaneWorkers(ledgers: ReadonlyMap<string, Ledger>, context: LaneContext): LaneWorkers {
  const workers = new Map<string, LaneWorker>();
  return {
    of(key) {
      const known = workers.get(key);
      if (known !== undefined) return known;
      if (!ledgers.has(key)) throw new PegwayError(`unknown lane ${key}`, { code: 'peg-mismatch' });
      const worker = createLaneWorker(key, () => ledgers.get(key), context);
      workers.set(key, worker);
      return worker;
    },
  };
}
