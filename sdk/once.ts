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
 * A transfer's transaction was sent, or may have been, and its outcome is unknown. Sending another one before looking it up
 * may pay twice.
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
 * Sends a transfer once. Where the account signs in this process, the transaction's hash is known before it is sent, and the
 * transaction is looked up when the answer is lost.
 * @throws {UnsureError} when the outcome is unknown; else viem's errors, and nothing was sent.
 */
export async function sendOnce(
  { reader, writer }: BridgeClient,
  call: Pick<WriteContractParameters, 'address' | 'abi' | 'functionName' | 'args'> & { readonly value?: bigint },
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
 * True when a node rejected the transaction itself, as opposed to a failure in transport. A used nonce is not a rejection: a
 * proxy may have sent the request twice, so that our own transaction used it.
 */
const isRefusal = (error: BaseError): boolean =>
  error.walk((cause) => cause instanceof InsufficientFundsError || cause instanceof FeeCapTooLowError) !== null;
