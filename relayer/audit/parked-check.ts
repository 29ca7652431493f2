import { isParkedAs, parkedAt } from '../chain/bridge-contract.ts';
import type { Heads } from '../state/ledgers.ts';
import { type Lane, destinationOf, laneKey } from '../../protocol/lane.ts';
import type { ExecutionsContext } from './execution-check.ts';

/** Records read at once: an exhausted limit parks many transfers. */
const AT_ONCE = 100;

/**
 * Checks that each parked record matches its source event. Rule 1's sums cannot show a difference: they count a parked
 * transfer with its source event's amount, and nothing is paid out before the release.
 */
export function createParkedCheck({ bridges, ledger }: ExecutionsContext) {
  /** By lane: parked nonces that match. The bridge does not change a record before its release or void. */
  const right = new Map<string, Set<bigint>>();

  return {
    /** The same nonce may have been parked before, and voided. */
    parked: (lane: Lane, nonce: bigint): void => void right.get(laneKey(lane))?.delete(nonce),

    /** Returns the errors found in a lane; empty when there are none. */
    async check(lane: Lane, heads: Heads): Promise<readonly string[]> {
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
            const item = await parkedAt(destination, lane.productToken, nonce, heads[destination.side]);
            if (item === undefined) return;
            if (isParkedAs(item, transfer)) known.add(nonce);
            else others.push(nonce);
          }),
        );
      }
      if (others.length === 0) return [];
      return [`${key}: parked with content that differs from its source event: nonce ${others.join(', ')}`];
    },
  };
}
