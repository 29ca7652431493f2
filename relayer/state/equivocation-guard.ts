import type { Journal } from '../store/signing-history.ts';
import { type Lane, laneKey } from '../../protocol/lane.ts';
import type { Ledger } from './ledger.ts';
import type { Problems } from '../monitoring/problems.ts';

/** Lanes that stand at this signer because another content was signed before, until a human lets them go on. */
export interface SecondContents {
  stop(lane: Lane, nonce: bigint): void;
  /** Answers the lanes that go on: the journal was told to forget what was signed. */
  review(): readonly Lane[];
}

export function createSecondContents(context: {
  readonly journal: Pick<Journal, 'get'>;
  readonly ledger: (lane: Lane) => Pick<Ledger, 'stopped'> | undefined;
  readonly problems: Pick<Problems, 'set' | 'clear'>;
}): SecondContents {
  const { journal, ledger, problems } = context;
  const standing = new Map<string, { readonly lane: Lane; readonly nonce: bigint }>();

  const mark = (lane: Lane, reason: 'second-content' | undefined) => {
    const one = ledger(lane);
    if (one !== undefined) one.stopped = reason;
  };

  return {
    stop(lane, nonce) {
      standing.set(laneKey(lane), { lane, nonce });
      mark(lane, 'second-content');
      problems.set(laneKey(lane), 'second-content', `another content for nonce ${nonce} was signed before`);
    },

    review() {
      const released = [...standing].filter(([key, { nonce }]) => journal.get(key, nonce) === undefined);
      for (const [key, { lane }] of released) {
        standing.delete(key);
        mark(lane, undefined);
        problems.clear(key);
      }
      return released.map(([, { lane }]) => lane);
    },
  };
}
