import type { DatabaseSync } from 'node:sqlite';

import type { Address } from 'viem';

import type { Side } from '../../protocol/lane.ts';
import type { PegPoint, Resolution } from '../../protocol/api-types.ts';

/** The change of a peg's collateral and supply by one event, in base units of each side's token. */
export interface TotalsChange {
  readonly side: Side;
  readonly block: bigint;
  /** Of the block, in seconds. */
  readonly at: bigint;
  readonly locked: bigint;
  readonly supply: bigint;
}

/** The totals of a peg, read at one block of each side. */
export interface Anchor {
  readonly locked: bigint;
  readonly supply: bigint;
  readonly blocks: Readonly<Record<Side, bigint>>;
}

/**
 * Collateral and supply of each peg over time: the totals read from the chains, less later changes. So the newest
 * points are right however little was backfilled, and old blocks are never queried. Bounded: old minutes and hours are
 * deleted.
 */
export interface HistoryTotals {
  /** Takes effect at `write`. */
  add(productToken: Address, change: TotalsChange): void;
  /** Writes all added changes, one row per bucket. */
  write(): void;
  /** Drops all changes that were not written. */
  discard(): void;
  /** Call once all events up to the anchor's blocks were added, and none after them. */
  anchor(productToken: Address, anchor: Anchor): void;
  now(productToken: Address): { readonly locked: bigint; readonly supply: bigint } | undefined;
  /** Oldest first; empty without an anchor. */
  points(productToken: Address, resolution: Resolution, limit: number): PegPoint[];
}

/** Width in seconds, and the number of buckets kept: a day of minutes, 90 days of hours, ten years of days. */
const widths: Readonly<Record<Resolution, { readonly width: bigint; readonly kept: bigint }>> = {
  minute: { width: 60n, kept: 1_440n },
  hour: { width: 3_600n, kept: 2_160n },
  day: { width: 86_400n, kept: 3_650n },
};

/** The sum of the changes in one bucket, and the time of the latest. */
interface Bucket {
  readonly token: Address;
  readonly width: bigint;
  readonly kept: bigint;
  readonly bucket: bigint;
  at: bigint;
  locked: bigint;
  supply: bigint;
}

/** The changes of a peg in one block, which come one after the other. */
interface Added {
  readonly token: Address;
  readonly change: { -readonly [key in keyof TotalsChange]: TotalsChange[key] };
}

const isSameBlock = (a: TotalsChange, b: TotalsChange): boolean =>
  a.side === b.side && a.block === b.block && a.at === b.at;

export function openHistoryTotals(database: DatabaseSync): HistoryTotals {
  const find = database.prepare('SELECT * FROM history_changes WHERE token = ? AND width = ? AND bucket = ?');
  const write = database.prepare(`
    INSERT OR REPLACE INTO history_changes (token, width, bucket, at, locked, supply) VALUES (?, ?, ?, ?, ?, ?)`);
  const newest = database.prepare('SELECT max(bucket) AS bucket FROM history_changes WHERE token = ? AND width = ?');
  const prune = database.prepare('DELETE FROM history_changes WHERE token = ? AND width = ? AND bucket < ?');
  const latest = database.prepare(`
    SELECT * FROM history_changes WHERE token = ? AND width = ? ORDER BY bucket DESC LIMIT ?`);
  const anchors = new Map<Address, { locked: bigint; supply: bigint; readonly blocks: Anchor['blocks'] }>();
  let added: Added[] = [];

  const writeBucket = ({ token, width, kept, bucket, at, locked, supply }: Bucket) => {
    const top = BigInt((newest.get(token, width)?.['bucket'] as number | null | undefined) ?? bucket);
    if (bucket <= top - kept) return;
    const row = find.get(token, width, bucket);
    const before = BigInt((row?.['at'] as number | undefined) ?? at);
    const sums = [(row?.['locked'] as string | undefined) ?? 0, (row?.['supply'] as string | undefined) ?? 0] as const;
    write.run(
      ...[token, width, bucket, before > at ? before : at],
      ...[(BigInt(sums[0]) + locked).toString(), (BigInt(sums[1]) + supply).toString()],
    );
    if (bucket > top) prune.run(token, width, bucket - kept + 1n);
  };

  return {
    add(token, change) {
      if (change.locked === 0n && change.supply === 0n) return;
      const last = added.at(-1);
      if (last?.token === token && isSameBlock(last.change, change)) {
        last.change.locked += change.locked;
        last.change.supply += change.supply;
      } else added.push({ token, change: { ...change } });
    },

    write() {
      for (const bucket of bucketsOf(added)) writeBucket(bucket);
      for (const { token, change } of added) {
        const anchor = anchors.get(token);
        if (anchor === undefined || change.block <= anchor.blocks[change.side]) continue;
        anchor.locked += change.locked;
        anchor.supply += change.supply;
      }
      added = [];
    },

    discard: () => void (added = []),

    anchor: (token, anchor) => void anchors.set(token, { ...anchor }),

    now(token) {
      const anchor = anchors.get(token);
      return anchor === undefined ? undefined : { locked: anchor.locked, supply: anchor.supply };
    },

    points(token, resolution, limit) {
      let { locked, supply } = anchors.get(token) ?? { locked: undefined, supply: undefined };
      if (locked === undefined || supply === undefined) return [];
      const points: PegPoint[] = [];
      for (const row of latest.all(token, widths[resolution].width, limit)) {
        points.push({ at: BigInt(row['at'] as number), locked, supply });
        locked -= BigInt(row['locked'] as string);
        supply -= BigInt(row['supply'] as string);
      }
      return points.reverse();
    },
  };
}

/** Oldest first, so that old buckets are deleted as if each change came alone. */
function bucketsOf(added: readonly Added[]): Bucket[] {
  const buckets = new Map<string, Bucket>();
  for (const { token, change } of added) {
    for (const { width, kept } of Object.values(widths)) {
      const bucket = change.at / width;
      const key = `${token} ${width} ${bucket}`;
      const known = buckets.get(key);
      if (known === undefined) {
        buckets.set(key, { token, width, kept, bucket, at: change.at, locked: change.locked, supply: change.supply });
        continue;
      }
      if (change.at > known.at) known.at = change.at;
      known.locked += change.locked;
      known.supply += change.supply;
    }
  }
  return [...buckets.values()].sort((a, b) => (a.bucket < b.bucket ? -1 : 1));
}
