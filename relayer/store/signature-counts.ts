import type { DatabaseSync } from 'node:sqlite';

import type { Address } from 'viem';

import { periodOf } from '../../protocol/activity.ts';

/** Counted signatures of one signer. */
export interface SignatureCount {
  readonly address: Address;
  readonly batches: number;
  /** Block time of its newest counted signature, in seconds. */
  readonly at: bigint;
}

/** How many executed batches each signer's signature counted in, by day. */
export interface SignatureCounts {
  /** Adds one batch: call once for each. */
  count(signers: readonly Address[], at: bigint): void;
  /** From the day of a time on. `batches`: of all signers; a batch carries as many signatures as it needs, not one of each signer. */
  since(at: bigint): { readonly batches: number; readonly signers: readonly SignatureCount[] };
}

/** The row of all batches of a day. */
const ALL = '';

export function openSignatureCounts(database: DatabaseSync): SignatureCounts {
  const count = database.prepare(`
    INSERT INTO history_signatures (day, signer, batches, at) VALUES (?, ?, 1, ?)
    ON CONFLICT (day, signer) DO UPDATE SET batches = batches + 1, at = max(at, excluded.at)`);
  const sum = database.prepare(`
    SELECT signer, sum(batches) AS batches, max(at) AS at FROM history_signatures WHERE day >= ? GROUP BY signer`);
  return {
    count(signers, at) {
      const day = periodOf('day', at);
      for (const signer of [ALL, ...signers]) count.run(day, signer, at);
    },

    since(at) {
      const rows = sum.all(periodOf('day', at)).map((row) => ({
        address: row['signer'] as Address,
        batches: Number(row['batches']),
        at: BigInt(row['at'] as number),
      }));
      return {
        batches: rows.find(({ address }) => (address as string) === ALL)?.batches ?? 0,
        signers: rows.filter(({ address }) => (address as string) !== ALL),
      };
    },
  };
}
