/** A decoded item: a string of bytes, or a list. */
export type RlpItem = Uint8Array | readonly RlpItem[];

/** The error for input that is refused, with the problem in words. */
export type Refuse = (problem: string) => Error;

interface Extent {
  readonly isList: boolean;
  readonly start: number;
  readonly end: number;
}

/**
 * Decodes exactly one item.
 * @param depth Levels of nested lists that the item may have.
 * @throws what `refuse` returns, for truncated, padded or deeper input, and for every encoding but the shortest.
 *
 * SECURITY: not the library's decoder (@ethereumjs/rlp), which copies each nested list and recurses without a bound, so that
 * hostile input of 1 MB, in a receipt or a snapshot, would occupy the process for minutes. Tests compare both.
 */
export function decodeRlp(bytes: Uint8Array, depth: number, refuse: Refuse): RlpItem {
  const extent = extentAt(bytes, 0, bytes.length, refuse);
  if (extent.end !== bytes.length) {
    throw refuse(`expected one RLP item, found ${bytes.length - extent.end} bytes after it`);
  }
  return itemIn(bytes, extent, depth, refuse);
}

function itemIn(bytes: Uint8Array, { isList, start, end }: Extent, depth: number, refuse: Refuse): RlpItem {
  if (!isList) return bytes.subarray(start, end);
  if (depth === 0) throw refuse('RLP lists are nested too deeply');
  const items: RlpItem[] = [];
  for (let at = start; at < end;) {
    const extent = extentAt(bytes, at, end, refuse);
    items.push(itemIn(bytes, extent, depth - 1, refuse));
    at = extent.end;
  }
  return items;
}

/** The payload of the item at `at`, which must end by `limit`. */
function extentAt(bytes: Uint8Array, at: number, limit: number, refuse: Refuse): Extent {
  const first = bytes[at];
  if (first === undefined || at >= limit) throw refuse('RLP is truncated');
  if (first < 0x80) return { isList: false, start: at, end: at + 1 };

  const isList = first >= 0xc0;
  const short = first - (isList ? 0xc0 : 0x80);
  const lengthBytes = Math.max(0, short - 55);
  const start = at + 1 + lengthBytes;
  const length = lengthBytes === 0 ? short : longLength(bytes, at + 1, lengthBytes, refuse);
  const end = start + length;
  if (end > limit) throw refuse('RLP is truncated');
  if (!isList && length === 1 && (bytes[start] ?? 0) < 0x80) throw notShortest(refuse);
  return { isList, start, end };
}

function longLength(bytes: Uint8Array, at: number, count: number, refuse: Refuse): number {
  // Three bytes hold more than any input may have.
  if (count > 3) throw refuse(`an RLP length of ${count} bytes is too large`);
  let length = 0;
  for (let index = at; index < at + count; index++) length = length * 256 + (bytes[index] ?? 0);
  if (length < 56 || bytes[at] === 0) throw notShortest(refuse);
  return length;
}

const notShortest = (refuse: Refuse) => refuse('RLP is not in its shortest form');
