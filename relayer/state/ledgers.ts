import { type Lane, type Side, laneKey } from '../../protocol/lane.ts';
import type { Head } from '../chain/finality.ts';
import type { Ledger } from './ledger.ts';

/** The ledgers of one bridge, and the finalized heads that they reflect. */
export interface Ledgers {
  /** By lane key. */
  readonly all: Map<string, Ledger>;
  readonly of: (lane: Lane) => Ledger | undefined;
  /** By side: the finalized head up to which events were applied. */
  readonly scanned: Readonly<Record<Side, Scanned>>;
  /**
   * The finalized heads that all ledgers reflect; undefined while events are being applied, or were applied in part.
   */
  readonly heads: () => Readonly<Record<Side, Head>> | undefined;
}

export interface Scanned {
  head: Head | undefined;
  /** True while the events above `head` are being applied, or were applied in part. */
  partial: boolean;
}

export function createLedgers(): Ledgers {
  const all = new Map<string, Ledger>();
  const scanned: Record<Side, Scanned> = {
    main: { head: undefined, partial: false },
    product: { head: undefined, partial: false },
  };
  return {
    all,
    scanned,
    of: (lane) => all.get(laneKey(lane)),
    heads() {
      const { main, product } = scanned;
      if (main.partial || product.partial || main.head === undefined || product.head === undefined) return undefined;
      return { main: main.head, product: product.head };
    },
  };
}
