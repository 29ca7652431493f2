import type { Hex } from 'viem';

import { outboundNonce } from '../chain/bridge-contract.ts';
import type { BridgeEvent } from '../chain/events.ts';
import { findTransfers } from '../chain/locate-transfers.ts';
import type { Head } from '../chain/finality.ts';
import type { BridgePair } from '../state/bridges.ts';
import type { Ledger } from '../state/ledger.ts';
import type { Heads } from '../state/ledgers.ts';
import { stateBatch } from '../state/statement.ts';
import { createTimeSlices } from '../async/time-slices.ts';
import { MAXIMUM_BATCH } from '../../protocol/attestation.ts';
import { type Lane, type Transfer, laneKey, sourceOf } from '../../protocol/lane.ts';
import { BoundedMap } from '../../protocol/bounded-map.ts';

/** A finalized `TransfersExecuted` event. */
export interface Execution extends Pick<
  Extract<BridgeEvent, { kind: 'executed' }>,
  'firstNonce' | 'mask' | 'digest' | 'transactionHash'
> {
  readonly lane: Lane;
  /** Of its block or a later one, in seconds of the destination's clock. */
  readonly timestamp: bigint;
}

export interface ExecutionsContext {
  readonly bridges: BridgePair;
  readonly ledger: (lane: Lane) => Ledger | undefined;
}

/** Transfers cached per lane; older ones are located by the bridge's links. */
const REMEMBERED = 4_096;
/** Most recent signer epochs, in which an execution was most likely signed. */
const EPOCHS = 4n;
/**
 * Maximum difference between the clocks of the two chains, in seconds. Once the source's finalized head is later than
 * the execution by more than this, the source has emitted everything that the execution can consist of.
 */
export const CLOCK_MARGIN = 300n;

/**
 * Executions from this relayer's downtime that are checked per audit of their lane, so that new ones need not wait for
 * them.
 */
const MISSED_AT_ONCE = 32;

/** Minimum number of nonces in the call; it may have carried more that it did not execute. */
const leastCount = (mask: bigint): number => Math.max(1, mask.toString(2).length);

/** Computes digests of these transfers, one at a time as they are consumed: one for each epoch, likeliest first. */
type Digests = (transfers: readonly Transfer[]) => Iterable<Hex>;

/**
 * The digests that may attest an execution. A digest covers the whole batch, but the event names only the executed
 * transfers. So each possible batch length is tried, the likeliest first, with each signer epoch in which it may have been
 * signed: over a thousand digests in the worst case.
 */
function* candidatesOf(mask: bigint, proven: readonly Transfer[], digests: Digests): Generator<Hex> {
  for (let count = leastCount(mask); count <= Math.min(proven.length, MAXIMUM_BATCH); count++) {
    yield* digests(proven.slice(0, count));
  }
}

/** Reports whether a digest attests a batch of these transfers. Holds the event loop; a relayer uses time slices. */
export function isAttested(
  { mask, digest }: Pick<Execution, 'mask' | 'digest'>,
  proven: readonly Transfer[],
  digests: Digests,
): boolean {
  for (const candidate of candidatesOf(mask, proven, digests)) if (candidate === digest) return true;
  return false;
}

/** As `isAttested`, in time slices between which the event loop is free. */
export async function isAttestedInSlices(
  { mask, digest }: Pick<Execution, 'mask' | 'digest'>,
  proven: readonly Transfer[],
  digests: Digests,
  nextSlice = createTimeSlices(),
): Promise<boolean> {
  for (const candidate of candidatesOf(mask, proven, digests)) {
    if (candidate === digest) return true;
    await nextSlice();
  }
  return false;
}

/** Checks that each execution has source events with the same content. */
export function createExecutionCheck({ bridges }: Pick<ExecutionsContext, 'bridges'>) {
  const remembered = new Map<string, Map<bigint, Transfer>>();
  const waiting = new Map<string, readonly Execution[]>();
  const missed = new Map<string, Execution[]>();
  /** Errors, by lane and execution. */
  const errorsByLane = new Map<string, Map<string, string>>();

  const remember = ({ lane, nonce, ...rest }: Transfer): void => {
    const known = remembered.get(laneKey(lane)) ?? new BoundedMap<bigint, Transfer>(REMEMBERED);
    remembered.set(laneKey(lane), known.set(nonce, { lane, nonce, ...rest }));
  };

  /** The proven transfers from a nonce on, at most one batch. @param end The lane's next nonce at `head`. */
  const provenFrom = async (lane: Lane, first: bigint, head: Head, end: bigint): Promise<Transfer[]> => {
    const length = Math.max(0, Math.min(Number(end - first), MAXIMUM_BATCH));
    const nonces = Array.from({ length }, (_, index) => first + BigInt(index));
    const known = remembered.get(laneKey(lane));
    const missing = nonces.filter((nonce) => known?.has(nonce) !== true);
    if (missing.length === 0) return nonces.flatMap((nonce) => known?.get(nonce) ?? []);
    // Before the wait, in which later transfers may take the places of these.
    const transfers = new Map(nonces.flatMap((nonce) => known?.get(nonce) ?? []).map((one) => [one.nonce, one]));
    const source = bridges.sides[sourceOf(lane.direction)];
    for (const found of await findTransfers(source, source.source, lane, missing, end, head)) {
      transfers.set(found.nonce, found);
    }
    return nonces.flatMap((nonce) => transfers.get(nonce) ?? []);
  };

  const isOf = (execution: Execution, proven: readonly Transfer[], epochs: bigint): Promise<boolean> => {
    const { signerEpoch } = bridges.destination(execution.lane.direction);
    return isAttestedInSlices(execution, proven, function* (transfers) {
      for (let epoch = signerEpoch; epoch > 0n && epoch > signerEpoch - epochs; epoch--) {
        yield stateBatch(bridges.pair, epoch, transfers).digest;
      }
    });
  };

  type Verdict = 'right' | 'wait' | 'no source event' | 'content that differs from its source events';

  const judge = async (execution: Execution, heads: Heads, end: bigint): Promise<Verdict> => {
    const { lane, firstNonce, mask, timestamp } = execution;
    const source = bridges.sides[sourceOf(lane.direction)];
    const head = heads[source.side];
    const proven = await provenFrom(lane, firstNonce, head, end);
    if (await isOf(execution, proven, EPOCHS)) return 'right';
    // Before reporting an error, try all epochs since deployment: each void raises the epoch, too.
    const ofAnyEpoch = async (): Promise<Verdict> =>
      (await isOf(execution, proven, bridges.destination(lane.direction).signerEpoch))
        ? 'right'
        : 'content that differs from its source events';
    if (proven.length >= MAXIMUM_BATCH) return ofAnyEpoch();

    // The batch may extend beyond the nonces proven here. A transfer in flight or a lagging node is no error: conclude
    // only once the source's finalized head is past the execution and its nonce count shows no such transfer.
    if (head.timestamp <= timestamp + CLOCK_MARGIN) return 'wait';
    const emitted = await outboundNonce(source, lane.productToken, head);
    if (emitted > end) return 'wait';
    return proven.length < leastCount(mask) ? 'no source event' : ofAnyEpoch();
  };

  const enqueue = (execution: Execution): void => {
    const key = laneKey(execution.lane);
    waiting.set(key, [...(waiting.get(key) ?? []), execution]);
  };

  return {
    departed: remember,
    executed: enqueue,

    /** Records an execution from this relayer's downtime. */
    missed(execution: Execution): void {
      const key = laneKey(execution.lane);
      const before = missed.get(key);
      if (before === undefined) missed.set(key, [execution]);
      else before.push(execution);
    },

    /**
     * Checks the pending executions and returns the errors of a lane. An execution without a source event is checked
     * again: a late event clears the error.
     * @param end The lane's next nonce at these heads.
     */
    async check(lane: Lane, heads: Heads, end: bigint): Promise<readonly string[]> {
      const key = laneKey(lane);
      const found = errorsByLane.get(key) ?? new Map<string, string>();
      errorsByLane.set(key, found);
      for (const execution of missed.get(key)?.splice(0, MISSED_AT_ONCE) ?? []) enqueue(execution);
      for (const execution of waiting.get(key) ?? []) {
        const verdict = await judge(execution, heads, end);
        if (verdict === 'wait') continue;
        const name = `${execution.firstNonce}-${execution.transactionHash}`;
        if (verdict === 'right') found.delete(name);
        else
          found.set(
            name,
            `${key}: execution ${execution.transactionHash} from nonce ${execution.firstNonce} on has ${verdict}`,
          );
        if (verdict === 'no source event') continue;
        waiting.set(
          key,
          (waiting.get(key) ?? []).filter((one) => one !== execution),
        );
      }
      return [...found.values()];
    },
  };
}
