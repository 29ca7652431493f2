import type { Address } from 'viem';

import type { BridgeEvent } from '../../relayer/chain/events.ts';
import { provenEvents } from '../../relayer/chain/logs.ts';
import type { ChainClient } from '../../relayer/chain/chain-client.ts';
import { maskedNonces } from '../../protocol/bitmap.ts';
import { type Lane, directionTo, laneKey, sourceOf } from '../../protocol/lane.ts';

/** The events that one bridge must have emitted. */
export interface Wanted {
  /** By lane key: nonces that departed here. */
  readonly departed: ReadonlyMap<string, bigint>;
  /** By lane key: how many were executed or bounced here. */
  readonly settled: ReadonlyMap<string, number>;
}

export interface Progress {
  readonly found: number;
  readonly wanted: number;
  readonly block: bigint;
}

/**
 * Reads one bridge's proven events, newest first, until all that its state implies are found or no older block is left.
 * Returns them in chain order.
 */
export async function readHistory(
  chain: ChainClient,
  from: bigint,
  wanted: Wanted,
  onProgress: (progress: Progress) => void,
): Promise<BridgeEvent[]> {
  const parts: BridgeEvent[][] = [];
  const count = createCount(chain, wanted);
  const range = BigInt(chain.source.logRange);
  for (let to = from; to >= 0n && count.missing() > 0; to -= range) {
    const start = to + 1n > range ? to + 1n - range : 0n;
    const part = await provenEvents(chain.source, { from: start, to });
    for (const event of part) count.take(event);
    parts.push(part);
    onProgress({ found: count.found(), wanted: count.wanted, block: start });
  }
  return parts.reverse().flat();
}

/** Counts the found among the expected events; a duplicate nonce counts once. */
function createCount({ side }: ChainClient, { departed, settled }: Wanted) {
  const sum = (values: Iterable<bigint | number>) => [...values].reduce<number>((all, one) => all + Number(one), 0);
  const wanted = sum(departed.values()) + sum(settled.values());
  const seen = new Set<string>();
  const settle = (productToken: Address, nonce: bigint) => {
    const lane: Lane = { direction: directionTo(side), productToken };
    seen.add(`settled ${laneKey(lane)} ${nonce}`);
  };
  return {
    wanted,
    found: () => seen.size,
    missing: () => wanted - seen.size,
    take(event: BridgeEvent) {
      if (event.kind === 'departed') {
        const { lane, nonce } = event.transfer;
        if (sourceOf(lane.direction) === side) seen.add(`departed ${laneKey(lane)} ${nonce}`);
      } else if (event.kind === 'executed') {
        for (const nonce of maskedNonces(event.firstNonce, event.mask)) settle(event.productToken, nonce);
      } else if (event.kind === 'released' || event.kind === 'bounced') settle(event.productToken, event.nonce);
    },
  };
}
