import { PegwayError } from '../../protocol/errors.ts';
import type { Reason } from '../../protocol/reasons.ts';
import { type BroadcastOutcome, broadcastOutcomes } from './broadcast-errors.ts';

/** Why a submit was rejected: a reason code, or an outcome of the nodes where no reason code fits. */
export type SubmitErrorCode = Reason | BroadcastOutcome | 'closed';

/** The code that callers get for a refusal of the nodes. */
export function submitErrorCode(answer: BroadcastOutcome): SubmitErrorCode {
  const { then } = broadcastOutcomes[answer];
  if (then === 'fund') return 'low-funds';
  if (then === 'cap') return 'fee-cap';
  return answer;
}

const hints: Partial<Record<SubmitErrorCode, string>> = {
  'low-funds': 'Fund the account; sending resumes automatically.',
  'fee-cap': 'Sending resumes automatically when fees fall; or raise maxFeePerGas.',
  'waiting-for-inclusion': 'The pools hold transactions of an earlier start; they may be mined first.',
};

export function submitError(code: SubmitErrorCode, chain: string): PegwayError {
  const hint = hints[code];
  return new PegwayError(`transaction rejected on the ${chain} chain: ${code}`, { code, ...(hint && { hint }) });
}
