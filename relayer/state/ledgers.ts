import { type Lane, type Side, laneKey } from '../../protocol/lane.ts';
import type { Head } from '../chain/finality.ts';
import type { Ledger } from './ledger.ts';

/** A finalized head of each chain. */
export type Heads = Readonly<Record<Side, Head>>;

/** The ledgers of one bridge, and the finalized heads that they reflect. */
export interface Ledgers {
  /** By lane key. */
  readonly all: Map<string, Ledger>;
  readonly of: (lane: Lane) => Ledger | undefined;
  /** By side: the finalized head up to which events were applied. */
  readonly scanned: Readonly<Record<Side, Readonly<Scanned>>>;
  /**
   * The finalized heads that all ledgers reflect; undefined while events are being applied, or were applied in part.
   */
  readonly heads: () => Heads | undefined;
  /** Records that the events above a side's head are being applied: no heads describe the ledgers now. */
  applying(side: Side): void;
  /** Records that all events of a side up to this head are applied. */
  applied(side: Side, head: Head): void;
  /**
   * Calls `take` at the first moment in which the ledgers reflect a head of each chain. It must read what it needs from
   * the ledgers synchronously: the chains do not wait for it, however fast their blocks are.
   * @returns undefined when there is no such moment for 10 s.
   */
  readonly atHeads: <T>(take: (heads: Heads) => T) => Promise<T | undefined>;
}

export interface Scanned {
  head: Head | undefined;
  /** True while the events above `head` are being applied, or were applied in part. */
  partial: boolean;
}

const HEADS_MS = 10_000;

export function createLedgers(): Ledgers {
  const all = new Map<string, Ledger>();
  const scanned: Record<Side, Scanned> = {
    main: { head: undefined, partial: false },
    product: { head: undefined, partial: false },
  };
  const waiting = new Set<(heads: Heads) => void>();

  const heads = (): Heads | undefined => {
    const { main, product } = scanned;
    if (main.partial || product.partial || main.head === undefined || product.head === undefined) return undefined;
    return { main: main.head, product: product.head };
  };

  return {
    ...{ all, scanned, heads },
    of: (lane) => all.get(laneKey(lane)),

    applying: (side) => void (scanned[side].partial = true),

    applied(side, head) {
      scanned[side] = { head, partial: false };
      const now = heads();
      if (now === undefined) return;
      for (const take of waiting) take(now);
      waiting.clear();
    },

    async atHeads<T>(take: (heads: Heads) => T): Promise<T | undefined> {
      const now = heads();
      if (now !== undefined) return take(now);
      return new Promise<T | undefined>((resolve) => {
        const taking = (then: Heads): void => {
          clearTimeout(late);
          resolve(take(then));
        };
        const late = setTimeout(() => {
          waiting.delete(taking);
          resolve(undefined);
        }, HEADS_MS);
        waiting.add(taking);
      });
    },
  };
}
