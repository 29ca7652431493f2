import { executedWords, failedAt, outboundNonce, parkedNonces } from '../chain/bridge-contract.ts';
import { findTransfers } from '../chain/locate-transfers.ts';
import type { Head } from '../chain/finality.ts';
import { WORD, executedNonces, openNonces } from '../../protocol/bitmap.ts';
import { type Side, destinationOf, sourceOf } from '../../protocol/lane.ts';
import type { BridgePair } from '../state/bridges.ts';
import type { Ledger } from '../state/ledger.ts';

/** Bitmap words read beyond the source's last nonce. */
const WORDS_AHEAD = 4n;

/**
 * Oldest open withdrawals checked for a refusal: refused ones are among the oldest. A missed one costs another payment
 * attempt.
 */
const REFUSALS_CHECKED = 100;

/**
 * Builds a lane's ledger from the two bridges alone, at the given finalized heads. The source's nonce count and the
 * destination's bitmap determine the open transfers; the source's links locate their events.
 */
export async function recoverLane(
  bridges: BridgePair,
  ledger: Ledger,
  heads: Readonly<Record<Side, Head>>,
  now: () => number,
): Promise<void> {
  const { lane } = ledger;
  const source = bridges.sides[sourceOf(lane.direction)];
  const destination = bridges.sides[destinationOf(lane.direction)];
  const sourceAt = heads[source.side].number;
  const destinationAt = heads[destination.side].number;

  const end = await outboundNonce(source, lane.productToken, sourceAt);
  const [words, parked] = await Promise.all([
    executedWords(destination, lane.productToken, (end + WORD - 1n) / WORD + WORDS_AHEAD, destinationAt),
    parkedNonces(destination, lane.productToken, destinationAt),
  ]);
  // The destination may be ahead of this relayer's source nodes: a nonce it executed or parked is not open once proven.
  const early = words.flatMap((bits, word) => executedNonces(BigInt(word), bits, end));
  const open = words.flatMap((bits, word) => openNonces(BigInt(word), bits, end));
  const wanted = [...open, ...parked.filter((nonce) => nonce < end)];
  const transfers = await findTransfers(source, source.source, lane, wanted, end, sourceAt);

  // Proving a long backlog takes time; signers could not have moved it before this point.
  ledger.reset(end, transfers, new Set(parked), now(), early);
  if (lane.direction === 'mint') return;
  const oldest = ledger.entries().slice(0, REFUSALS_CHECKED);
  await Promise.all(
    oldest.map(async (entry) => {
      entry.refused = (await failedAt(destination, lane.productToken, entry.transfer.nonce, destinationAt)) !== 0n;
    }),
  );
}
