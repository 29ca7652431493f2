import type { Address } from 'viem';

import type { Auditing } from '../audit/audit-scheduler.ts';
import type { ChainSide } from '../chain/chain-client.ts';
import type { HistoryIndexer } from '../history/history-indexer.ts';
import { codeOf, messageOf } from '../../protocol/errors.ts';
import type { Intake } from './block-processor.ts';
import type { Metrics } from '../monitoring/metrics.ts';
import { parkedDue } from './due-releases.ts';
import type { Queue } from '../queue/queue.ts';
import type { Ledger } from '../state/ledger.ts';
import type { Problems } from '../monitoring/problems.ts';
import type { SecondContents } from '../state/equivocation-guard.ts';
import { type Lane, type Side, destinationOf, laneKey, sides } from '../../protocol/lane.ts';
import type { Reason } from '../../protocol/reasons.ts';
import type { Work } from './lane-worker.ts';

/** An event that says that a bridge has changed may have been withheld. */
const REFRESH_SECONDS = 600;

export interface Sweeping {
  readonly chains: Readonly<Record<Side, ChainSide>>;
  readonly intake: Pick<Intake, 'ledgers' | 'timestamp' | 'repair' | 'refresh'>;
  readonly work: Pick<Work, 'release' | 'lookAtRefused'>;
  readonly auditing: Pick<Auditing, 'check'>;
  readonly historyIndexer: Pick<HistoryIndexer, 'sweep'>;
  readonly secondContents: Pick<SecondContents, 'review'>;
  readonly queue: Pick<Queue, 'counts'>;
  readonly metrics: Pick<Metrics, 'queueJobs'>;
  readonly problems: Pick<Problems, 'set' | 'clear'>;
  /** All product tokens. */
  readonly pegs: () => readonly Address[];
  /** Why nothing of this lane may be signed now. */
  readonly obstacle: (lane: Lane) => Reason | undefined;
  readonly wake: (laneKey: string) => void;
  readonly log: { warn(o: object, m: string): void };
  /** Monotonic seconds. */
  readonly now: () => number;
}

/**
 * Compares everything with what the bridges say, from time to time, and takes up what no event tells of: what is due, what was
 * withheld, what a human has accepted. What fails is a problem of its own, and keeps nothing else from being done.
 */
export function createSweep(options: Sweeping): () => Promise<void> {
  const { chains, intake, work, auditing, historyIndexer, secondContents, queue, metrics, problems } = options;
  const { pegs, obstacle, wake, log, now } = options;
  let refreshedAt = now();

  const apart = async (part: string, action: () => Promise<unknown>): Promise<void> => {
    try {
      await action();
      problems.clear(part);
    } catch (error) {
      problems.set(part, codeOf(error), messageOf(error));
    }
  };

  const sweepLane = async (ledger: Ledger): Promise<void> => {
    const { lane } = ledger;
    const key = laneKey(lane);
    const destination = chains[destinationOf(lane.direction)];
    const seconds = intake.timestamp(destination.side);
    await apart(`ledger ${key}`, () => intake.repair(ledger));
    // What cannot be done now is no failure, and ends what was one.
    const unhindered = (action: () => Promise<void>) => async (): Promise<void> => {
      if (obstacle(lane) === undefined) await action();
    };
    const release = async () => work.release(ledger, await parkedDue(destination, ledger, seconds), seconds);
    const lookAtRefused = () => work.lookAtRefused(ledger, seconds);
    await Promise.all([
      apart(`parked ${key}`, unhindered(release)),
      apart(`refused ${key}`, unhindered(lookAtRefused)),
    ]);
    wake(key);
  };

  return async () => {
    // Side by side: what they ask of a chain travels in few HTTP requests.
    await Promise.all([...[...intake.ledgers.values()].map(sweepLane), auditing.check(pegs())]);
    if (now() - refreshedAt > REFRESH_SECONDS) {
      await apart('bridges', async () => {
        await Promise.all(sides.map((side) => intake.refresh(side)));
        refreshedAt = now();
      });
    }
    historyIndexer.sweep();
    for (const lane of secondContents.review()) log.warn(lane, 'journal accepted: signing again');
    await apart('queue', async () => {
      for (const { queue: name, state, count } of await queue.counts()) {
        metrics.queueJobs.set({ queue: name, state }, count);
      }
    });
  };
}
