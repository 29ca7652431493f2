import { ReceiptError } from './receipt-error.ts';

/** A decoded item: a string of bytes, or a list. */
export type RlpItem = Uint8Array | readonly RlpItem[];

interface Extent {
  readonly isList: boolean;
  readonly start: number;
  readonly end: number;
}

/**
 * Decodes exactly one item.
 * @param depth Levels of nested lists that the item may have.
 * @throws {ReceiptError} for truncated, padded or deeper input, and for every encoding but the shortest.
 *
 * SECURITY: not the library's decoder (@ethereumjs/rlp), which copies each nested list and recurses without a bound, so that a
 * hostile receipt of 1 MB would occupy the process for minutes. Tests compare both.
 */
export function decodeRlp(bytes: Uint8Array, depth: number, field: string): RlpItem {
  const extent = extentAt(bytes, 0, bytes.length, field);
  if (extent.end !== bytes.length) {
    throw new ReceiptError(field, `expected one RLP item, found ${bytes.length - extent.end} bytes after it`);
  }
  return itemIn(bytes, extent, depth, field);
}

function itemIn(bytes: Uint8Array, { isList, start, end }: Extent, depth: number, field: string): RlpItem {
  if (!isList) return bytes.subarray(start, end);
  if (depth === 0) throw new ReceiptError(field, 'RLP lists are nested too deeply');
  const items: RlpItem[] = [];
  for (let at = start; at < end;) {
    const extent = extentAt(bytes, at, end, field);
    items.push(itemIn(bytes, extent, depth - 1, field));
    at = extent.end;
  }
  return items;
}

/** The payload of the item at `at`, which must end by `limit`. */
function extentAt(bytes: Uint8Array, at: number, limit: number, field: string): Extent {
  const first = bytes[at];
  if (first === undefined || at >= limit) throw new ReceiptError(field, 'RLP is truncated');
  if (first < 0x80) return { isList: false, start: at, end: at + 1 };

  const isList = first >= 0xc0;
  const short = first - (isList ? 0xc0 : 0x80);
  const lengthBytes = Math.max(0, short - 55);
  const start = at + 1 + lengthBytes;
  const length = lengthBytes === 0 ? short : longLength(bytes, at + 1, lengthBytes, field);
  const end = start + length;
  if (end > limit) throw new ReceiptError(field, 'RLP is truncated');
  if (!isList && length === 1 && (bytes[start] ?? 0) < 0x80) throw notShortest(field);
  return { isList, start, end };
}

function longLength(bytes: Uint8Array, at: number, count: number, field: string): number {
  // Three bytes hold more than a receipt may have.
  if (count > 3) throw new ReceiptError(field, `an RLP length of ${count} bytes is too large`);
  let length = 0;
  for (let index = at; index < at + count; index++) length = length * 256 + (bytes[index] ?? 0);
  if (length < 56 || bytes[at] === 0) throw notShortest(field);
  return length;
}

const notShortest = (field: string) => new ReceiptError(field, 'RLP is not in its shortest form');
