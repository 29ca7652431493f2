import { reasonOf } from '../../protocol/errors.ts';
import type { Reason } from '../../protocol/reasons.ts';
import type { Words } from '../i18n/i18n.ts';

/** Of a relayer that has not read the execution in a final block yet. */
const pending: readonly Reason[] = [
  ...(['not-final', 'unknown-nonce'] as const),
  ...(['waiting-for-signatures', 'waiting-for-turn', 'waiting-for-inclusion', 'waiting-for-finality'] as const),
];

/** Why no receipt was found, and whether to ask again. */
export function receiptProblem(error: unknown, { receipt, reasons }: Words): string {
  const reason = reasonOf(error);
  if (reason === undefined) return receipt.unanswered;
  if (reason === 'too-many-requests') return receipt.busy;
  return pending.includes(reason) ? receipt.pending : receipt.refusedFor(reasons[reason]);
}
