import { type Hex, hexToBigInt, numberToHex } from 'viem';

import { PegwayError } from '../../protocol/errors.ts';
import type { BridgeEvent } from './events.ts';
import type { RpcQuorum } from './rpc-quorum.ts';
import { BoundedMap } from '../../protocol/bounded-map.ts';

/** Block timestamps, in seconds since the epoch. For display only, so a single node suffices. */
export type Times = (block: bigint) => Promise<bigint>;

/** Number of cached timestamps: events arrive in block order, many to a block. */
const REMEMBERED = 1_024;

export function createTimes(nodes: Pick<RpcQuorum, 'name' | 'one'>): Times {
  const known = new BoundedMap<bigint, Promise<bigint>>(REMEMBERED);

  const read = async (block: bigint): Promise<bigint> => {
    const params = [numberToHex(block), false] as const;
    const header = await nodes.one<{ readonly timestamp: Hex } | null>('eth_getBlockByNumber', params);
    if (header !== null) return hexToBigInt(header.timestamp);
    throw new PegwayError(`${nodes.name} chain: no node returns block ${block}`, { code: 'rpc-unreachable' });
  };

  return (block) => {
    const kept = known.get(block);
    if (kept !== undefined) return kept;
    const time = read(block);
    known.set(block, time);
    time.catch(() => known.delete(block));
    return time;
  };
}

/** An event of a finalized block, with the block's timestamp. */
export interface TimedEvent {
  readonly event: BridgeEvent;
  /** In seconds since the epoch. */
  readonly at: bigint;
}

/** Adds the proven timestamps where there are, those of `times` otherwise. */
export const withTimes = (events: readonly BridgeEvent[], times: Times): Promise<TimedEvent[]> =>
  Promise.all(
    events.map(async (event) => {
      const { blockTimestamp } = event.log;
      return { event, at: blockTimestamp === undefined ? await times(event.blockNumber) : BigInt(blockTimestamp) };
    }),
  );
