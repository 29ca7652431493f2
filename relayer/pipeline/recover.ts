import { executedWords, outboundNonce, parkedNonces } from '../chain/bridge.ts';
import { findTransfers } from '../chain/find.ts';
import type { Head } from '../chain/finality.ts';
import { WORD, openNonces } from '../transfer/bitmap.ts';
import { type Side, destinationOf, sourceOf } from '../transfer/lane.ts';
import type { Bridges } from '../state/bridges.ts';
import type { Ledger } from '../state/ledger.ts';

/**
 * Builds a lane's ledger from the two bridges alone, at the given final blocks: the source's nonce and the destination's
 * bitmap say which transfers are open, the source's links where their events are.
 */
export async function recoverLane(
  bridges: Bridges,
  ledger: Ledger,
  heads: Readonly<Record<Side, Head>>,
  now: number,
): Promise<void> {
  const { lane } = ledger;
  const source = bridges.sides[sourceOf(lane.direction)];
  const destination = bridges.sides[destinationOf(lane.direction)];
  const sourceAt = heads[source.side].number;
  const destinationAt = heads[destination.side].number;

  const end = await outboundNonce(source, lane.productToken, sourceAt);
  const [words, parked] = await Promise.all([
    executedWords(destination, lane.productToken, (end + WORD - 1n) / WORD, destinationAt),
    parkedNonces(destination, lane.productToken, destinationAt),
  ]);
  // A parked nonce that the source has not yet emitted finally is found when it is.
  const parkedHere = new Set(parked.filter((nonce) => nonce < end));
  const open = words.flatMap((bits, word) => openNonces(BigInt(word), bits, end));
  const wanted = [...open, ...parkedHere];
  const transfers = await findTransfers(source, source.source, lane, wanted, end, sourceAt);

  ledger.reset(end, transfers, parkedHere, now);
}
