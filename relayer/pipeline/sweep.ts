import { parkedUntil } from '../chain/bridge.ts';
import type { ChainSide } from '../chain/side.ts';
import type { Ledger } from '../state/ledger.ts';

/** Parked transfers whose delay is over at this time of the destination chain. */
export async function parkedDue(destination: ChainSide, ledger: Ledger, timestamp: bigint): Promise<bigint[]> {
  const due: bigint[] = [];
  for (const { transfer, parked } of ledger.entries()) {
    if (!parked) continue;
    const until = await parkedUntil(destination, transfer.lane.productToken, transfer.nonce);
    if (until !== 0n && until <= timestamp) due.push(transfer.nonce);
  }
  return due;
}
