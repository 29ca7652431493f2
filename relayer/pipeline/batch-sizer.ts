import { MAXIMUM_BATCH } from '../../protocol/attestation.ts';

/** How many transfers of each lane go into one batch, as far as the gas of blocks and transactions allows. */
export interface BatchSizer {
  sizeOf(laneKey: string): number;
  /** A batch of `count` did not fit. Returns whether a smaller one may. */
  shrink(laneKey: string, count: number): boolean;
  /** A batch of `count` fitted: larger ones are tried again, so that a momentary limit does not last. */
  grow(laneKey: string, count: number): void;
}

export function createBatchSizer(): BatchSizer {
  const largest = new Map<string, number>();
  const sizeOf = (laneKey: string): number => largest.get(laneKey) ?? MAXIMUM_BATCH;

  return {
    sizeOf,

    shrink(laneKey, count) {
      if (count <= 1) return false;
      largest.set(laneKey, Math.floor(count / 2));
      return true;
    },

    grow(laneKey, count) {
      if (count >= sizeOf(laneKey)) largest.set(laneKey, Math.min(2 * count, MAXIMUM_BATCH));
    },
  };
}
