import { type BridgeAt, type Parked, isParkedAs, parkedAt } from '../chain/bridge-contract.ts';
import type { Head } from '../chain/finality.ts';
import type { Entry, Ledger } from '../state/ledger.ts';

/** A parked transfer that may be released. */
export interface Releasable {
  readonly nonce: bigint;
  /** When its release became possible, in the destination's seconds. */
  readonly since: bigint;
}

/**
 * Returns the parked transfers with an elapsed delay at this finalized head of the destination; read concurrently, so
 * that the requests share few HTTP batches. The bridge does not change a record before its release or void, so each is
 * read once, and again when it is due.
 *
 * Records that differ from their source event are left to the audit. Refused withdrawals are excluded: they stay due on
 * chain, and another attempt costs gas and fails until their token would pay.
 */
export async function parkedDue(destination: BridgeAt, ledger: Ledger, head: Head): Promise<Releasable[]> {
  const { productToken } = ledger.lane;
  const recordOf = ({ transfer: { nonce } }: Entry, at: Head | 'latest'): Promise<Parked | undefined> =>
    parkedAt(destination, productToken, nonce, at);

  const entries = ledger.entries().filter(({ parked, refused }) => parked && !refused);
  const reads = entries.map(async (entry): Promise<readonly Releasable[]> => {
    // SECURITY: agreed by the quorum, since it is kept: one node must not postpone a release.
    entry.releasableAt ??= (await recordOf(entry, head))?.releasableAt;
    if (entry.releasableAt === undefined || entry.releasableAt > head.timestamp) return [];
    // Another signer may have released it in a block that is not final yet.
    const item = await recordOf(entry, 'latest');
    if (item === undefined || item.releasableAt > head.timestamp || !isParkedAs(item, entry.transfer)) return [];
    return [{ nonce: entry.transfer.nonce, since: item.releasableAt }];
  });
  return (await Promise.all(reads)).flat();
}
