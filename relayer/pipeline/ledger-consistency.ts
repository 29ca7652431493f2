import { executedWords, outboundNonce, parkedNonces } from '../chain/bridge-contract.ts';
import type { Head } from '../chain/finality.ts';
import { isExecuted, wordOf } from '../../protocol/bitmap.ts';
import { type Side, destinationOf, sourceOf } from '../../protocol/lane.ts';
import type { Bridges } from '../state/bridges.ts';
import type { Ledger } from '../state/ledger.ts';

/**
 * Whether a ledger is what the two bridges say at these final blocks, up to which it was told of all events: a nonce that the
 * source emitted and no event told of, an open transfer whose bit is set, or another set of parked ones means that nodes kept an
 * event to themselves.
 */
export async function isWhole(bridges: Bridges, ledger: Ledger, heads: Readonly<Record<Side, Head>>): Promise<boolean> {
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
