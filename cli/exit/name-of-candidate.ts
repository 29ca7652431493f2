import type { Candidate } from '../../sdk/exits/candidates.ts';

/** For people. */
export function nameOfCandidate(one: Candidate): string {
  switch (one.kind) {
    case 'balance':
      return `balance of ${one.productToken}`;
    case 'deposit':
      return `deposit ${one.nonce} of ${one.productToken}`;
    case 'redeem':
      return `redeem ${one.redeem.nonce} of ${one.productToken}`;
  }
}
