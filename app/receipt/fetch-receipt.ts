import type { TransferName } from '../../sdk/index.ts';
// Not from the index: that is part of the first view, and would take verification into it.
import { type RefusedRelayer, receipt } from '../../sdk/receipt.ts';
import type { AppConfig } from '../page-config.ts';

/** The receipt of a transfer. */
export interface Fetched {
  /** As a file, from the first relayer with one that holds: it was verified in this page. */
  readonly text?: string;
  /** Why there is none. */
  readonly error?: unknown;
  /** Signers with a relayer that answered with a receipt that does not hold. */
  readonly liars: readonly string[];
}

/** Asks the relayers one after another. Never rejects. */
export async function fetchReceipt({ chains, signers }: AppConfig, name: TransferName): Promise<Fetched> {
  const relayers = signers.flatMap(({ apiUrl }) => apiUrl ?? []);
  const refused: RefusedRelayer[] = [];
  const liars = (): string[] =>
    signers
      .filter(({ apiUrl }) => refused.some(({ relayer, isFalse }) => isFalse && relayer === apiUrl))
      .map((signer) => signer.name);
  try {
    const found = await receipt(chains, name, { relayers, onRefused: (one) => refused.push(one) });
    return { text: JSON.stringify(found.receipt), liars: liars() };
  } catch (error) {
    return { error, liars: liars() };
  }
}
