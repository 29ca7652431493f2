import { executedWords, outboundNonce, parkedNonces, parkedPage } from '../chain/bridge-contract.ts';
import { isExecuted, wordOf } from '../../protocol/bitmap.ts';
import { type Lane, destinationOf, sourceOf } from '../../protocol/lane.ts';
import type { BridgePair } from '../state/bridges.ts';
import type { Ledger } from '../state/ledger.ts';
import type { Heads } from '../state/ledgers.ts';

/** A ledger's content at the finalized heads that it reflects. */
export interface LedgerContent {
  readonly lane: Lane;
  readonly nextNonce: bigint;
  /** Open nonces that are not parked, ascending. */
  readonly open: readonly bigint[];
  readonly parked: ReadonlySet<bigint>;
}

export const contentOf = (ledger: Ledger): LedgerContent => ({
  ...{ lane: ledger.lane, nextNonce: ledger.nextNonce, parked: new Set(ledger.parked()) },
  open: ledger
    .entries()
    .filter(({ parked }) => !parked)
    .map(({ transfer }) => transfer.nonce),
});

/**
 * Reports whether a ledger's content matches the two bridges at these finalized heads, up to which all known events were
 * applied. Nodes withheld an event if the source emitted a nonce without one, if an open transfer is executed in the
 * bitmap, or if the parked sets differ.
 * @param turn Counts the comparisons of a lane, where each reads only one page of the parked nonces. Their number and the bitmap
 * show nearly every withheld event at once. Left out, all pages are read.
 */
export async function isConsistent(
  bridges: BridgePair,
  content: LedgerContent,
  heads: Heads,
  turn?: bigint,
): Promise<boolean> {
  const { lane, nextNonce, open, parked } = content;
  const source = bridges.sides[sourceOf(lane.direction)];
  const destination = bridges.sides[destinationOf(lane.direction)];
  const at = heads[destination.side];

  const [emitted, parkedThere] = await Promise.all([
    outboundNonce(source, lane.productToken, heads[source.side]),
    turn === undefined
      ? allParked(destination, lane.productToken, at)
      : parkedPage(destination, lane.productToken, at, turn),
  ]);
  if (emitted !== nextNonce) return false;
  if (parkedThere.count !== BigInt(parked.size) || parkedThere.nonces.some((nonce) => !parked.has(nonce))) return false;
  const executed = await Promise.all(
    wordRanges(open).map(async ({ first, last, nonces }) => {
      const words = await executedWords(destination, lane.productToken, last + 1n, at, first);
      return nonces.some((nonce) => isExecuted(words, nonce, first));
    }),
  );
  return !executed.includes(true);
}

async function allParked(...where: Parameters<typeof parkedNonces>) {
  const nonces = await parkedNonces(...where);
  return { count: BigInt(nonces.length), nonces };
}

/** Words without an open nonce that are read rather than split into another request. */
const NEAR_WORDS = 64n;

interface WordRange {
  readonly first: bigint;
  last: bigint;
  readonly nonces: bigint[];
}

/**
 * The words of the bitmap that hold these nonces, ascending. A lane's history has no part in it: an old transfer that
 * stays open adds one word, not all later ones.
 */
function wordRanges(open: readonly bigint[]): WordRange[] {
  const ranges: WordRange[] = [];
  for (const nonce of open) {
    const word = wordOf(nonce);
    const range = ranges.at(-1);
    if (range !== undefined && word - range.last <= NEAR_WORDS) {
      range.last = word;
      range.nonces.push(nonce);
    } else ranges.push({ first: word, last: word, nonces: [nonce] });
  }
  return ranges;
}

export const isLedgerConsistent = (bridges: BridgePair, ledger: Ledger, heads: Heads): Promise<boolean> =>
  isConsistent(bridges, contentOf(ledger), heads);
