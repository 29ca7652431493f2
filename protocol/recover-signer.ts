import { type Address, type Hex, compactSignatureToSignature, parseCompactSignature, recoverAddress } from 'viem';

/**
 * Recovers the signer of `digest` from a 64-byte EIP-2098 signature.
 * @returns undefined for an invalid signature; a high s is invalid, as on chain.
 */
export async function recoverSigner(digest: Hex, signature: Hex): Promise<Address | undefined> {
  if (!/^0x[0-9a-f]{128}$/i.test(signature)) return undefined;
  try {
    const parsed = compactSignatureToSignature(parseCompactSignature(signature));
    if (BigInt(parsed.s) > HALF_ORDER) return undefined;
    return await recoverAddress({ hash: digest, signature: parsed });
  } catch {
    return undefined;
  }
}

/** Half the order of secp256k1. */
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;
