import { type BridgeAt, isParkedAs, parkedAt } from '../chain/bridge-contract.ts';
import type { Ledger } from '../state/ledger.ts';

/** A parked transfer that may be released. */
export interface Releasable {
  readonly nonce: bigint;
  /** When its release became possible, in the destination's seconds. */
  readonly since: bigint;
}

/**
 * Returns the parked transfers with an elapsed delay at this time of the destination chain; read concurrently, so
 * that the requests share few HTTP batches.
 *
 * Records that differ from their source event are left to the audit. Refused withdrawals are excluded: they stay due on
 * chain, and another attempt costs gas and fails until their token would pay.
 */
export async function parkedDue(destination: BridgeAt, ledger: Ledger, timestamp: bigint): Promise<Releasable[]> {
  const entries = ledger.entries().filter(({ parked, refused }) => parked && !refused);
  const reads = entries.map(async ({ transfer }): Promise<readonly Releasable[]> => {
    const item = await parkedAt(destination, transfer.lane.productToken, transfer.nonce, 'latest');
    if (item === undefined || item.releasableAt > timestamp || !isParkedAs(item, transfer)) return [];
    return [{ nonce: transfer.nonce, since: item.releasableAt }];
  });
  return (await Promise.all(reads)).flat();
}
