import { MAXIMUM_BATCH } from '../../protocol/attestation.ts';

/** How many transfers of each lane go into one batch, as far as blocks and transactions have room for their gas. */
export interface Sizes {
  readonly of: (laneKey: string) => number;
  /** A batch of so many did not fit. Answers whether a smaller one may. */
  readonly halve: (laneKey: string, count: number) => boolean;
  /** One of so many did: a larger one is tried again, so that what was true for a moment does not last. */
  readonly fitted: (laneKey: string, count: number) => void;
}

export function createSizes(): Sizes {
  const largest = new Map<string, number>();
  const of = (laneKey: string): number => largest.get(laneKey) ?? MAXIMUM_BATCH;

  return {
    of,

    halve(laneKey, count) {
      if (count <= 1) return false;
      largest.set(laneKey, Math.floor(count / 2));
      return true;
    },

    fitted(laneKey, count) {
      if (count >= of(laneKey)) largest.set(laneKey, Math.min(2 * count, MAXIMUM_BATCH));
    },
  };
}
