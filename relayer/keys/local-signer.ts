import * as Secp256k1 from 'ox/Secp256k1';
import { type Hex, keccak256, numberToHex } from 'viem';

import { KeyError, usageError } from './key-error.ts';
import { addressOf, isPrivateKey } from './secp256k1.ts';
import type { Signature, Signer } from './signer.ts';

/**
 * A signer with its key in the memory of this process. It takes ownership of the bytes and wipes them on close. The key
 * is in a closure, out of reach of `util.inspect` and JSON.
 */
export function localSigner(privateKey: Uint8Array): Signer {
  if (!isPrivateKey(privateKey)) {
    throw usageError('these bytes are not a secp256k1 private key', {
      hint: 'expected 32 bytes between 0 and the order',
    });
  }
  const address = addressOf(privateKey);
  let open = true;

  function sign(preimage: Hex): Signature {
    if (!open) throw new KeyError(`the key of ${address} is closed`);
    // Without extra entropy the same attestation has the same signature (RFC 6979), so peers' caches hit.
    const { r, s, yParity } = Secp256k1.sign({
      payload: keccak256(preimage, 'bytes'),
      privateKey,
      extraEntropy: false,
    });
    return { r: numberToHex(r, { size: 32 }), s: numberToHex(s, { size: 32 }), yParity: yParity === 0 ? 0 : 1 };
  }

  return {
    address,
    // oxlint-disable-next-line typescript/require-await -- so that a throw is a rejection, as with other back ends
    sign: async (preimage) => sign(preimage),
    close: () => {
      open = false;
      privateKey.fill(0);
      return Promise.resolve();
    },
  };
}
