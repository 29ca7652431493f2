import type { DatabaseSync } from 'node:sqlite';

import type { Address } from 'viem';

import type { Side } from '../transfer/lane.ts';
import type { PegPoint, Resolution } from '../transfer/view.ts';

/** What one event added to a peg's collateral and supply; base units of each side's token. */
export interface TotalsChange {
  readonly side: Side;
  readonly block: bigint;
  /** Of the block, in seconds. */
  readonly at: bigint;
  readonly locked: bigint;
  readonly supply: bigint;
}

/** What the bridges said at two blocks. */
export interface Anchor {
  readonly locked: bigint;
  readonly supply: bigint;
  readonly blocks: Readonly<Record<Side, bigint>>;
}

/**
 * Collateral and supply of each peg over time: today's, as the chains say, less what changed since. So the newest points are
 * right however little was read back, and nothing is asked of old blocks. Bounded: old minutes and hours are dropped.
 */
export interface HistoryTotals {
  add(productToken: Address, change: TotalsChange): void;
  /** Once all events up to the anchor's blocks were handed on, and none after them. */
  anchor(productToken: Address, anchor: Anchor): void;
  now(productToken: Address): { readonly locked: bigint; readonly supply: bigint } | undefined;
  /** Oldest first; empty before there is an anchor. */
  points(productToken: Address, resolution: Resolution, limit: number): PegPoint[];
}

/** Width in seconds, and how many of them are kept: a day of minutes, 90 days of hours, ten years of days. */
const widths: Readonly<Record<Resolution, { readonly width: bigint; readonly kept: bigint }>> = {
  minute: { width: 60n, kept: 1_440n },
  hour: { width: 3_600n, kept: 2_160n },
  day: { width: 86_400n, kept: 3_650n },
};

export function openHistoryTotals(database: DatabaseSync): HistoryTotals {
  const find = database.prepare('SELECT * FROM history_changes WHERE token = ? AND width = ? AND bucket = ?');
  const write = database.prepare(`
    INSERT OR REPLACE INTO history_changes (token, width, bucket, at, locked, supply) VALUES (?, ?, ?, ?, ?, ?)`);
  const newest = database.prepare('SELECT max(bucket) AS bucket FROM history_changes WHERE token = ? AND width = ?');
  const prune = database.prepare('DELETE FROM history_changes WHERE token = ? AND width = ? AND bucket < ?');
  const latest = database.prepare(`
    SELECT * FROM history_changes WHERE token = ? AND width = ? ORDER BY bucket DESC LIMIT ?`);
  const anchors = new Map<Address, { locked: bigint; supply: bigint; readonly blocks: Anchor['blocks'] }>();

  const addTo = (token: Address, { width, kept }: { width: bigint; kept: bigint }, change: TotalsChange) => {
    const bucket = change.at / width;
    const top = BigInt((newest.get(token, width)?.['bucket'] as number | null | undefined) ?? bucket);
    if (bucket <= top - kept) return;
    const row = find.get(token, width, bucket);
    const at = row === undefined ? change.at : BigInt(row['at'] as number);
    const locked = BigInt((row?.['locked'] as string | undefined) ?? 0) + change.locked;
    const supply = BigInt((row?.['supply'] as string | undefined) ?? 0) + change.supply;
    write.run(token, width, bucket, at > change.at ? at : change.at, locked.toString(), supply.toString());
    if (bucket > top) prune.run(token, width, bucket - kept + 1n);
  };

  return {
    add(token, change) {
      if (change.locked === 0n && change.supply === 0n) return;
      for (const resolution of Object.values(widths)) addTo(token, resolution, change);
      const anchor = anchors.get(token);
      if (anchor === undefined || change.block <= anchor.blocks[change.side]) return;
      anchor.locked += change.locked;
      anchor.supply += change.supply;
    },

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
