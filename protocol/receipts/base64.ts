import { ReceiptError } from './receipt-error.ts';

/** `String.fromCharCode` takes a bounded number of arguments. */
const CHUNK = 8_192;

/** Standard alphabet with padding (RFC 4648, section 4). */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(text);
}

/**
 * @param maximum In bytes.
 * @throws {ReceiptError} for anything but the one canonical text of at least one byte.
 */
export function fromBase64(text: string, maximum: number, field: string): Uint8Array {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const length = Math.floor(text.length / 4) * 3 - padding;
  if (length > maximum) throw new ReceiptError(field, `expected at most ${maximum} bytes, found ${length}`);
  let decoded = '';
  try {
    decoded = atob(text);
  } catch {
    // Reported below: the empty string is not the canonical text either.
  }
  // `atob` ignores spaces and spare bits, and does without padding.
  if (decoded.length === 0 || btoa(decoded) !== text) {
    throw new ReceiptError(field, 'expected bytes in canonical base64 with padding');
  }
  return Uint8Array.from(decoded, (character) => character.charCodeAt(0));
}
