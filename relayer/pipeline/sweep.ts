import { isParkedAs, parkedAt } from '../chain/bridge.ts';
import type { ChainSide } from '../chain/side.ts';
import type { Ledger } from '../state/ledger.ts';

/** Parked transfers whose delay is over at this time of the destination chain. What is not as it departed is left to the audit. */
export async function parkedDue(destination: ChainSide, ledger: Ledger, timestamp: bigint): Promise<bigint[]> {
  const due: bigint[] = [];
  for (const { transfer, parked } of ledger.entries()) {
    if (!parked) continue;
    const item = await parkedAt(destination, transfer.lane.productToken, transfer.nonce, 'latest');
    if (item === undefined || item.releasableAt > timestamp) continue;
    if (isParkedAs(item, transfer)) due.push(transfer.nonce);
  }
  return due;
}
