import { setTimeout as sleep } from 'node:timers/promises';

import type { PublicClient } from 'viem';

/** A block with its local arrival time: header timestamps have a resolution of one second. */
export interface SeenBlock {
  /** Monotonic milliseconds. */
  readonly seenAt: number;
  readonly gasUsed: bigint;
  readonly gasLimit: bigint;
}

export interface BlockArrivals {
  readonly blocks: ReadonlyMap<bigint, SeenBlock>;
  stop(): Promise<void>;
}

const LOOK_MILLISECONDS = 10;

/** Records the arrival of each block of a chain, to some ten milliseconds. */
export function recordBlockArrivals(reader: PublicClient): BlockArrivals {
  const blocks = new Map<bigint, SeenBlock>();
  let running = true;
  let last: bigint | undefined;
  const look = async () => {
    while (running) {
      const { number, gasUsed, gasLimit } = await reader.getBlock({ blockTag: 'latest' });
      const seenAt = performance.now();
      if (number !== last) blocks.set(number, { seenAt, gasUsed, gasLimit });
      // A late poll sees several blocks at once.
      for (let missed = (last ?? number) + 1n; missed < number; missed++) {
        const block = await reader.getBlock({ blockNumber: missed });
        blocks.set(missed, { seenAt, gasUsed: block.gasUsed, gasLimit: block.gasLimit });
      }
      last = number;
      await sleep(LOOK_MILLISECONDS);
    }
  };
  const looking = look();
  // `stop` reports the failure; handle it here in case the measurement has failed first from the same cause.
  looking.catch(() => undefined);
  return {
    blocks,
    async stop() {
      running = false;
      await looking;
    },
  };
}
