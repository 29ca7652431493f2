import type { TransferName } from '../../sdk/index.ts';
// Not from the index: that is part of the first view, and would take verification into it.
import { receipt } from '../../sdk/receipt.ts';
import type { AppConfig } from '../page-config.ts';

/** The receipt of a transfer as a file, from the first relayer with one that holds: it was verified in this page. */
export async function fetchReceipt({ chains, signers }: AppConfig, name: TransferName): Promise<string> {
  const relayers = signers.flatMap(({ apiUrl }) => apiUrl ?? []);
  const found = await receipt(chains, name, { relayers });
  return JSON.stringify(found.receipt);
}
