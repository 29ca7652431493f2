import { BaseError, ContractFunctionRevertedError, ContractFunctionZeroDataError, RpcRequestError } from 'viem';

import { isCallFailure } from '../protocol/call-failure.ts';
import type { Reason } from '../protocol/reasons.ts';

/** Why a bridge or a token refused a call. */
export interface Refusal {
  /** Undefined when it is none of the bridge's own, such as a token's. */
  readonly reason: Reason | undefined;
  /** The name of the contract's error, or its revert text. */
  readonly error: string;
}

/** The bridges' errors to holders, as reason codes. */
const reasonsOfErrors: Readonly<Record<string, Reason>> = {
  BridgePaused: 'paused',
  RetiredPeg: 'retired',
  InexactAmount: 'inexact-amount',
  AmountBelowMinimum: 'below-minimum',
  AmountTooLarge: 'too-large',
  ForbiddenRecipient: 'forbidden-recipient',
  UnknownPeg: 'peg-mismatch',
  FeeAboveMaximum: 'fee-raised',
};

/** The refusal in an error; undefined when the contract did not revert (a node, a wallet, the network failed). */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof BaseError) || !isRefused(error)) return undefined;
  const reverted = error.walk((cause) => cause instanceof ContractFunctionRevertedError);
  if (!(reverted instanceof ContractFunctionRevertedError)) return undefined;
  const name = reverted.data?.errorName ?? reverted.reason ?? reverted.shortMessage;
  return { reason: reasonsOfErrors[name], error: name };
}

/**
 * True if the node ran the call and the contract refused it. Any other error says nothing about the contract: viem also
 * describes a node's internal error as a revert.
 */
export function isRefused(error: unknown): boolean {
  if (!(error instanceof BaseError)) return false;
  const answer = error.walk((cause) => cause instanceof RpcRequestError);
  return answer instanceof RpcRequestError
    ? isCallFailure({ code: answer.code, message: answer.details, data: answer.data })
    : error.walk((cause) => cause instanceof ContractFunctionRevertedError) !== null;
}

/** The result of a contract's optional function; undefined where the contract has none. @throws when no node answers. */
export async function optional<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    const isEmpty = error instanceof BaseError && error.walk((cause) => cause instanceof ContractFunctionZeroDataError);
    if (isEmpty || isRefused(error)) return undefined;
    throw error;
  }
}
