import { BaseError, ContractFunctionRevertedError } from 'viem';

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
  if (!(error instanceof BaseError)) return undefined;
  const reverted = error.walk((cause) => cause instanceof ContractFunctionRevertedError);
  if (!(reverted instanceof ContractFunctionRevertedError)) return undefined;
  const name = reverted.data?.errorName ?? reverted.reason ?? reverted.shortMessage;
  return { reason: reasonsOfErrors[name], error: name };
}
