import type { Reason } from '../../protocol/reasons.ts';
import type { Entry } from './ledger.ts';

/** Returns why an open or parked transfer waits. `obstacle`: why no statement of its lane may be signed now. */
export function waitingFor(entry: Entry, obstacle: Reason | undefined): Reason {
  if (entry.parked) return 'parked';
  if (entry.refused) return entry.rejected ?? obstacle ?? 'payment-refused';
  return entry.rejected ?? obstacle ?? entry.hold?.reason ?? 'waiting-for-turn';
}

/** These wait by rule, for an on-chain delay or for governance: no alert is needed. */
export const waitsByRule = (reason: Reason): boolean => reason === 'parked' || reason === 'payment-refused';
