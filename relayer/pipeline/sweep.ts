import { type BridgeAt, isParkedAs, parkedAt } from '../chain/bridge.ts';
import type { Ledger } from '../state/ledger.ts';

/**
 * Parked transfers whose delay is over at this time of the destination chain. What is not as it departed is left to the audit;
 * and what its token refuses goes back from where it is: anybody can park it again, and each release would cost the signers as
 * much as him.
 */
export async function parkedDue(destination: BridgeAt, ledger: Ledger, timestamp: bigint): Promise<bigint[]> {
  const due: bigint[] = [];
  for (const { transfer, parked, refused } of ledger.entries()) {
    if (!parked || refused) continue;
    const item = await parkedAt(destination, transfer.lane.productToken, transfer.nonce, 'latest');
    if (item === undefined || item.releasableAt > timestamp) continue;
    if (isParkedAs(item, transfer)) due.push(transfer.nonce);
  }
  return due;
}
