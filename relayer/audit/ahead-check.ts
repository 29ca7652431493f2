import { outboundNonce } from '../chain/bridge-contract.ts';
import type { Head } from '../chain/finality.ts';
import { type Lane, type Side, destinationOf, laneKey, sourceOf } from '../../protocol/lane.ts';
import { CLOCK_MARGIN, type ExecutionsContext } from './execution-check.ts';

/**
 * That nothing was executed or parked which the source has not emitted, whoever saw it happen: a relayer that was started
 * afterwards finds it in the bitmap. While one chain is only seen ahead of the other it is no error, and the sums are not
 * compared; so this must end.
 */
export function createAheadCheck({ bridges, ledger }: ExecutionsContext) {
  /** By lane: when each nonce was first seen, in seconds of the destination's final head. */
  const firstSeen = new Map<string, ReadonlyMap<bigint, bigint>>();

  return {
    /** Answers what is wrong with a lane. */
    async check(lane: Lane, heads: Readonly<Record<Side, Head>>): Promise<readonly string[]> {
      const key = laneKey(lane);
      const source = bridges.sides[sourceOf(lane.direction)];
      const now = heads[destinationOf(lane.direction)].timestamp;
      const before = firstSeen.get(key);
      const ahead = new Map((ledger(lane)?.ahead() ?? []).map((nonce) => [nonce, before?.get(nonce) ?? now]));
      firstSeen.set(key, ahead);

      const { timestamp, number } = heads[source.side];
      const late = [...ahead].filter(([, seenAt]) => timestamp > seenAt + CLOCK_MARGIN).map(([nonce]) => nonce);
      if (late.length === 0) return [];
      // Nodes that withhold the event do not withhold the nonce.
      const emitted = await outboundNonce(source, lane.productToken, number);
      const unfounded = late.filter((nonce) => nonce >= emitted);
      if (unfounded.length === 0) return [];
      return [`${key}: the destination executed or parked what has no source event: nonce ${unfounded.join(', ')}`];
    },
  };
}
