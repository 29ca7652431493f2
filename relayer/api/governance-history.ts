import type { Hex } from 'viem';

import type { AcceptedProposalView, GovernanceHistoryView } from '../../protocol/api-types.ts';
import { eventsOf } from '../../protocol/events.ts';
import { type Side, sides } from '../../protocol/lane.ts';
import type { EventStore, StoredLog } from '../store/event-store.ts';

/** Proposals of each bridge in an answer: the newest. */
const MOST = 50;

export interface GovernanceHistoryOptions {
  readonly store: Pick<EventStore, 'named'>;
  readonly chainIds: Readonly<Record<Side, number>>;
  readonly isComplete: () => boolean;
}

/** The proposals that the bridges have accepted, newest first, from events of final blocks. */
export function governanceHistory({ store, chainIds, isComplete }: GovernanceHistoryOptions): GovernanceHistoryView {
  const accepted = sides.flatMap((side) => {
    const executions = new Map(
      store.named(side, 'ProposalExecuted').map((log) => [log.log.topics[1], placeOf(log)] as const),
    );
    return store
      .named(side, 'ProposalAccepted')
      .slice(-MOST)
      .flatMap((stored): AcceptedProposalView[] => {
        const [event] = eventsOf({ side, chainId: chainIds[side], ...stored });
        if (event === undefined) return [];
        const { nonce, executableAt } = event.args as { readonly nonce: bigint; readonly executableAt: bigint };
        const executed = executions.get(stored.log.topics[1]);
        return [{ chain: side, nonce, executableAt, accepted: placeOf(stored), executed }];
      });
  });
  const newest = accepted.toSorted((a, b) => Number(b.accepted.at - a.accepted.at));
  return { complete: isComplete(), proposals: newest };
}

const placeOf = ({ log, timestamp: at }: StoredLog): { at: bigint; block: bigint; transactionHash: Hex } => {
  return { at, block: BigInt(log.blockNumber), transactionHash: log.transactionHash };
};
