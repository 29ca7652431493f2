import { outboundNonce } from '../chain/bridge-contract.ts';
import type { Heads } from '../state/ledgers.ts';
import { type Lane, destinationOf, laneKey, sourceOf } from '../../protocol/lane.ts';
import { CLOCK_MARGIN, type ExecutionsContext } from './execution-check.ts';

/**
 * Checks that the destination executed or parked no nonce that the source has not emitted, including executions from
 * before this relayer's start, which only the bitmap records.
 * While one chain is merely observed ahead of the other, there is no error and the sums are not compared; so that state
 * must be bounded in time.
 */
export function createAheadCheck({ bridges, ledger }: ExecutionsContext) {
  /** By lane: when each nonce was first observed, in seconds of the destination's finalized head. */
  const firstSeen = new Map<string, ReadonlyMap<bigint, bigint>>();

  return {
    /** Returns the errors found in a lane; empty when there are none. */
    async check(lane: Lane, heads: Heads): Promise<readonly string[]> {
      const key = laneKey(lane);
      const source = bridges.sides[sourceOf(lane.direction)];
      const now = heads[destinationOf(lane.direction)].timestamp;
      const before = firstSeen.get(key);
      const ahead = new Map((ledger(lane)?.ahead() ?? []).map((nonce) => [nonce, before?.get(nonce) ?? now]));
      firstSeen.set(key, ahead);

      const head = heads[source.side];
      const late = [...ahead].filter(([, seenAt]) => head.timestamp > seenAt + CLOCK_MARGIN).map(([nonce]) => nonce);
      if (late.length === 0) return [];
      // A node can withhold the event but not the nonce: the nonce is contract state.
      const emitted = await outboundNonce(source, lane.productToken, head);
      const unfounded = late.filter((nonce) => nonce >= emitted);
      if (unfounded.length === 0) return [];
      return [
        `${key}: the destination executed or parked transfers that have no source event: nonce ${unfounded.join(', ')}`,
      ];
    },
  };
}
