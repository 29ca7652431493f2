import { bytesToHex, hexToBytes } from 'viem';

import { ProofError } from './error.ts';

// SECURITY: all data from a node passes through here. The declared types do not hold before validation.

const nothing = new Uint8Array(0);

interface NodeBuffer {
  from(hex: string, encoding: 'hex'): Uint8Array;
  from(bytes: Uint8Array): { toString(encoding: 'hex'): string };
}

/** Many times as fast as viem's functions, which the page takes: browsers have none. */
const buffer = (globalThis as { readonly Buffer?: NodeBuffer }).Buffer;

/** The found value for error messages, truncated. */
function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : ((JSON.stringify(value) as string | undefined) ?? 'missing');
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/** Undefined for invalid hex. `Buffer.from` stops silently at the first wrong digit, hence the check of the length. */
function decoded(digits: string): Uint8Array | undefined {
  if (buffer === undefined) {
    return digits.length % 2 === 0 && /^[0-9a-f]*$/i.test(digits) ? hexToBytes(`0x${digits}`) : undefined;
  }
  const bytes = buffer.from(digits, 'hex');
  return bytes.length * 2 === digits.length ? bytes : undefined;
}

/** Bytes of any length, or of exactly `length`. */
export function bytesOf(value: unknown, path: string, key: string, length?: number): Uint8Array {
  if (typeof value === 'string' && value.startsWith('0x')) {
    const bytes = value.length === 2 ? nothing : decoded(value.slice(2));
    if (bytes !== undefined && (length === undefined || bytes.length === length)) return bytes;
  }
  const expected = length === undefined ? 'bytes as hex' : `${length} bytes as hex`;
  throw new ProofError(`${path}.${key}`, `${path}.${key}: expected ${expected}, found ${shown(value)}`);
}

/** A number in RLP form: big-endian, no leading zero, empty for 0. */
export function quantityOf(value: unknown, path: string, key: string): Uint8Array {
  if (typeof value === 'string' && value.startsWith('0x') && value.length > 2) {
    const digits = value.slice(2).replace(/^0+/, '');
    const bytes = decoded(digits.length % 2 === 0 ? digits : `0${digits}`);
    if (bytes !== undefined) return bytes;
  }
  throw new ProofError(`${path}.${key}`, `${path}.${key}: expected a number as hex, found ${shown(value)}`);
}

export const toHex = (bytes: Uint8Array): `0x${string}` =>
  buffer === undefined ? bytesToHex(bytes) : `0x${buffer.from(bytes).toString('hex')}`;

/** Rejects a number other than the expected one. */
export function requireNumber(value: unknown, expected: bigint | number, path: string, key: string): void {
  const wanted = `0x${expected.toString(16)}`;
  if (value === wanted) return;
  if (toHex(quantityOf(value, path, key)) === toHex(quantityOf(wanted, path, key))) return;
  throw new ProofError(`${path}.${key}`, `${path}.${key}: expected ${wanted}, found ${shown(value)}`);
}

/** Rejects bytes other than the expected ones; case-insensitive. */
export function requireBytes(value: unknown, expected: string, path: string, key: string): void {
  if (value === expected) return;
  if (typeof value === 'string' && value.toLowerCase() === expected.toLowerCase()) return;
  throw new ProofError(`${path}.${key}`, `${path}.${key}: expected ${shown(expected)}, found ${shown(value)}`);
}

/** Rejects any value that is not a list. */
export function requireList(value: unknown, path: string): void {
  if (Array.isArray(value)) return;
  throw new ProofError(path, `${path}: expected a list, found ${shown(value)}`);
}

export function requireObject(value: unknown, path: string): void {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
  throw new ProofError(path, `${path}: expected an object, found ${shown(value)}`);
}
