import type { Address } from 'viem';

import { codeOf, messageOf } from '../../protocol/errors.ts';
import { type Lane, type Side, destinationOf, laneKey, sides } from '../../protocol/lane.ts';
import type { Reason } from '../../protocol/reasons.ts';
import type { AuditScheduler } from '../audit/audit-scheduler.ts';
import type { ChainClient } from '../chain/chain-client.ts';
import type { HistoryIndexer } from '../history/history-indexer.ts';
import type { Problems } from '../monitoring/problems.ts';
import type { EquivocationWitness } from '../evidence/equivocation-witness.ts';
import type { EquivocationGuard } from '../state/equivocation-guard.ts';
import type { Ledger } from '../state/ledger.ts';
import type { Ledgers } from '../state/ledgers.ts';
import type { BlockProcessor } from './block-processor.ts';
import { parkedDue } from './due-releases.ts';
import type { LaneWorkers } from './lane-worker.ts';

/** Interval at which the bridges' state is read again, in seconds: the event of a change may have been withheld. */
const REFRESH_SECONDS = 600;

export interface ReconcilerOptions {
  readonly chains: Readonly<Record<Side, ChainClient>>;
  readonly blocks: Pick<BlockProcessor, 'timestamp' | 'repair' | 'refresh'>;
  readonly ledgers: Ledgers;
  readonly workers: LaneWorkers;
  readonly auditScheduler: Pick<AuditScheduler, 'check'>;
  readonly history: Pick<HistoryIndexer, 'sweep'>;
  readonly equivocations: Pick<EquivocationGuard, 'review'>;
  readonly witness: Pick<EquivocationWitness, 'review'>;
  readonly problems: Pick<Problems, 'set' | 'clear'>;
  /** All product tokens. */
  readonly pegs: () => readonly Address[];
  /** Why no statement of this lane may be signed now. */
  readonly obstacle: (lane: Lane) => Reason | undefined;
  readonly wake: (laneKey: string) => void;
  readonly log: { warn(fields: object, message: string): void };
  /** Monotonic seconds. */
  readonly now: () => number;
}

/**
 * Periodically compares the ledgers with the bridges' state and does the work that no event triggers: due releases and
 * bounces, withheld events, equivocations that an operator has accepted. A failure becomes one problem and does not
 * block the other tasks.
 */
export function createReconciler(options: ReconcilerOptions): () => Promise<void> {
  const { chains, blocks, ledgers, workers, auditScheduler, history, equivocations, witness, problems } = options;
  const { pegs, obstacle, wake, log, now } = options;
  let refreshedAt = now();

  const separately = async (part: string, action: () => Promise<unknown>): Promise<void> => {
    try {
      await action();
      problems.clear(part);
    } catch (error) {
      problems.set(part, codeOf(error), messageOf(error));
    }
  };

  const reconcileLane = async (ledger: Ledger): Promise<void> => {
    const { lane } = ledger;
    const key = laneKey(lane);
    const destination = chains[destinationOf(lane.direction)];
    const seconds = blocks.timestamp(destination.side);
    await separately(`ledger ${key}`, () => blocks.repair(ledger));
    // An obstacle is no failure, and clears an earlier one.
    const ifUnobstructed = (action: () => Promise<void>) => async (): Promise<void> => {
      if (obstacle(lane) === undefined) await action();
    };
    const worker = workers.of(key);
    const releases = async () => {
      const { head } = ledgers.scanned[destination.side];
      if (head !== undefined) await worker.enqueueReleases(await parkedDue(destination, ledger, head), seconds);
    };
    const bounces = () => worker.enqueueBounces(seconds);
    await Promise.all([
      separately(`parked ${key}`, ifUnobstructed(releases)),
      separately(`refused ${key}`, ifUnobstructed(bounces)),
    ]);
    wake(key);
  };

  return async () => {
    // Concurrently, so that the requests to a chain share few HTTP batches.
    await Promise.all([...[...ledgers.all.values()].map(reconcileLane), auditScheduler.check(pegs())]);
    if (now() - refreshedAt > REFRESH_SECONDS) {
      await separately('bridges', async () => {
        await Promise.all(sides.map((side) => blocks.refresh(side)));
        refreshedAt = now();
      });
    }
    history.sweep();
    await separately('evidence', () => witness.review());
    for (const lane of equivocations.review()) log.warn(lane, 'equivocation accepted by the operator: signing resumed');
  };
}
