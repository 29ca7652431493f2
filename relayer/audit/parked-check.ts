import { isParkedAs, parkedAt } from '../chain/bridge-contract.ts';
import type { Head } from '../chain/finality.ts';
import { type Lane, type Side, destinationOf, laneKey } from '../../protocol/lane.ts';
import type { ExecutionsContext } from './execution-check.ts';

/** Read at once; a limit that is reached parks many. */
const AT_ONCE = 100;

/**
 * That what waits at the destination is what departed. The sums do not tell: a parked transfer counts with its source event's
 * amount, and until it is released nobody has it.
 */
export function createParkedCheck({ bridges, ledger }: ExecutionsContext) {
  /** By lane: those that are as they departed. The bridge changes nothing of them until they are released or voided. */
  const right = new Map<string, Set<bigint>>();

  return {
    /** It may have been parked before with the same nonce, and voided. */
    parked: (lane: Lane, nonce: bigint): void => void right.get(laneKey(lane))?.delete(nonce),

    /** Answers what is wrong with a lane. */
    async check(lane: Lane, heads: Readonly<Record<Side, Head>>): Promise<readonly string[]> {
      const key = laneKey(lane);
      const destination = bridges.sides[destinationOf(lane.direction)];
      const waiting = (ledger(lane)?.entries() ?? []).filter(({ parked }) => parked);
      const known = new Set(
        waiting.map(({ transfer: { nonce } }) => nonce).filter((nonce) => right.get(key)?.has(nonce)),
      );
      right.set(key, known);

      const others: bigint[] = [];
      const unknown = waiting.map(({ transfer }) => transfer).filter(({ nonce }) => !known.has(nonce));
      for (let at = 0; at < unknown.length; at += AT_ONCE) {
        await Promise.all(
          unknown.slice(at, at + AT_ONCE).map(async (transfer) => {
            const { nonce } = transfer;
            const item = await parkedAt(destination, lane.productToken, nonce, heads[destination.side].number);
            if (item === undefined) return;
            if (isParkedAs(item, transfer)) known.add(nonce);
            else others.push(nonce);
          }),
        );
      }
      if (others.length === 0) return [];
      return [`${key}: parked with another content than its source event: nonce ${others.join(', ')}`];
    },
  };
}
