import type { Hex } from 'viem';

import { reasonOf } from '../../protocol/errors.ts';
import {
  type BridgeAt,
  Refused,
  encodeBounce,
  encodeExecution,
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
  NotParked: 'already-executed',
  NotRefused: 'payment-refused',
  BounceTooSoon: 'payment-refused',
  NotReleasable: 'parked',
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
}

/** Simulates a batch and passes it to the transaction manager; a lost race ends at the simulation and costs nothing. */
export const submitBatch = (
  options: Submitting,
  { lane, firstNonce, transfers }: Pick<BatchStatement, 'lane' | 'firstNonce' | 'transfers'>,
  signatures: Hex,
): Promise<Submission> => send(options, encodeExecution({ ...lane, firstNonce, transfers, signatures }));

export const submitRelease = (options: Submitting, productToken: `0x${string}`, nonce: bigint): Promise<Submission> =>
  send(options, encodeRelease(productToken, nonce));

export const submitBounce = (options: Submitting, transfer: Transfer, signatures: Hex): Promise<Submission> =>
  send(options, encodeBounce(transfer, signatures));

async function send(options: Submitting, data: `0x${string}`): Promise<Submission> {
  const { bridge, transactions, account, blockGasLimit, key, note } = options;
  try {
    const used = await estimate(bridge, account, data);
    // A fifth more: balances and slots may be cold when it is mined.
    const gas = used + used / 5n;
    if (gas > TRANSACTION_GAS_CAP || gas > blockGasLimit) return { sent: false, reason: 'gas-limit-too-high' };
    await transactions.submit({ key, to: bridge.address, data, gas, note });
    return { sent: true };
  } catch (error) {
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
