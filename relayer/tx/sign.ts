import { type Address, type Hex, keccak256, serializeTransaction, type TransactionSerializable } from 'viem';

import type { TransactionSigner } from './ports.ts';
import type { Fees, Intent, Version } from './record.ts';

/** Signs one version of a transaction. The same contents may give other bytes each time: not every key signs deterministically. */
export async function signVersion(options: {
  readonly signer: TransactionSigner;
  readonly chainId: number;
  readonly nonce: number;
  /** Without `to` it creates a contract. */
  readonly content: Pick<Intent, 'data' | 'gas'> & { readonly to?: Address };
  readonly fees: Fees;
  readonly block: bigint;
}): Promise<Version> {
  const { signer, chainId, nonce, content, fees, block } = options;
  const common = { chainId, nonce, gas: content.gas, to: content.to, data: content.data, value: 0n };
  const transaction: TransactionSerializable = fees.legacy
    ? { ...common, type: 'legacy', gasPrice: fees.maxFeePerGas }
    : {
        ...common,
        type: 'eip1559',
        maxFeePerGas: fees.maxFeePerGas,
        maxPriorityFeePerGas: fees.maxPriorityFeePerGas,
      };

  const { r, s, yParity } = await signer.sign(serializeTransaction(transaction));

  const raw: Hex = serializeTransaction(transaction, { r, s, yParity, v: 27n + BigInt(yParity) });
  return { hash: keccak256(raw), raw, fees, gas: content.gas, block, answer: null };
}
