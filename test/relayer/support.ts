import { getAddress } from 'viem';
import { privateKeyToAccount, sign } from 'viem/accounts';

import { compactSignature } from '../../protocol/attestation.ts';
import type { Lane, Transfer } from '../../protocol/lane.ts';
import type { Peg } from '../../protocol/peg.ts';

const addressOf = (byte: string) => getAddress(`0x${byte.repeat(20)}`);

export const productToken = addressOf('a1');
export const mainToken = addressOf('b2');
export const bridges = [addressOf('c3'), addressOf('d4')] as const;
export const holder = addressOf('e5');
export const lane: Lane = { direction: 'mint', productToken };

/** 2 product base units for each main base unit. */
export const peg: Peg = {
  mainToken,
  productToken,
  numerator: 2n,
  denominator: 1n,
  minimum: 1n,
  gasCap: 100_000,
  retired: false,
  capacity: 2n ** 128n - 1n,
  refillPerSecond: 0n,
  available: 2n ** 128n - 1n,
};

export const transferOf = (nonce: bigint, changes: Partial<Transfer> = {}): Transfer => ({
  lane,
  nonce,
  sender: holder,
  recipient: holder,
  sourceAmount: 5n,
  amount: 10n,
  previousBlock: 0n,
  blockNumber: 100n + nonce,
  transactionHash: `0x${'00'.repeat(32)}`,
  ...changes,
});

/** Six signers, by their index. */
export const keys = Array.from({ length: 6 }, (_, index) => {
  const privateKey = `0x${(index + 1).toString(16).padStart(64, '0')}` as const;
  return {
    address: privateKeyToAccount(privateKey).address,
    async sign(hash: `0x${string}`) {
      const { r, s, yParity } = await sign({ hash, privateKey });
      return compactSignature({ r, s, yParity: yParity === 1 ? 1 : 0 });
    },
  };
});

/** A key that signs nothing of worth, and how often it was asked. */
export function countedSigner() {
  let asked = 0;
  const signer = {
    address: bridges[0],
    sign: () => {
      asked++;
      return Promise.resolve({ r: '0x01', s: '0x02', yParity: 0 } as const);
    },
  };
  return { signer, asked: () => asked };
}
