import type { Address, Hex } from 'viem';

import { approvalsOf } from '../chain/bridge-contract.ts';
import { provenEvents } from '../chain/logs.ts';
import type { Config } from '../config.ts';
import { PegwayError, reasonOf } from '../../protocol/errors.ts';
import type { Metrics } from '../monitoring/metrics.ts';
import type { Attester } from './attester.ts';
import type { Verdict } from './bounce-verdict.ts';
import { schedule } from './plan.ts';
import type { Releasable } from './due-releases.ts';
import { submitBatch, submitBounce, submitRelease } from './submit.ts';
import type { BatchJob, Queue } from '../queue/queue.ts';
import type { Bridges } from '../state/bridges.ts';
import type { Ledger } from '../state/ledger.ts';
import { type Statement, stateBatch, stateBounce } from '../state/statement.ts';
import { MAXIMUM_BATCH, encodeSignatures, indicesOf } from '../../protocol/attestation.ts';
import { type Lane, type Side, type Transfer, destinationOf, laneKey, sourceOf } from '../../protocol/lane.ts';
import type { Reason } from '../../protocol/reasons.ts';
import { hasTurn } from '../../protocol/turns.ts';
import type { TxManager } from '../tx/tx-manager.ts';
import { createGather } from './signature-collector.ts';
import { AT_ONCE_SECONDS, type Entries, createHolds, entriesOf } from './backoff.ts';
import { createRefused } from './failed-withdrawals.ts';
import { type Parcel, createSent, observeStage } from './in-flight.ts';
import { createSizes } from './batch-sizer.ts';

export interface Work {
  /** Looks at a lane, and queues the batches that are this signer's to move now. */
  drive(laneKey: string): Promise<void>;
  /**
   * Tries again what its token would pay now, and lets go back what is due, at this time of the main chain in seconds.
   * Rejects after all others when one could not be judged.
   */
  lookAtRefused(ledger: Ledger, seconds: bigint): Promise<void>;
  /** Lets go what is parked no longer, at this time of the destination in seconds, and whose turn it is at this signer. */
  release(ledger: Ledger, due: readonly Releasable[], seconds: bigint): Promise<void>;
  /** Moves one batch: state, sign, gather, submit. */
  batch(job: BatchJob): Promise<void>;
  /** A peer has this signer's signature for these transfers, and moves them now: this signer leaves them to it for a turn. */
  readonly giveWay: (ledger: Ledger, transfers: readonly Transfer[], peer: Address) => void;
  /** The destination's final block reached this height: what was mined and is still open may be tried again. */
  final(side: Side, height: bigint): void;
  mined(key: string, block: bigint): void;
  abandoned(key: string): void;
  close(): void;
}

export interface WorkOptions {
  readonly config: Pick<Config, 'peers' | 'turnSeconds' | 'fallbackSeconds' | 'sweepSeconds'>;
  readonly bridges: Bridges;
  readonly ledgers: ReadonlyMap<string, Ledger>;
  readonly attester: Attester;
  readonly queue: Pick<Queue, 'batch'>;
  /** Has a lane looked at, soon; nobody waits for it. */
  readonly wake: (laneKey: string) => void;
  readonly transactions: Readonly<Record<Side, TxManager>>;
  readonly payer: Address;
  readonly metrics: Metrics;
  readonly log: { info(o: object, m: string): void; warn(o: object, m: string): void };
  /** Why nothing of this lane may be signed or sent now. */
  readonly obstacle: (lane: Lane) => Reason | undefined;
  readonly blockGasLimit: (side: Side) => bigint;
  /** What a withdrawal that its token once refused is to become. */
  readonly judge: (transfer: Transfer) => Promise<Verdict>;
  /** A peer gave its signature. */
  readonly onAnswered: (signer: Address) => void;
  /** Monotonic seconds. */
  readonly now: () => number;
}

/** A batch that is still on its way after this long was lost with its job. */
const JOB_SECONDS = 30;
/** After a question that too few answered. */
const ASK_AGAIN_SECONDS = 1;
/** While the bridge is paused, or fees or funds hold a batch. */
const HELD_SECONDS = 5;
/** Transfers that are looked at when a lane is woken: more than can be on their way, so that a longer backlog costs no more. */
export const PLANNED_AT_ONCE = 16_384;

/** What is done for a lane when it is woken, and for a batch when its job comes up. */
export function createWork(options: WorkOptions): Work {
  const { config, bridges, ledgers, attester, queue, transactions, payer, metrics, log, obstacle, judge, now } =
    options;
  const { turnSeconds, fallbackSeconds, sweepSeconds } = config;
  const sizes = createSizes();

  const { wake, blockGasLimit, onAnswered } = options;
  const holds = createHolds({ wake, now });
  const { hold, lookAgain } = holds;
  const sent = createSent({ bridges, transactions, payer, blockGasLimit, holds, metrics, now });
  const gather = createGather({
    ...{ peers: config.peers, bridges, address: attester.address, metrics, log, onAnswered, now },
  });
  const refused = createRefused({ bridges, judge, turnSeconds, now });

  const indexIn = (lane: Lane) => bridges.destination(lane.direction).signers.indexOf(attester.address);
  const executionOf = ({ lane, firstNonce, transfers }: Statement, signatures: Hex) => ({
    ...{ ...lane, firstNonce, transfers, signatures },
  });

  /** What the bridge or the transaction lane said instead of taking a batch. */
  const turnedDown = async (
    { ledger: { lane }, kind }: Pick<Parcel, 'ledger' | 'kind'>,
    entries: Entries,
    reason: Reason,
  ): Promise<void> => {
    const key = laneKey(lane);
    switch (reason) {
      case 'already-executed':
        // Another signer was first; the final event will say so.
        hold(entries, 'waiting-for-finality', sweepSeconds);
        break;
      case 'gas-limit-too-high':
        // What cannot be made smaller waits: blocks may have more room, or a node have been wrong about it.
        hold(entries, reason, kind === 'attest' && sizes.halve(key, entries.length) ? 0 : HELD_SECONDS);
        break;
      case 'wrong-bridge':
      case 'peg-mismatch':
        await bridges.refresh(destinationOf(lane.direction));
        hold(entries, reason, ASK_AGAIN_SECONDS);
        break;
      default:
        hold(entries, reason, HELD_SECONDS);
    }
    metrics.transfersRejected.inc({ direction: lane.direction, reason }, entries.length);
    lookAgain(key, AT_ONCE_SECONDS);
  };

  async function attest(ledger: Ledger, transfers: readonly Transfer[]): Promise<void> {
    const { lane } = ledger;
    const { threshold, signerEpoch } = bridges.destination(lane.direction);
    const entries = entriesOf(ledger, transfers);
    hold(entries, 'waiting-for-signatures', JOB_SECONDS);
    if (await refused.find(ledger, transfers)) return lookAgain(laneKey(lane), AT_ONCE_SECONDS);

    const statement = stateBatch(bridges.pair, signerEpoch, transfers);
    const { signatures, shrinkTo, refusals } = await gather(statement, 'batch', await attester.batch(statement));
    if (signatures.length < threshold) {
      if (shrinkTo !== undefined && shrinkTo < transfers.length) {
        hold(entries.slice(shrinkTo), 'waiting-for-signatures', ASK_AGAIN_SECONDS);
        return attest(ledger, transfers.slice(0, shrinkTo));
      }
      log.info({ lane: laneKey(lane), refusals }, 'too few signatures');
      hold(entries, 'waiting-for-signatures', ASK_AGAIN_SECONDS);
      lookAgain(laneKey(lane), ASK_AGAIN_SECONDS);
      return;
    }

    const { firstNonce, count, digest } = statement;
    const note = { firstNonce: firstNonce.toString(), count };
    const nonces = transfers.map(({ nonce }) => nonce);
    const parcel = { ledger, kind: 'attest', key: `attest-${digest}`, nonces, note } as const;
    hold(entries, 'waiting-for-inclusion', Infinity);
    observeStage(parcel, 'signed', metrics, now());
    const execution = executionOf(statement, encodeSignatures(signatures));
    const submission = await sent.send(parcel, (submitting) => submitBatch(submitting, execution));
    if (!submission.sent) return turnedDown(parcel, entries, submission.reason);
    sizes.fitted(laneKey(lane), count);
    metrics.batchSize.observe(count);
    observeStage(parcel, 'submitted', metrics, now());
    log.info(
      { lane: laneKey(lane), ...note, signers: signatures.map(({ index }) => index), digest },
      'batch submitted',
    );
  }

  /** All transfers of this lane in the block of one, as the source's proven logs have them; at most a batch, with it. */
  async function transfersBeside({ lane, nonce, blockNumber }: Transfer): Promise<readonly Transfer[]> {
    const { source } = bridges.sides[sourceOf(lane.direction)];
    const events = await provenEvents(source, { from: blockNumber, to: blockNumber });
    const ofBlock = events.flatMap((event) =>
      event.kind === 'departed' && laneKey(event.transfer.lane) === laneKey(lane) ? [event.transfer] : [],
    );
    const position = ofBlock.findIndex((transfer) => transfer.nonce === nonce);
    if (position < 0) {
      const message = `${laneKey(lane)}: nonce ${nonce} is gone from block ${blockNumber}`;
      throw new PegwayError(message, { code: 'proof-invalid' });
    }
    const start = position - (position % MAXIMUM_BATCH);
    return ofBlock.slice(start, start + MAXIMUM_BATCH);
  }

  /**
   * The whitepaper's own protocol, for when the peers are out of reach: this signature alone, over the lane's transfers of one
   * source block, whatever became of some of them, so that all signers' approvals meet in one digest.
   */
  async function approve(ledger: Ledger, nonce: bigint): Promise<void> {
    const { lane } = ledger;
    const entry = ledger.get(nonce);
    if (entry === undefined) return;
    const transfers = await transfersBeside(entry.transfer);
    if (transfers.some((transfer) => ledger.get(transfer.nonce)?.rejected !== undefined)) return;

    const { threshold, signerEpoch } = bridges.destination(lane.direction);
    const entries = entriesOf(ledger, transfers);
    hold(entries, 'waiting-for-signatures', JOB_SECONDS);
    const statement = stateBatch(bridges.pair, signerEpoch, transfers);
    const kept = indicesOf(await approvalsOf(bridges.sides[destinationOf(lane.direction)], statement.digest));
    const index = indexIn(lane);
    if (kept.includes(index) && kept.length < threshold) {
      for (const one of entries) if (one !== undefined) one.approved = true;
      return hold(entries, 'waiting-for-signatures', turnSeconds);
    }

    const own = kept.includes(index) ? [] : [{ index, signature: await attester.batch(statement) }];
    metrics.signatures.inc({ signer: attester.address }, own.length);
    const { firstNonce, count, digest } = statement;
    const note = { firstNonce: firstNonce.toString(), count, approval: kept.length + 1 };
    const nonces = transfers.map((transfer) => transfer.nonce);
    const parcel = { ledger, kind: 'approve', key: `approve-${digest}`, nonces, note } as const;
    hold(entries, 'waiting-for-inclusion', Infinity);
    const execution = executionOf(statement, encodeSignatures(own));
    const submission = await sent.send(parcel, (submitting) => submitBatch(submitting, execution));
    if (!submission.sent) return turnedDown(parcel, entries, submission.reason);
    log.info({ lane: laneKey(lane), ...note, digest }, 'approval submitted');
  }

  async function release(ledger: Ledger, nonce: bigint): Promise<void> {
    const { lane } = ledger;
    const note = { nonce: nonce.toString() };
    const parcel = {
      ledger,
      kind: 'release',
      key: `release-${laneKey(lane)}-${nonce}`,
      nonces: [nonce],
      note,
    } as const;
    const submission = await sent.send(parcel, (submitting) => submitRelease(submitting, lane.productToken, nonce));
    if (submission.sent) log.info({ lane: laneKey(lane), ...note }, 'release submitted');
  }

  /** Lets a withdrawal that its token refuses for good go back to the redeemer. */
  async function bounce(ledger: Ledger, nonce: bigint): Promise<void> {
    const { lane } = ledger;
    const transfer = ledger.get(nonce)?.transfer;
    if (transfer === undefined || (await judge(transfer)).next !== 'bounce') return;
    const { threshold, signerEpoch } = bridges.destination(lane.direction);
    const statement = stateBounce(bridges.pair, signerEpoch, transfer);
    const note = { nonce: nonce.toString() };
    const { signatures, refusals } = await gather(statement, 'bounce', await attester.statement(statement));
    if (signatures.length < threshold)
      return log.info({ lane: laneKey(lane), ...note, refusals }, 'too few signatures for a bounce');
    const parcel = { ledger, kind: 'bounce', key: `bounce-${statement.digest}`, nonces: [nonce], note } as const;
    const encoded = encodeSignatures(signatures);
    const submission = await sent.send(parcel, (submitting) => submitBounce(submitting, transfer, encoded));
    if (submission.sent) log.info({ lane: laneKey(lane), ...note }, 'bounce submitted');
  }

  /** Queues those of single transfers that are due whose turn it is at this signer: more than one sender pays for nothing. */
  async function inTurn(
    { lane }: Ledger,
    kind: 'release' | 'bounce',
    due: readonly Releasable[],
    seconds: bigint,
  ): Promise<void> {
    const size = bridges.destination(lane.direction).signers.length;
    for (const { nonce, since } of due) {
      const readySeconds = Number(seconds - since);
      if (!hasTurn({ lane, nonce, size, index: indexIn(lane), readySeconds, turnSeconds })) continue;
      await queue.batch({ laneKey: laneKey(lane), firstNonce: nonce.toString(), count: 1, kind });
    }
  }

  return {
    async drive(key) {
      const ledger = ledgers.get(key);
      if (ledger === undefined) return;
      const { lane } = ledger;
      if (obstacle(lane) !== undefined) return lookAgain(key, HELD_SECONDS);
      const { signers, signerEpoch } = bridges.destination(lane.direction);
      ledger.enterEpoch(signerEpoch);
      const plan = schedule(ledger.oldest(PLANNED_AT_ONCE), now(), {
        ...{ lane, index: indexIn(lane), size: signers.length, turnSeconds, fallbackSeconds },
        largestBatch: sizes.of(key),
      });
      const ranges = [
        ...plan.attest.map((range) => ({ ...range, kind: 'attest' as const })),
        ...plan.approve.map((firstNonce) => ({ firstNonce, count: 1, kind: 'approve' as const })),
      ];
      for (const { firstNonce, count, kind } of ranges) {
        // Held from here on, so that the next wake does not plan them again while their job waits.
        hold(entriesOf(ledger, ledger.range(firstNonce, count)), 'waiting-for-signatures', JOB_SECONDS);
        await queue.batch({ laneKey: key, firstNonce: firstNonce.toString(), count, kind });
      }
      if (plan.lookAgainAt !== undefined) lookAgain(key, Math.max(plan.lookAgainAt - now(), AT_ONCE_SECONDS));
    },

    async lookAtRefused(ledger, seconds) {
      const { due, failures } = await refused.due(ledger);
      await inTurn(
        ledger,
        'bounce',
        due.map(({ nonce, bounceAt }) => ({ nonce, since: bounceAt })),
        seconds,
      );
      if (failures.length > 0) throw failures[0];
    },

    release: (ledger, due, seconds) => inTurn(ledger, 'release', due, seconds),

    async batch({ laneKey: key, firstNonce, count, kind }) {
      const ledger = ledgers.get(key);
      if (ledger === undefined) return;
      const reason = obstacle(ledger.lane);
      const transfers = ledger.range(BigInt(firstNonce), count);
      if (reason !== undefined) return hold(entriesOf(ledger, transfers), reason, HELD_SECONDS);
      try {
        if (kind === 'approve') await approve(ledger, BigInt(firstNonce));
        else if (kind === 'release') await release(ledger, BigInt(firstNonce));
        else if (kind === 'bounce') await bounce(ledger, BigInt(firstNonce));
        else if (transfers.length > 0) await attest(ledger, transfers);
      } catch (error) {
        hold(entriesOf(ledger, transfers), reasonOf(error) ?? 'rpc-unreachable', HELD_SECONDS);
        lookAgain(key, HELD_SECONDS);
        throw error;
      }
    },

    giveWay(ledger, transfers, peer) {
      const index = bridges.destination(ledger.lane.direction).signers.indexOf(peer);
      holds.giveWay(entriesOf(ledger, transfers), index, turnSeconds);
    },

    mined: sent.mined,
    abandoned: sent.abandoned,
    final: sent.final,
    close: holds.close,
  };
}
