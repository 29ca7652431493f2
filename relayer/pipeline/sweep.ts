import { executedWords, outboundNonce, parkedUntil } from '../chain/bridge.ts';
import { findTransfers } from '../chain/find.ts';
import type { ChainSide } from '../chain/side.ts';
import type { Head } from '../chain/finality.ts';
import { PegwayError } from '../errors.ts';
import type { Bridges } from '../state/bridges.ts';
import type { Ledger } from '../state/ledger.ts';
import { WORD, wordOf } from '../transfer/bitmap.ts';
import { type Side, destinationOf, laneKey, sourceOf } from '../transfer/lane.ts';

/**
 * Compares a lane with what the two bridges say at the final blocks this relayer stands at: a nonce that the source emitted
 * and no event told of was withheld; an open transfer whose bit is set was executed unseen.
 * @throws {PegwayError} `withheld-log`
 */
export async function syncLane(
  bridges: Bridges,
  ledger: Ledger,
  heads: Readonly<Record<Side, Head | undefined>>,
): Promise<void> {
  const { lane } = ledger;
  const source = bridges.sides[sourceOf(lane.direction)];
  const destination = bridges.sides[destinationOf(lane.direction)];
  const [sourceHead, destinationHead] = [heads[source.side], heads[destination.side]];
  if (sourceHead === undefined || destinationHead === undefined) return;

  const end = await outboundNonce(source, lane.productToken, sourceHead.number);
  if (end > ledger.nextNonce) {
    // Finding them proves that they can be had; the watch, which stands before them, takes them in.
    const missing = Array.from({ length: Number(end - ledger.nextNonce) }, (_, i) => ledger.nextNonce + BigInt(i));
    await findTransfers(source, source.source, lane, missing.slice(0, 256), end, sourceHead.number);
    throw new PegwayError(`${laneKey(lane)}: ${missing.length} events of final blocks were withheld`, {
      code: 'withheld-log',
    });
  }

  const open = ledger.entries().filter(({ parked }) => !parked);
  if (open.length === 0) return;
  const words = await executedWords(
    destination,
    lane.productToken,
    wordOf(ledger.nextNonce - 1n) + 1n,
    destinationHead.number,
  );
  for (const { transfer } of open) {
    const bits = words[Number(wordOf(transfer.nonce))] ?? 0n;
    if (((bits >> (transfer.nonce % WORD)) & 1n) === 1n) ledger.settle(transfer.nonce);
  }
}

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
