/** Bytes appended piece by piece. One buffer takes a quarter of the memory of a million small arrays. */
export interface GrowingBytes {
  readonly length: number;
  append(bytes: Uint8Array): void;
  /** The bytes so far, without a copy: valid until the next call of another function. */
  view(): Uint8Array;
  /** Drops the bytes, and the memory of a large buffer with them. */
  clear(): void;
}

const FIRST_CAPACITY = 4_096;
const KEPT_CAPACITY = 1_024 ** 2;

export function createGrowingBytes(): GrowingBytes {
  let buffer = new Uint8Array(FIRST_CAPACITY);
  let length = 0;
  return {
    get length() {
      return length;
    },
    append(bytes) {
      const needed = length + bytes.length;
      if (needed > buffer.length) {
        const larger = new Uint8Array(Math.max(needed, buffer.length * 2));
        larger.set(buffer.subarray(0, length));
        buffer = larger;
      }
      buffer.set(bytes, length);
      length = needed;
    },
    view: () => buffer.subarray(0, length),
    clear() {
      length = 0;
      if (buffer.length > KEPT_CAPACITY) buffer = new Uint8Array(FIRST_CAPACITY);
    },
  };
}
