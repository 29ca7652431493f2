import type { Hex } from 'viem';

import { outboundNonce } from '../chain/bridge-contract.ts';
import type { BridgeEvent } from '../chain/events.ts';
import { findTransfers } from '../chain/locate-transfers.ts';
import type { Head } from '../chain/finality.ts';
import type { Bridges } from '../state/bridges.ts';
import type { Ledger } from '../state/ledger.ts';
import { stateBatch } from '../state/statement.ts';
import { MAXIMUM_BATCH } from '../../protocol/attestation.ts';
import { type Lane, type Side, type Transfer, laneKey, sourceOf } from '../../protocol/lane.ts';
import { BoundedMap } from '../../protocol/bounded-map.ts';

/** What a final `TransfersExecuted` said. */
export interface Execution extends Pick<
  Extract<BridgeEvent, { kind: 'executed' }>,
  'firstNonce' | 'mask' | 'digest' | 'transactionHash'
> {
  readonly lane: Lane;
  /** Of its block or a later one, in seconds as the destination counts. */
  readonly timestamp: bigint;
}

export interface ExecutionsContext {
  readonly bridges: Bridges;
  readonly ledger: (lane: Lane) => Ledger | undefined;
}

/** Transfers of a lane that are kept at hand; older ones are found by the bridge's links. */
const REMEMBERED = 4_096;
/** Signer epochs back from the present one that an execution was most likely signed in. */
const EPOCHS = 4n;
/**
 * By how much the clocks of the two chains may differ, in seconds. Once the source's final head is later than the execution
 * by more than this, the source has emitted all that the execution can have been made of.
 */
export const CLOCK_MARGIN = 300n;

/** Executions from while this relayer did not run that are taken up with each audit of their lane: new ones must not wait for them. */
const MISSED_AT_ONCE = 32;

/** Nonces that the call certainly carried; it may have carried more, which it did not execute. */
const leastCount = (mask: bigint): number => Math.max(1, mask.toString(2).length);

/**
 * The digest covers the whole batch, and the event names only what was executed of it: so each length that the batch can have
 * had is tried, the likeliest first, and each signer epoch that it may have been signed in.
 */
export function isAttested(
  { mask, digest }: Pick<Execution, 'mask' | 'digest'>,
  proven: readonly Transfer[],
  digests: (transfers: readonly Transfer[]) => readonly Hex[],
): boolean {
  for (let count = leastCount(mask); count <= Math.min(proven.length, MAXIMUM_BATCH); count++) {
    if (digests(proven.slice(0, count)).includes(digest)) return true;
  }
  return false;
}

/** That each execution has its source events, with the same content. */
export function createExecutionCheck({ bridges, ledger }: ExecutionsContext) {
  const remembered = new Map<string, Map<bigint, Transfer>>();
  const waiting = new Map<string, readonly Execution[]>();
  const missed = new Map<string, Execution[]>();
  /** By lane and execution. */
  const strange = new Map<string, Map<string, string>>();

  const remember = ({ lane, nonce, ...rest }: Transfer): void => {
    const known = remembered.get(laneKey(lane)) ?? new BoundedMap<bigint, Transfer>(REMEMBERED);
    remembered.set(laneKey(lane), known.set(nonce, { lane, nonce, ...rest }));
  };

  /** The proven transfers from a nonce on, as many as a batch can hold. */
  const provenFrom = async (lane: Lane, first: bigint, head: Head): Promise<Transfer[]> => {
    const end = ledger(lane)?.nextNonce ?? 0n;
    const length = Math.max(0, Math.min(Number(end - first), MAXIMUM_BATCH));
    const nonces = Array.from({ length }, (_, index) => first + BigInt(index));
    const known = new Map(remembered.get(laneKey(lane)));
    const missing = nonces.filter((nonce) => !known.has(nonce));
    if (missing.length > 0) {
      const source = bridges.sides[sourceOf(lane.direction)];
      const found = await findTransfers(source, source.source, lane, missing, end, head.number);
      for (const transfer of found) known.set(transfer.nonce, transfer);
    }
    return nonces.flatMap((nonce) => known.get(nonce) ?? []);
  };

  const isOf = (execution: Execution, proven: readonly Transfer[], epochs: bigint): boolean => {
    const { signerEpoch } = bridges.destination(execution.lane.direction);
    return isAttested(execution, proven, (transfers) => {
      const digests: Hex[] = [];
      for (let epoch = signerEpoch; epoch > 0n && epoch > signerEpoch - epochs; epoch--) {
        digests.push(stateBatch(bridges.pair, epoch, transfers).digest);
      }
      return digests;
    });
  };

  type Verdict = 'right' | 'wait' | 'no source event' | 'another content than its source events';

  const judge = async (execution: Execution, heads: Readonly<Record<Side, Head>>): Promise<Verdict> => {
    const { lane, firstNonce, mask, timestamp } = execution;
    const source = bridges.sides[sourceOf(lane.direction)];
    const head = heads[source.side];
    const proven = await provenFrom(lane, firstNonce, head);
    if (isOf(execution, proven, EPOCHS)) return 'right';
    // Before anything is called wrong it is tried with all there ever were: each void raises the epoch, too.
    const ofAnyEpoch = (): Verdict =>
      isOf(execution, proven, bridges.destination(lane.direction).signerEpoch)
        ? 'right'
        : 'another content than its source events';
    if (proven.length >= MAXIMUM_BATCH) return ofAnyEpoch();

    // It may reach beyond what is proven here. A transfer in flight or a node that lags is no error: of that nothing is
    // concluded before the source is past the time, and has no such nonce.
    if (head.timestamp <= timestamp + CLOCK_MARGIN) return 'wait';
    const emitted = await outboundNonce(source, lane.productToken, head.number);
    if (emitted > (ledger(lane)?.nextNonce ?? 0n)) return 'wait';
    return proven.length < leastCount(mask) ? 'no source event' : ofAnyEpoch();
  };

  const enqueue = (execution: Execution): void => {
    const key = laneKey(execution.lane);
    waiting.set(key, [...(waiting.get(key) ?? []), execution]);
  };

  return {
    departed: remember,
    executed: enqueue,

    /** From while this relayer did not run. */
    missed(execution: Execution): void {
      const key = laneKey(execution.lane);
      const before = missed.get(key);
      if (before === undefined) missed.set(key, [execution]);
      else before.push(execution);
    },

    /**
     * Judges what is not judged yet, and answers what is wrong with a lane. What has no source event is looked at again: should
     * it come, all is right.
     */
    async check(lane: Lane, heads: Readonly<Record<Side, Head>>): Promise<readonly string[]> {
      const key = laneKey(lane);
      const found = strange.get(key) ?? new Map<string, string>();
      strange.set(key, found);
      for (const execution of missed.get(key)?.splice(0, MISSED_AT_ONCE) ?? []) enqueue(execution);
      for (const execution of waiting.get(key) ?? []) {
        const verdict = await judge(execution, heads);
        if (verdict === 'wait') continue;
        const name = `${execution.firstNonce}-${execution.transactionHash}`;
        if (verdict === 'right') found.delete(name);
        else
          found.set(
            name,
            `${key}: what ${execution.transactionHash} executed from nonce ${execution.firstNonce} on has ${verdict}`,
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
