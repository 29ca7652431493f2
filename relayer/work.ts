import type { Address, Hex } from 'viem';

import { approvalsOf, executedWords } from './chain/bridge.ts';
import { provenEvents } from './chain/logs.ts';
import type { Config } from './config.ts';
import { PegwayError, messageOf } from './errors.ts';
import type { Metrics } from './metrics.ts';
import { type PeerAnswer, askPeer } from './peers/client.ts';
import type { Attester } from './pipeline/attest.ts';
import type { Verdict } from './pipeline/bounce.ts';
import { collect } from './pipeline/collect.ts';
import { schedule } from './pipeline/schedule.ts';
import { type Submission, type Submitting, submitBatch, submitBounce, submitRelease } from './pipeline/submit.ts';
import type { BatchJob, Queue } from './queue/queue.ts';
import type { Bridges } from './state/bridges.ts';
import type { Entry, Ledger } from './state/ledger.ts';
import { type Statement, stateBatch, stateBounce } from './state/statement.ts';
import { type IndexedSignature, MAXIMUM_BATCH, encodeSignatures, indicesOf } from './transfer/attestation.ts';
import { WORD, wordOf } from './transfer/bitmap.ts';
import { type Lane, type Side, type Transfer, destinationOf, laneKey, sourceOf } from './transfer/lane.ts';
import { type Reason, isReason } from './transfer/reasons.ts';
import { hasTurn } from './transfer/turns.ts';
import type { TransactionLane } from './tx/lane.ts';

export interface Work {
  /** Looks at a lane, and queues the batches that are this signer's to move now. */
  drive(laneKey: string): Promise<void>;
  /** Tries again what its token would pay now, and lets go back what is due, at this time of the main chain in seconds. */
  lookAtRefused(ledger: Ledger, seconds: bigint): Promise<void>;
  /** Moves one batch: state, sign, gather, submit. */
  batch(job: BatchJob): Promise<void>;
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
  readonly queue: Queue;
  readonly transactions: Readonly<Record<Side, TransactionLane>>;
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

/** Peers hold a question open for a moment; this is past it. */
const PEER_TIMEOUT_SECONDS = 4;
/** A batch that is still on its way after this long was lost with its job. */
const JOB_SECONDS = 30;
/** After a question that too few answered. */
const ASK_AGAIN_SECONDS = 1;
/** While the bridge is paused, or fees or funds hold a batch. */
const HELD_SECONDS = 5;
/** Withdrawals that are asked for one by one. */
const FEW = 8;
/** Refused withdrawals that one look simulates. */
const REFUSED_AT_ONCE = 100;

interface Sent {
  readonly ledger: Ledger;
  readonly nonces: readonly bigint[];
  readonly kind: BatchJob['kind'];
  block: bigint | undefined;
}

/** What is done for a lane when it is woken, and for a batch when its job comes up. */
export function createWork(options: WorkOptions): Work {
  const { config, bridges, ledgers, attester, queue, transactions, metrics, log, obstacle, now } = options;
  const peers = new Map(config.peers.map((peer) => [peer.address, peer]));
  const timers = new Map<string, NodeJS.Timeout>();
  const sent = new Map<string, Sent>();
  const largest = new Map<string, number>();

  const lookAgain = (key: string, seconds: number) => {
    clearTimeout(timers.get(key));
    const timer = setTimeout(() => {
      timers.delete(key);
      void queue.wake(key).catch((error: unknown) => log.warn({ lane: key, error: messageOf(error) }, 'wake failed'));
    }, seconds * 1_000);
    timers.set(key, timer);
  };

  const hold = (entries: readonly (Entry | undefined)[], reason: Reason, seconds: number, block?: bigint) => {
    for (const entry of entries) {
      if (entry === undefined) continue;
      entry.hold = { reason, until: now() + seconds, ...(block === undefined ? {} : { block }) };
    }
  };

  const entriesOf = (ledger: Ledger, transfers: readonly { readonly nonce: bigint }[]) =>
    transfers.map(({ nonce }) => ledger.get(nonce));

  /** How long these transfers took from their proof to the end of a stage. */
  const observe = (ledger: Ledger, nonces: readonly bigint[], stage: 'signed' | 'submitted' | 'mined') => {
    for (const nonce of nonces) {
      const entry = ledger.get(nonce);
      if (entry === undefined) continue;
      metrics.transferSeconds.observe({ direction: ledger.lane.direction, stage }, now() - entry.readyAt);
    }
  };

  const indexIn = (lane: Lane) => bridges.destination(lane.direction).signers.indexOf(attester.address);

  const submitting = (ledger: Ledger, key: string, note: Record<string, string | number>): Submitting => {
    const side = destinationOf(ledger.lane.direction);
    return {
      bridge: bridges.sides[side],
      transactions: transactions[side],
      account: options.payer,
      blockGasLimit: options.blockGasLimit(side),
      key,
      note: { lane: laneKey(ledger.lane), ...note },
    };
  };

  /** Remembers what was sent before it is, so that no answer comes too early. */
  const send = async (
    ledger: Ledger,
    kind: BatchJob['kind'],
    key: string,
    nonces: readonly bigint[],
    submit: () => Promise<Submission>,
  ): Promise<Submission> => {
    sent.set(key, { ledger, nonces, kind, block: undefined });
    const submission = await submit().catch((error: unknown) => {
      sent.delete(key);
      throw error;
    });
    if (!submission.sent) sent.delete(key);
    return submission;
  };

  /** What the bridge or the transaction lane said instead of taking a batch. */
  const refused = async (ledger: Ledger, entries: readonly (Entry | undefined)[], reason: Reason): Promise<void> => {
    const key = laneKey(ledger.lane);
    switch (reason) {
      case 'already-executed':
        // Another signer was first; the final event will say so.
        hold(entries, 'waiting-for-finality', config.sweepSeconds);
        break;
      case 'gas-limit-too-high':
        largest.set(key, Math.max(1, Math.floor(entries.length / 2)));
        hold(entries, reason, 0);
        break;
      case 'wrong-bridge':
      case 'peg-mismatch':
        await bridges.refresh(destinationOf(ledger.lane.direction));
        hold(entries, reason, ASK_AGAIN_SECONDS);
        break;
      default:
        hold(entries, reason, HELD_SECONDS);
    }
    metrics.transfersRejected.inc({ direction: ledger.lane.direction, reason }, entries.length);
    lookAgain(key, 0.01);
  };

  const ask =
    (statement: Omit<Statement, 'transfers'>, kind: 'batch' | 'bounce', own: Hex) =>
    (signer: Address, signal: AbortSignal) => {
      const peer = peers.get(signer);
      if (peer === undefined) return Promise.resolve<PeerAnswer>({ reason: 'unreachable' });
      const { direction, productToken } = statement.lane;
      const { chainId, address: bridge } = bridges.sides[destinationOf(direction)];
      const { digest } = statement;
      const request = { kind, direction, chainId, bridge, productToken, digest, signature: own } as const;
      const range = { firstNonce: statement.firstNonce.toString(), count: statement.count };
      const epoch = { signerEpoch: statement.signerEpoch.toString() };
      return askPeer(peer, { ...request, ...range, ...epoch }, signal, PEER_TIMEOUT_SECONDS);
    };

  const onAnswer = (signer: Address, valid: boolean) => {
    if (!valid) return log.warn({ signer }, 'a peer answered with a signature that is not its own');
    options.onAnswered(signer);
    metrics.signatures.inc({ signer });
    metrics.signerLastAnswer.set({ signer }, Date.now() / 1_000);
  };

  const gather = (statement: Omit<Statement, 'transfers'>, kind: 'batch' | 'bounce', signature: Hex) => {
    metrics.signatures.inc({ signer: attester.address });
    const { lane, digest } = statement;
    const { signers, threshold } = bridges.destination(lane.direction);
    const own: IndexedSignature = { index: indexIn(lane), signature };
    return collect({ digest, signers, threshold, own, ask: ask(statement, kind, signature), onAnswer });
  };

  /** Those that are open at the newest block although others of the same batch are executed: somebody tried, and they failed. */
  const passedOver = async ({ productToken }: Lane, entries: readonly Entry[]): Promise<readonly Entry[]> => {
    const nonces = entries.map(({ transfer }) => transfer.nonce);
    const first = wordOf(nonces[0] ?? 0n);
    const count = wordOf(nonces.at(-1) ?? 0n) - first + 1n;
    const words = await executedWords(bridges.sides.main, productToken, first + count, 'latest', first);
    const open = entries.filter(({ transfer: { nonce } }) => {
      const bits = words[Number(wordOf(nonce) - first)] ?? 0n;
      return ((bits >> (nonce % WORD)) & 1n) === 0n;
    });
    return open.length < entries.length ? open : [];
  };

  /** Whether a signer whose turn came before has tried some already, in a block that is not final yet; they are marked. */
  const wasRefused = async (ledger: Ledger, transfers: readonly Transfer[]): Promise<boolean> => {
    const entries = entriesOf(ledger, transfers).filter((entry) => entry !== undefined);
    if (ledger.lane.direction === 'mint' || entries.every(({ readyAt }) => now() - readyAt < config.turnSeconds))
      return false;
    const doubtful = entries.length <= FEW ? entries : await passedOver(ledger.lane, entries);
    await Promise.all(
      doubtful.map(async (entry) => {
        entry.refused = (await options.judge(entry.transfer)).next !== 'pay';
      }),
    );
    const refused = entries.some((entry) => entry.refused);
    if (refused) for (const entry of entries) entry.hold = undefined;
    return refused;
  };

  async function attest(ledger: Ledger, transfers: readonly Transfer[]): Promise<void> {
    const { lane } = ledger;
    const { threshold, signerEpoch } = bridges.destination(lane.direction);
    const entries = entriesOf(ledger, transfers);
    hold(entries, 'waiting-for-signatures', JOB_SECONDS);
    if (await wasRefused(ledger, transfers)) return lookAgain(laneKey(lane), 0.01);

    const statement = stateBatch(bridges.pair, signerEpoch, transfers);
    const signature = await attester.batch(statement);
    const gathered = await gather(statement, 'batch', signature);
    if (gathered.signatures.length < threshold) {
      if (gathered.shrinkTo !== undefined && gathered.shrinkTo < transfers.length) {
        hold(entries.slice(gathered.shrinkTo), 'waiting-for-signatures', ASK_AGAIN_SECONDS);
        return attest(ledger, transfers.slice(0, gathered.shrinkTo));
      }
      log.info({ lane: laneKey(lane), refusals: gathered.refusals }, 'too few signatures');
      hold(entries, 'waiting-for-signatures', ASK_AGAIN_SECONDS);
      lookAgain(laneKey(lane), ASK_AGAIN_SECONDS);
      return;
    }

    const { firstNonce, count, transfers: packed, digest } = statement;
    const key = `attest-${digest}`;
    const note = { firstNonce: firstNonce.toString(), count };
    const execution = { ...lane, firstNonce, transfers: packed, signatures: encodeSignatures(gathered.signatures) };
    hold(entries, 'waiting-for-inclusion', Infinity);
    const nonces = transfers.map(({ nonce }) => nonce);
    observe(ledger, nonces, 'signed');
    const submission = await send(ledger, 'attest', key, nonces, () =>
      submitBatch(submitting(ledger, key, note), execution),
    );
    if (!submission.sent) return refused(ledger, entries, submission.reason);
    metrics.batchSize.observe(count);
    observe(ledger, nonces, 'submitted');
    const signed = gathered.signatures.map(({ index }) => index);
    log.info({ lane: laneKey(lane), ...note, signers: signed, digest }, 'batch submitted');
  }

  /**
   * The whitepaper's own protocol, for when the peers are out of reach: this signature alone, over the lane's transfers of one
   * source block, whatever became of some of them, so that all signers' approvals meet in one digest.
   */
  async function approve(ledger: Ledger, nonce: bigint): Promise<void> {
    const { lane } = ledger;
    const entry = ledger.get(nonce);
    if (entry === undefined) return;
    const block = entry.transfer.blockNumber;
    const events = await provenEvents(bridges.sides[sourceOf(lane.direction)].source, { from: block, to: block });
    const ofBlock = events.flatMap((event) =>
      event.kind === 'departed' && laneKey(event.transfer.lane) === laneKey(lane) ? [event.transfer] : [],
    );
    const position = ofBlock.findIndex((transfer) => transfer.nonce === nonce);
    if (position < 0)
      throw new PegwayError(`${laneKey(lane)}: nonce ${nonce} is gone from block ${block}`, { code: 'proof-invalid' });
    const start = position - (position % MAXIMUM_BATCH);
    const transfers = ofBlock.slice(start, start + MAXIMUM_BATCH);
    if (transfers.some((transfer) => ledger.get(transfer.nonce)?.rejected !== undefined)) return;

    const { threshold, signerEpoch } = bridges.destination(lane.direction);
    const entries = entriesOf(ledger, transfers);
    hold(entries, 'waiting-for-signatures', JOB_SECONDS);
    const statement = stateBatch(bridges.pair, signerEpoch, transfers);
    const destination = bridges.sides[destinationOf(lane.direction)];
    const kept = indicesOf(await approvalsOf(destination, statement.digest));
    const index = indexIn(lane);
    if (kept.includes(index) && kept.length < threshold) {
      for (const one of entries) if (one !== undefined) one.approved = true;
      return hold(entries, 'waiting-for-signatures', config.turnSeconds);
    }

    const signature = kept.includes(index) ? [] : [{ index, signature: await attester.batch(statement) }];
    metrics.signatures.inc({ signer: attester.address }, signature.length);
    const key = `approve-${statement.digest}`;
    const note = { firstNonce: statement.firstNonce.toString(), count: statement.count, approval: kept.length + 1 };
    const execution = {
      ...lane,
      firstNonce: statement.firstNonce,
      transfers: statement.transfers,
      signatures: encodeSignatures(signature),
    };
    hold(entries, 'waiting-for-inclusion', Infinity);
    const nonces = transfers.map((transfer) => transfer.nonce);
    const submission = await send(ledger, 'approve', key, nonces, () =>
      submitBatch(submitting(ledger, key, note), execution),
    );
    if (!submission.sent) return refused(ledger, entries, submission.reason);
    log.info({ lane: laneKey(lane), ...note, digest: statement.digest }, 'approval submitted');
  }

  async function release(ledger: Ledger, nonce: bigint): Promise<void> {
    const { lane } = ledger;
    const key = `release-${laneKey(lane)}-${nonce}`;
    const submission = await send(ledger, 'release', key, [nonce], () =>
      submitRelease(submitting(ledger, key, { nonce: nonce.toString() }), lane.productToken, nonce),
    );
    if (submission.sent) log.info({ lane: laneKey(lane), nonce: nonce.toString() }, 'release submitted');
  }

  /** Lets a withdrawal that its token refuses for good go back to the redeemer. */
  async function bounce(ledger: Ledger, nonce: bigint): Promise<void> {
    const { lane } = ledger;
    const transfer = ledger.get(nonce)?.transfer;
    if (transfer === undefined || (await options.judge(transfer)).next !== 'bounce') return;
    const { threshold, signerEpoch } = bridges.destination(lane.direction);
    const statement = stateBounce(bridges.pair, signerEpoch, transfer);
    const note = { lane: laneKey(lane), nonce: nonce.toString() };
    const { signatures, refusals } = await gather(statement, 'bounce', await attester.statement(statement));
    if (signatures.length < threshold) return log.info({ ...note, refusals }, 'too few signatures for a bounce');
    const key = `bounce-${statement.digest}`;
    const submission = await send(ledger, 'bounce', key, [nonce], () =>
      submitBounce(submitting(ledger, key, { nonce: nonce.toString() }), transfer, encodeSignatures(signatures)),
    );
    if (submission.sent) log.info(note, 'bounce submitted');
  }

  return {
    async drive(key) {
      const ledger = ledgers.get(key);
      if (ledger === undefined) return;
      if (obstacle(ledger.lane) !== undefined) return lookAgain(key, HELD_SECONDS);
      const { signers, signerEpoch } = bridges.destination(ledger.lane.direction);
      ledger.enterEpoch(signerEpoch);
      const plan = schedule(ledger.entries(), now(), {
        lane: ledger.lane,
        index: indexIn(ledger.lane),
        size: signers.length,
        turnSeconds: config.turnSeconds,
        fallbackSeconds: config.fallbackSeconds,
        largestBatch: largest.get(key) ?? MAXIMUM_BATCH,
      });
      // Held from here on, so that the next wake does not plan them again while their job waits.
      for (const { firstNonce, count } of plan.attest) {
        hold(entriesOf(ledger, ledger.range(firstNonce, count)), 'waiting-for-signatures', JOB_SECONDS);
        await queue.batch({ laneKey: key, firstNonce: firstNonce.toString(), count, kind: 'attest' });
      }
      for (const nonce of plan.approve) {
        hold([ledger.get(nonce)], 'waiting-for-signatures', JOB_SECONDS);
        await queue.batch({ laneKey: key, firstNonce: nonce.toString(), count: 1, kind: 'approve' });
      }
      if (plan.lookAgainAt !== undefined) lookAgain(key, Math.max(plan.lookAgainAt - now(), 0.01));
    },

    async lookAtRefused(ledger, seconds) {
      const { lane } = ledger;
      const refused = ledger.entries().filter((entry) => entry.refused && entry.rejected === undefined);
      for (const entry of refused.slice(0, REFUSED_AT_ONCE)) {
        const { nonce } = entry.transfer;
        const verdict = await options.judge(entry.transfer);
        if (verdict.next === 'pay') entry.refused = false;
        if (verdict.next !== 'bounce') continue;
        const readySeconds = Number(seconds - verdict.bounceAt);
        const size = bridges.destination(lane.direction).signers.length;
        const turn = { lane, nonce, size, index: indexIn(lane), readySeconds, turnSeconds: config.turnSeconds };
        const job = { laneKey: laneKey(lane), firstNonce: nonce.toString(), count: 1, kind: 'bounce' } as const;
        if (hasTurn(turn)) await queue.batch(job);
      }
    },

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
        const code = error instanceof PegwayError && isReason(error.code ?? '') ? (error.code as Reason) : undefined;
        hold(entriesOf(ledger, transfers), code ?? 'rpc-unreachable', HELD_SECONDS);
        lookAgain(key, HELD_SECONDS);
        throw error;
      }
    },

    mined(key, block) {
      const item = sent.get(key);
      if (item === undefined) return;
      // Once, though it may be told again after a reorganisation.
      if (item.kind === 'attest' && item.block === undefined) observe(item.ledger, item.nonces, 'mined');
      item.block = block;
      const reason = item.kind === 'approve' ? 'waiting-for-signatures' : 'waiting-for-finality';
      hold(
        item.nonces.map((nonce) => item.ledger.get(nonce)),
        reason,
        Infinity,
        block,
      );
    },

    abandoned(key) {
      const item = sent.get(key);
      if (item === undefined) return;
      sent.delete(key);
      hold(
        item.nonces.map((nonce) => item.ledger.get(nonce)),
        'waiting-for-inclusion',
        0,
      );
      lookAgain(laneKey(item.ledger.lane), 0.01);
    },

    final(side, height) {
      for (const [key, item] of sent) {
        const { ledger, block, nonces } = item;
        if (destinationOf(ledger.lane.direction) !== side || block === undefined || block > height) continue;
        sent.delete(key);
        void transactions[side].settle(key);
        const left = nonces.flatMap((nonce) => ledger.get(nonce) ?? []);
        for (const entry of left) if (entry.hold?.block === block) entry.hold = undefined;
        if (left.length > 0) lookAgain(laneKey(ledger.lane), 0.01);
      }
    },

    close() {
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}
