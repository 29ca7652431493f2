import { randomBytes } from 'node:crypto';

import { usageError } from './key-error.ts';
import { isPrivateKey } from './local-signer.ts';

/** A new private key from the system's randomness. */
export function generatePrivateKey(): Uint8Array {
  for (;;) {
    const bytes = Uint8Array.from(randomBytes(32));
    if (isPrivateKey(bytes)) return bytes;
  }
}

/** Reads a private key as people write it: 64 hex digits, 0x or not. SECURITY: never quotes what it was given. */
export function parsePrivateKey(text: string): Uint8Array {
  const digits = text.trim().replace(/^0x/i, '');
  if (!/^[0-9a-f]{64}$/i.test(digits)) {
    throw usageError('this is not a private key: expected 0x and 64 hex digits; what was found is not shown');
  }
  const bytes = Uint8Array.from(Buffer.from(digits, 'hex'));
  if (!isPrivateKey(bytes)) throw usageError('this is not a private key of secp256k1: out of range');
  return bytes;
}
