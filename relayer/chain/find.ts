import { PegwayError } from '../errors.ts';
import { type Lane, type Transfer, laneKey } from '../transfer/lane.ts';
import { WORD, wordOf } from '../transfer/bitmap.ts';
import { type At, type BridgeAt, lastOutboundBlock, outboundBlock } from './bridge.ts';
import { type LogSource, provenEvents } from './logs.ts';

/**
 * Finds the source events of open nonces without any record of one's own, whatever range the nodes' `eth_getLogs` allows:
 * `outboundBlock` names the block of every 256th nonce, and each event the block of the lane's event before it.
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
  const found: Transfer[] = [];
  for (const [word, wanted] of words) found.push(...(await findInWord(bridge, source, lane, word, wanted, end, at)));
  return found;
}

async function findInWord(
  bridge: BridgeAt,
  source: LogSource,
  lane: Lane,
  word: bigint,
  wanted: readonly bigint[],
  end: bigint,
  at: At,
): Promise<Transfer[]> {
  const isLast = (word + 1n) * WORD >= end;
  const [first, last] = await Promise.all([
    outboundBlock(bridge, lane.productToken, word, at),
    isLast ? lastOutboundBlock(bridge, lane.productToken, at) : outboundBlock(bridge, lane.productToken, word + 1n, at),
  ]);
  const missing = new Set(wanted);
  const found: Transfer[] = [];
  const collect = (transfers: readonly Transfer[]) => {
    for (const transfer of transfers) if (missing.delete(transfer.nonce)) found.push(transfer);
  };

  // One query where the nodes allow it, else block by block along the links.
  if (last - first < BigInt(source.logRange)) {
    collect(await departures(source, lane, first, last));
  } else {
    for (let block = last; missing.size > 0 && block >= first && block !== 0n;) {
      const here = await departures(source, lane, block, block);
      collect(here);
      const oldest = here[0];
      if (oldest === undefined || oldest.nonce === word * WORD || oldest.previousBlock >= block) break;
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
