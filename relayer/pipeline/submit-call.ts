import type { Hex } from 'viem';

import { reasonOf } from '../../protocol/errors.ts';
import { gasLimitFor } from '../../protocol/gas-limit.ts';
import {
  type BridgeAt,
  Refused,
  encodeApproval,
  encodeBounce,
  encodeExecution,
  encodeGuardedWithdrawal,
  encodeRelease,
  estimate,
} from '../chain/bridge-contract.ts';
import type { Reason } from '../../protocol/reasons.ts';
import type { Transfer } from '../../protocol/lane.ts';
import type { BatchStatement } from '../state/statement.ts';
import type { TxManager } from '../tx/tx-manager.ts';

/** EIP-7825: the maximum gas limit of a transaction. */
const TRANSACTION_GAS_CAP = 16_777_216n;

/** Reason codes of the bridge's errors. Any other error is a fault, and thrown. */
const refusals: Record<string, Reason> = {
  AlreadyExecuted: 'already-executed',
  BridgePaused: 'paused',
  UnknownPeg: 'peg-mismatch',
  InvalidSignature: 'wrong-bridge',
  InvalidSignerMask: 'wrong-bridge',
  MissingSignatures: 'waiting-for-signatures',
  NotRefused: 'payment-refused',
  BounceTooSoon: 'payment-refused',
  FeesNeverBounce: 'payment-refused',
  DeadlinePassed: 'past-deadline',
  // Due transfers alone are sent: another signer has released them.
  NothingReleasable: 'already-executed',
};

export type Submission = { readonly sent: true } | { readonly sent: false; readonly reason: Reason };

export interface Submitting {
  readonly bridge: BridgeAt;
  readonly transactions: TxManager;
  readonly account: `0x${string}`;
  /** Gas limit of the destination's blocks. */
  readonly blockGasLimit: bigint;
  /** Identifies the call: two calls with the same key are never in flight at once. */
  readonly key: string;
  readonly note: Record<string, string | number>;
  /** Prevents the call while the transaction manager has not accepted it. */
  readonly signal: AbortSignal;
}

/**
 * Simulates a batch and passes it to the transaction manager; a lost race ends at the simulation and costs nothing. A
 * withdrawal with an ambiguous answer of its token is sent with a call frame for each payment, under the same
 * signatures.
 */
export function submitBatch(
  options: Submitting,
  {
    lane,
    firstNonce,
    transfers,
    sourceBlock,
  }: Pick<BatchStatement, 'lane' | 'firstNonce' | 'transfers' | 'sourceBlock'>,
  signatures: Hex,
): Promise<Submission> {
  const execution = { ...lane, firstNonce, transfers, signatures, sourceBlock };
  return send(options, encodeExecution(execution), () => encodeGuardedWithdrawal(execution));
}

export const submitRelease = (options: Submitting, productToken: `0x${string}`, nonce: bigint): Promise<Submission> =>
  send(options, encodeRelease(productToken, [nonce]));

export const submitBounce = (
  options: Submitting,
  transfer: Transfer,
  deadline: bigint,
  signatures: Hex,
): Promise<Submission> => send(options, encodeBounce(transfer, deadline, signatures));

export const submitApproval = (options: Submitting, digest: Hex, signatures: Hex): Promise<Submission> =>
  send(options, encodeApproval(digest, signatures));

/** @param guarded Builds the call to send instead when the token's answer is ambiguous. */
async function send(options: Submitting, data: Hex, guarded?: () => Hex): Promise<Submission> {
  const { bridge, transactions, account, blockGasLimit, key, note, signal } = options;
  try {
    const used = await estimate(bridge, account, data);
    signal.throwIfAborted();
    const gas = gasLimitFor(used);
    if (gas > TRANSACTION_GAS_CAP || gas > blockGasLimit) return { sent: false, reason: 'gas-limit-too-high' };
    await transactions.submit({ key, to: bridge.address, data, gas, note });
    return { sent: true };
  } catch (error) {
    if (guarded !== undefined && error instanceof Refused && error.error === 'AmbiguousAnswer') {
      return send(options, guarded());
    }
    const reason = refusalOf(error);
    if (reason === undefined) throw error;
    return { sent: false, reason };
  }
}

function refusalOf(error: unknown): Reason | undefined {
  if (error instanceof Refused) return refusals[error.error];
  // Temporarily rejected by the transaction manager: funds, fees, nodes or earlier transactions.
  return reasonOf(error);
}
