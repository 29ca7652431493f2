import { isAddress, getAddress } from 'viem';

import type { Receipt } from '../../../../protocol/receipts/format.ts';

export interface Mutation {
  readonly path: readonly string[];
  readonly field: string;
  readonly changed: unknown;
}

/** Places of a text of base64 that are changed: both ends, and one in each region of this many bytes. */
const REGION = 64;

/** The receipt with one field or one byte changed: every field, every region of bytes, every element left out or repeated. */
export function* mutationsOf(receipt: Receipt): Generator<Mutation> {
  for (const [path, value] of leavesOf(receipt, [])) {
    for (const other of changesOf(value)) {
      const changed = structuredClone(receipt) as unknown as Record<string, unknown>;
      let at: Record<string, unknown> = changed;
      for (const key of path.slice(0, -1)) at = at[key] as Record<string, unknown>;
      at[path.at(-1)!] = other;
      yield { path, field: path.join('.'), changed };
    }
  }
}

function* leavesOf(value: unknown, path: readonly string[]): Generator<[readonly string[], unknown]> {
  if (path.length > 0) yield [path, value];
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) yield* leavesOf(inner, [...path, key]);
}

function* changesOf(value: unknown): Generator {
  yield null;
  if (typeof value === 'number') yield* [value + 1, value - 1, -value, String(value)];
  if (Array.isArray(value)) {
    yield* [[], [...(value as unknown[]), value[0] as unknown], value.slice(1), value.slice(0, -1)];
    if (value.length > 1) yield value.toReversed();
  }
  if (typeof value !== 'string') return;
  yield* [`${value}0`, value.slice(0, -1), ''];
  if (isAddress(value)) yield* [value.toLowerCase(), getAddress(`0x${'ab'.repeat(20)}`)];
  if (/^\d+$/.test(value)) yield* [String(BigInt(value) + 1n), `0${value}`];
  if (/^0x[0-9a-f]{64}$/.test(value)) yield* flipped(value, 2, value.length);
  if (value.length >= 40 && !value.startsWith('0x')) yield* inRegions(value);
}

function* inRegions(base64: string): Generator<string> {
  const bytes = Buffer.from(base64, 'base64');
  const places = new Set([0, 1, 2, 3, bytes.length - 1]);
  for (let at = 0; at < bytes.length; at += REGION) places.add(at);
  for (const place of places) {
    const other = Uint8Array.from(bytes);
    other[place] = (other[place] ?? 0) ^ (place % 2 === 0 ? 0x01 : 0x80);
    yield Buffer.from(other).toString('base64');
  }
  yield bytes.subarray(1).toString('base64');
  yield bytes.subarray(0, -1).toString('base64');
  yield Buffer.concat([bytes, Buffer.of(0)]).toString('base64');
}

function* flipped(hex: string, from: number, to: number): Generator<string> {
  for (const at of [from, Math.floor((from + to) / 2), to - 1]) {
    const digit = (Number.parseInt(hex[at] ?? '0', 16) ^ 1).toString(16);
    yield hex.slice(0, at) + digit + hex.slice(at + 1);
  }
}
