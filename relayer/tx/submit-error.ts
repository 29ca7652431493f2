import { PegwayError } from '../../protocol/errors.ts';
import type { Reason } from '../../protocol/reasons.ts';
import { type BroadcastOutcome, broadcastOutcomes } from './broadcast-errors.ts';

/** Why a submit was not taken. Those that the bridge's vocabulary lacks are answers of nodes. */
export type SubmitErrorCode = Reason | BroadcastOutcome | 'closed';

/** What a node's refusal is called outside the lane. */
export function submitErrorCode(answer: BroadcastOutcome): SubmitErrorCode {
  const { then } = broadcastOutcomes[answer];
  if (then === 'fund') return 'low-funds';
  if (then === 'cap') return 'fee-cap';
  return answer;
}

const hints: Partial<Record<SubmitErrorCode, string>> = {
  'low-funds': 'Send coins to the account; sending resumes by itself.',
  'fee-cap': 'Sending resumes by itself when fees fall; or raise maxFeePerGas.',
  'waiting-for-inclusion': 'Transactions of an earlier start are in the pools; they get a turn to be mined first.',
};

export function submitError(code: SubmitErrorCode, chain: string): PegwayError {
  const hint = hints[code];
  return new PegwayError(`transaction not taken on the ${chain} chain: ${code}`, { code, ...(hint && { hint }) });
}
