import {
  BaseError,
  FeeCapTooLowError,
  type Hex,
  InsufficientFundsError,
  type WriteContractParameters,
  keccak256,
} from 'viem';

import type { BridgeClient } from './bridge-client.ts';

/**
 * A transfer's transaction may have been sent, or was, and what became of it is not known. Who sends another one before that
 * is looked up may pay twice.
 */
export class UnsureError extends BaseError {
  override readonly name = 'UnsureError';
  /** Of the transaction. */
  readonly hash: Hex;

  constructor(message: string, hash: Hex, cause: BaseError) {
    super(`${message}: ${cause.shortMessage}`, { cause });
    this.hash = hash;
  }
}

/**
 * Sends a transfer, and never leaves it open whether it did: where the account signs in this process its transaction is
 * known before it is sent, and looked up when the answer is lost.
 * @throws {UnsureError} when that cannot be told; else viem's errors, and nothing was sent.
 */
export async function sendOnce(
  { reader, writer }: BridgeClient,
  call: Pick<WriteContractParameters, 'address' | 'abi' | 'functionName' | 'args'>,
  onHash: ((hash: Hex) => void) | undefined,
): Promise<Hex> {
  const { account, chain } = writer;
  if (account.type !== 'local') {
    const sent = await writer.writeContract({ ...call, account, chain });
    onHash?.(sent);
    return sent;
  }

  let hash: Hex | undefined;
  const signing: typeof account = {
    ...account,
    async signTransaction(transaction, options) {
      const signed = await account.signTransaction(transaction, options);
      hash = keccak256(signed);
      onHash?.(hash);
      return signed;
    },
  };
  try {
    return await writer.writeContract({ ...call, account: signing, chain });
  } catch (error) {
    if (hash === undefined || !(error instanceof BaseError)) throw error;
    const isKnown = await reader.getTransaction({ hash }).then(
      () => true,
      () => false,
    );
    if (isKnown) return hash;
    throw isRefusal(error) ? error : new UnsureError('it is not known whether it was sent', hash, error);
  }
}

/**
 * Whether a node said that it does not take the transaction, and not only that something went wrong on the way. Not a nonce that
 * is used: whatever stands before the node may have asked twice, and it is ours that used it.
 */
const isRefusal = (error: BaseError): boolean =>
  error.walk((cause) => cause instanceof InsufficientFundsError || cause instanceof FeeCapTooLowError) !== null;
