import { type Side, sides } from '../../protocol/lane.ts';
import { weekOf } from '../../protocol/rewards.ts';
import type { ChainClient } from '../chain/chain-client.ts';
import type { Head } from '../chain/finality.ts';
import type { PlacedFact, RewardsStore } from '../store/rewards-store.ts';
import { readFacts } from './read-facts.ts';

/** Reads the facts of both chains into the store: to the bridges' first events, and after each week to its end. */
export interface FactReader {
  /** Reads one range of a side, if any is due. @returns false when nothing is left to read now. */
  step(side: Side): Promise<boolean>;
  /** The time, in seconds, up to which every event of both chains is stored; 0 while some are missing. */
  readonly until: () => bigint;
  /** A side of which everything was read without the bridge's first event: its nodes do not keep all logs. */
  readonly incomplete: () => Side | undefined;
}

export interface FactReaderOptions {
  readonly chains: Readonly<Record<Side, ChainClient>>;
  readonly store: RewardsStore;
  readonly head: (side: Side) => Head | undefined;
}

/** In the chain's seconds: new blocks are read this often, and when a week has ended, in as few requests as the range allows. */
const READ_EVERY_SECONDS = 3_600n;

export function createFactReader({ chains, store, head }: FactReaderOptions): FactReader {
  const read = (side: Side, from: bigint, to: bigint): Promise<readonly PlacedFact[]> =>
    chains[side].background(() => readFacts(chains[side], { from, to }));

  const isDue = (until: bigint, { timestamp }: Head): boolean =>
    weekOf(timestamp) > weekOf(until) || timestamp - until >= READ_EVERY_SECONDS;

  return {
    async step(side) {
      const now = head(side);
      if (now === undefined) return false;
      const span = BigInt(chains[side].source.logRange);
      const known = store.range(side) ?? { low: now.number + 1n, high: now.number, until: now.timestamp };

      if (!store.isComplete(side) && known.low > 0n) {
        const low = known.low > span ? known.low - span : 0n;
        store.extend(side, { ...known, low }, await read(side, low, known.low - 1n));
        return true;
      }
      if (now.number <= known.high || !isDue(known.until, now)) return false;
      const high = known.high + span < now.number ? known.high + span : now.number;
      const until = high === now.number ? now.timestamp : known.until;
      store.extend(side, { ...known, high, until }, await read(side, known.high + 1n, high));
      return high < now.number;
    },

    incomplete: () => sides.find((side) => !store.isComplete(side) && store.range(side)?.low === 0n),

    until() {
      const read = sides.map((side) => (store.isComplete(side) ? (store.range(side)?.until ?? 0n) : 0n));
      return read.reduce((a, b) => (a < b ? a : b));
    },
  };
}
