import type { SigningHistory } from '../store/signing-history.ts';
import { type Lane, laneKey } from '../../protocol/lane.ts';
import type { Ledger } from './ledger.ts';
import type { Problems } from '../monitoring/problems.ts';

/**
 * Stops a lane when a request would make this signer sign a second content for a nonce, until an operator accepts one.
 */
export interface EquivocationGuard {
  /** Stops the lane because of this nonce, and reports a problem. */
  stop(lane: Lane, nonce: bigint): void;
  /** Resumes and returns the lanes after `pegway journal accept` removed their nonce from the signing history. */
  review(): readonly Lane[];
}

export function createEquivocationGuard(context: {
  readonly history: Pick<SigningHistory, 'get'>;
  readonly ledger: (lane: Lane) => Pick<Ledger, 'stopped'> | undefined;
  readonly problems: Pick<Problems, 'set' | 'clear'>;
  /** Called with a nonce for which an operator has accepted another content. */
  readonly onAccepted?: (laneKey: string, nonce: bigint) => void;
}): EquivocationGuard {
  const { history, ledger, problems, onAccepted } = context;
  const stopped = new Map<string, { readonly lane: Lane; readonly nonce: bigint }>();

  const mark = (lane: Lane, reason: 'second-content' | undefined) => {
    const one = ledger(lane);
    if (one !== undefined) one.stopped = reason;
  };

  return {
    stop(lane, nonce) {
      stopped.set(laneKey(lane), { lane, nonce });
      mark(lane, 'second-content');
      problems.set(laneKey(lane), 'second-content', `different content for nonce ${nonce} was signed before`);
    },

    review() {
      const released = [...stopped].filter(([key, { nonce }]) => history.get(key, nonce) === undefined);
      for (const [key, { lane, nonce }] of released) {
        onAccepted?.(key, nonce);
        stopped.delete(key);
        mark(lane, undefined);
        problems.clear(key);
      }
      return released.map(([, { lane }]) => lane);
    },
  };
}
