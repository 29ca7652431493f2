import { type Hex, keccak256 } from 'viem';
import { privateKeyToAccount, sign } from 'viem/accounts';

import type { Signer } from './signer.ts';

/** A key held in memory: a devnet's, or one that a file gave out. */
export function memorySigner(privateKey: Hex): Signer {
  const { address } = privateKeyToAccount(privateKey);
  return {
    address,
    async sign(preimage) {
      const { r, s, yParity } = await sign({ hash: keccak256(preimage), privateKey });
      return { r, s, yParity: yParity === 1 ? 1 : 0 };
    },
    close: () => Promise.resolve(),
  };
}
