import type { Reason } from '../../protocol/reasons.ts';
import type { Entry } from './ledger.ts';

/** What an open or parked transfer waits for. `obstacle`: why nothing of its lane may be signed now. */
export function waitingFor(entry: Entry, obstacle: Reason | undefined): Reason {
  if (entry.parked) return 'parked';
  if (entry.refused) return entry.rejected ?? obstacle ?? 'payment-refused';
  return entry.rejected ?? obstacle ?? entry.hold?.reason ?? 'waiting-for-turn';
}

/** These wait by rule, for a delay that the chain counts or for governance: nobody has to hurry because of them. */
export const waitsByRule = (reason: Reason): boolean => reason === 'parked' || reason === 'payment-refused';
