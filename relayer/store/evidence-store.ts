import type { Address, Hex } from 'viem';

import { type Evidence, type SignedBatch, evidenceFile, parseEvidenceText } from '../../protocol/equivocation.ts';
import { stringify } from '../../protocol/json.ts';
import type { RecordDatabase } from './record-database.ts';

/** A signed batch that contradicts what this relayer has proven. */
export interface ContestedBatch extends SignedBatch {
  readonly laneKey: string;
  readonly signer: Address;
}

/**
 * Contested statements, and the evidence made from them. Both are few: they are kept up to a number for each signer. Losing them
 * costs the evidence, never money.
 */
export interface EvidenceStore {
  contested(): readonly ContestedBatch[];
  /** Idempotent. @returns false when the store has as many of this signer as it takes. */
  contest(batch: ContestedBatch): boolean;
  evidence(): readonly { readonly signer: Address; readonly evidence: Evidence }[];
  /** Keeps the first evidence against a signer in a lane, and drops the contested statements that it replaces. */
  add(signer: Address, laneKey: string, evidence: Evidence): void;
}

/** SECURITY: a signer with a wrong node, or an ill-meaning one, signs without end. */
const CONTESTED_A_SIGNER = 16;

export function openEvidenceStore(database: RecordDatabase): EvidenceStore {
  database.exec(`
    CREATE TABLE IF NOT EXISTS contested (
      lane TEXT NOT NULL, signer TEXT NOT NULL, signature TEXT NOT NULL,
      epoch TEXT NOT NULL, first_nonce TEXT NOT NULL, transfers TEXT NOT NULL, source_block TEXT NOT NULL,
      PRIMARY KEY (signer, lane, signature)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS equivocations (
      signer TEXT NOT NULL, lane TEXT NOT NULL, evidence TEXT NOT NULL,
      PRIMARY KEY (signer, lane)
    ) STRICT, WITHOUT ROWID`);
  const all = database.prepare('SELECT * FROM contested');
  const insert = database.prepare('INSERT OR IGNORE INTO contested VALUES (?, ?, ?, ?, ?, ?, ?)');
  const count = database.prepare('SELECT count(*) AS count FROM contested WHERE signer = ?');
  const drop = database.prepare('DELETE FROM contested WHERE signer = ? AND lane = ?');
  const insertEvidence = database.prepare('INSERT OR IGNORE INTO equivocations VALUES (?, ?, ?)');
  const allEvidence = database.prepare('SELECT * FROM equivocations ORDER BY signer, lane');

  return {
    contested: () =>
      all.all().map((row) => ({
        ...{ laneKey: row['lane'] as string, signer: row['signer'] as Address },
        ...{ signerEpoch: BigInt(row['epoch'] as string), firstNonce: BigInt(row['first_nonce'] as string) },
        ...{ transfers: row['transfers'] as Hex, sourceBlock: row['source_block'] as Hex },
        signature: row['signature'] as Hex,
      })),

    contest({ laneKey, signer, signature, signerEpoch, firstNonce, transfers, sourceBlock }) {
      if (Number(count.get(signer)?.['count']) >= CONTESTED_A_SIGNER) return false;
      insert.run(laneKey, signer, signature, String(signerEpoch), String(firstNonce), transfers, sourceBlock);
      return true;
    },

    evidence: () =>
      allEvidence.all().map((row) => ({
        signer: row['signer'] as Address,
        evidence: parseEvidenceText(row['evidence'] as string),
      })),

    add(signer, laneKey, evidence) {
      database.transaction(() => {
        insertEvidence.run(signer, laneKey, stringify(evidenceFile(evidence)));
        drop.run(signer, laneKey);
      });
    },
  };
}
