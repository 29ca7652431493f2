import { PegwayError } from '../../protocol/errors.ts';
import { type Lane, type Transfer, laneKey } from '../../protocol/lane.ts';
import { WORD, wordOf } from '../../protocol/bitmap.ts';
import { type At, type BridgeAt, lastOutboundBlock, outboundBlock } from './bridge-contract.ts';
import { type LogSource, provenEvents } from './logs.ts';

/** A block range in which one or more words of nonces departed, and the nonces to locate in it. */
interface Span {
  readonly first: bigint;
  readonly last: bigint;
  readonly wanted: readonly bigint[];
}

/**
 * Locates the source events of open nonces without local records, whatever range the nodes' `eth_getLogs` allows:
 * `outboundBlock` holds the block of every 256th nonce, and each event links to the block of the lane's previous event.
 */
export async function findTransfers(
  bridge: BridgeAt,
  source: LogSource,
  lane: Lane,
  nonces: readonly bigint[],
  end: bigint,
  at: At,
): Promise<Transfer[]> {
  const words = Map.groupBy(nonces, wordOf);
  const spans = await Promise.all(
    [...words].map(async ([word, wanted]): Promise<Span> => {
      const isLast = (word + 1n) * WORD >= end;
      const [first, last] = await Promise.all([
        outboundBlock(bridge, lane.productToken, word, at),
        isLast
          ? lastOutboundBlock(bridge, lane.productToken, at)
          : outboundBlock(bridge, lane.productToken, word + 1n, at),
      ]);
      return { first, last, wanted };
    }),
  );
  const found: Transfer[] = [];
  for (const span of joined(spans, BigInt(source.logRange))) found.push(...(await findInSpan(source, lane, span)));
  return found;
}

/** Limit of transfers per query across several words: the whole response is held in memory. */
const SOUGHT_AT_ONCE = 1_024;

/** Merges adjacent words, so that a block with nonces of several is requested and proven once. */
function joined(spans: readonly Span[], logRange: bigint): Span[] {
  const result: Span[] = [];
  for (const span of spans.toSorted((a, b) => (a.first < b.first ? -1 : 1))) {
    const before = result.at(-1);
    const last = before !== undefined && before.last > span.last ? before.last : span.last;
    const fits = last - (before?.first ?? 0n) < logRange && (before?.wanted.length ?? 0) < SOUGHT_AT_ONCE;
    if (before !== undefined && span.first <= before.last + 1n && fits) {
      result[result.length - 1] = { first: before.first, last, wanted: [...before.wanted, ...span.wanted] };
    } else result.push(span);
  }
  return result;
}

async function findInSpan(source: LogSource, lane: Lane, { first, last, wanted }: Span): Promise<Transfer[]> {
  const missing = new Set(wanted);
  const smallest = wanted.reduce((least, nonce) => (nonce < least ? nonce : least));
  const found: Transfer[] = [];
  const collect = (transfers: readonly Transfer[]) => {
    for (const transfer of transfers) if (missing.delete(transfer.nonce)) found.push(transfer);
  };

  // One query where the range limit allows, else block by block along the links.
  if (last - first < BigInt(source.logRange)) {
    collect(await departures(source, lane, first, last));
  } else {
    for (let block = last; missing.size > 0 && block >= first && block !== 0n;) {
      const here = await departures(source, lane, block, block);
      collect(here);
      const oldest = here[0];
      if (oldest === undefined || oldest.nonce <= smallest || oldest.previousBlock >= block) break;
      block = oldest.previousBlock;
    }
  }

  if (missing.size > 0) {
    throw new PegwayError(
      `${laneKey(lane)}: the source bridge has emitted nonce ${[...missing][0]}, but no node returns its event`,
      { code: 'withheld-log', hint: 'a node withholds or has pruned logs; replace it' },
    );
  }
  return found;
}

async function departures(source: LogSource, lane: Lane, from: bigint, to: bigint): Promise<Transfer[]> {
  const events = await provenEvents(source, { from, to });
  return events.flatMap((event) =>
    event.kind === 'departed' && laneKey(event.transfer.lane) === laneKey(lane) ? [event.transfer] : [],
  );
}
