import type { Hex } from 'viem';
import { sign } from 'viem/accounts';

import { compactSignature } from '../../protocol/attestation.ts';

/** A signer's signature over a digest, as the bridges take it: 64 bytes. */
export async function signDigest(privateKey: Hex, hash: Hex): Promise<Hex> {
  const { r, s, yParity } = await sign({ hash, privateKey });
  return compactSignature({ r, s, yParity: yParity === 1 ? 1 : 0 });
}
