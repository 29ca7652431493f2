import { createKeccak } from 'hash-wasm';
import { keccak256 } from 'viem';

// WebAssembly, because a block of 1,000 receipts needs about 10,000 hashes: `npm run bench:proof -- --keccak` measures
// it thirteen to eighteen times as fast as viem's Keccak in JavaScript. Tests compare both. The content security policy of
// the page refuses WebAssembly; one receipt needs few hashes.
const hasher = await createKeccak(256).catch(() => undefined);

export const keccak = (data: Uint8Array): Uint8Array =>
  hasher === undefined ? keccak256(data, 'bytes') : hasher.init().update(data).digest('binary');
