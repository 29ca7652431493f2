import { MAXIMUM_BATCH } from '../../protocol/attestation.ts';

/** Adapts the batch size of each lane to the gas limits of blocks and transactions. */
export interface BatchSizer {
  sizeOf(laneKey: string): number;
  /** Records that a batch of `count` did not fit. Returns whether a smaller one may. */
  shrink(laneKey: string, count: number): boolean;
  /** Records that a batch of `count` fitted: later batches may grow again, so that a temporary limit does not last. */
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
