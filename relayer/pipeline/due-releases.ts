import { type BridgeAt, isParkedAs, parkedAt } from '../chain/bridge-contract.ts';
import type { Ledger } from '../state/ledger.ts';

/** A parked transfer that may be released. */
export interface Releasable {
  readonly nonce: bigint;
  /** Since when, in the destination's seconds. */
  readonly since: bigint;
}

/**
 * Parked transfers whose delay is over at this time of the destination chain; asked for together, they travel in few HTTP
 * requests. What is not as it departed is left to the audit; and what its token refuses goes back from where it is: anybody can
 * park it again, and each release would cost the signers as much as him.
 */
export async function parkedDue(destination: BridgeAt, ledger: Ledger, timestamp: bigint): Promise<Releasable[]> {
  const entries = ledger.entries().filter(({ parked, refused }) => parked && !refused);
  const asked = entries.map(async ({ transfer }): Promise<readonly Releasable[]> => {
    const item = await parkedAt(destination, transfer.lane.productToken, transfer.nonce, 'latest');
    if (item === undefined || item.releasableAt > timestamp || !isParkedAs(item, transfer)) return [];
    return [{ nonce: transfer.nonce, since: item.releasableAt }];
  });
  return (await Promise.all(asked)).flat();
}
