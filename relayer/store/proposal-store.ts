import type { DatabaseSync } from 'node:sqlite';

import type { Address, Hex } from 'viem';

/** The signature of one signer for one proposal. */
export interface StoredSignature {
  readonly chain: 'main' | 'product';
  readonly digest: Hex;
  /** The governance nonce that the proposal uses. */
  readonly nonce: bigint;
  readonly signer: Address;
  readonly signature: Hex;
  /** The signed proposal as text, the same for every signature of one digest. */
  readonly proposal: string;
}

/** Signatures of governance proposals. Lost ones can be requested again. */
export interface ProposalStore {
  save(item: StoredSignature): void;
  list(chain: StoredSignature['chain'], nonce: bigint): readonly StoredSignature[];
  /** Deletes proposals that the bridge can no longer execute: all below this nonce. */
  deleteBelow(chain: StoredSignature['chain'], nonce: bigint): void;
}

export function openProposals(database: DatabaseSync): ProposalStore {
  database.exec(`
    CREATE TABLE IF NOT EXISTS governance (
      chain TEXT NOT NULL, digest TEXT NOT NULL, signer TEXT NOT NULL,
      nonce INTEGER NOT NULL, signature TEXT NOT NULL, proposal TEXT NOT NULL,
      PRIMARY KEY (chain, digest, signer)
    ) STRICT, WITHOUT ROWID`);
  const insert = database.prepare('INSERT OR REPLACE INTO governance VALUES (?, ?, ?, ?, ?, ?)');
  const select = database.prepare('SELECT * FROM governance WHERE chain = ? AND nonce = ? ORDER BY digest, signer');
  const remove = database.prepare('DELETE FROM governance WHERE chain = ? AND nonce < ?');

  return {
    save({ chain, digest, signer, nonce, signature, proposal }) {
      insert.run(chain, digest, signer, nonce, signature, proposal);
    },

    list: (chain, nonce) =>
      select.all(chain, nonce).map((row) => ({
        chain,
        nonce,
        digest: row['digest'] as Hex,
        signer: row['signer'] as Address,
        signature: row['signature'] as Hex,
        proposal: row['proposal'] as string,
      })),

    deleteBelow: (chain, nonce) => void remove.run(chain, nonce),
  };
}
