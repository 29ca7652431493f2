import { executedWords, outboundNonce, parkedNonces } from '../chain/bridge-contract.ts';
import type { Head } from '../chain/finality.ts';
import { isExecuted, wordOf } from '../../protocol/bitmap.ts';
import { type Side, destinationOf, sourceOf } from '../../protocol/lane.ts';
import type { BridgePair } from '../state/bridges.ts';
import type { Ledger } from '../state/ledger.ts';

/**
 * Reports whether a ledger matches the two bridges at these finalized heads, up to which all known events were applied.
 * Nodes withheld an event if the source emitted a nonce without one, if an open transfer is executed in the bitmap, or
 * if the parked sets differ.
 */
export async function isLedgerConsistent(
  bridges: BridgePair,
  ledger: Ledger,
  heads: Readonly<Record<Side, Head>>,
): Promise<boolean> {
  const { lane } = ledger;
  const source = bridges.sides[sourceOf(lane.direction)];
  const destination = bridges.sides[destinationOf(lane.direction)];
  const { nextNonce } = ledger;
  const open = ledger.entries().filter(({ parked }) => !parked);
  const parkedHere = new Set(ledger.parked());
  const at = heads[destination.side].number;

  const [emitted, parked] = await Promise.all([
    outboundNonce(source, lane.productToken, heads[source.side].number),
    parkedNonces(destination, lane.productToken, at),
  ]);
  if (emitted !== nextNonce) return false;
  if (parked.length !== parkedHere.size || parked.some((nonce) => !parkedHere.has(nonce))) return false;
  if (open.length === 0) return true;
  const count = wordOf(nextNonce - 1n) + 1n;
  const words = await executedWords(destination, lane.productToken, count, at);
  return !open.some(({ transfer: { nonce } }) => isExecuted(words, nonce));
}
