import type { Reason } from './reasons.ts';
import type { Status, Transfer } from './lane.ts';

/** A transfer as the public API tells it; integers as bigint, on the wire decimal strings. */
export interface TransferView {
  readonly direction: string;
  readonly productToken: string;
  readonly nonce: bigint;
  readonly status: Status;
  /** Why it is not executed yet, as far as this relayer knows. */
  readonly reason: Reason | undefined;
  readonly sender: string;
  readonly recipient: string;
  readonly sourceAmount: bigint;
  readonly amount: bigint;
  readonly blockNumber: bigint;
  readonly transactionHash: string;
  readonly executedTransaction: string | undefined;
}

export const viewOf = (
  { lane, nonce, sender, recipient, sourceAmount, amount, blockNumber, transactionHash }: Transfer,
  status: Status,
  reason: Reason | undefined,
  executedTransaction: string | undefined,
): TransferView => ({
  ...lane,
  nonce,
  status,
  reason,
  sender,
  recipient,
  sourceAmount,
  amount,
  blockNumber,
  transactionHash,
  executedTransaction,
});
