import { nextProposal } from '../chain/bridge-contract.ts';
import type { Metrics } from '../monitoring/metrics.ts';
import type { EventFeed } from '../events/event-feed.ts';
import type { ProposalPool } from '../peers/governance.ts';
import type { PublicView } from '../peers/routes.ts';
import type { Attester } from '../pipeline/attester.ts';
import type { Verdict } from '../pipeline/bounce-verdict.ts';
import { stateBatch, stateBounce } from '../state/statement.ts';
import type { ProposalStore } from '../store/proposal-store.ts';
import { bounceDeadline } from '../../protocol/bounce-deadline.ts';
import { type Side, type Transfer, destinationOf, laneKey } from '../../protocol/lane.ts';
import { type ViewOptions, publicView, signersOf } from './bridge-view.ts';
import { type Answering, answer } from './handle-attestation.ts';
import { createProposalPool } from './proposal-pool.ts';
import type { EvidencePort } from './evidence-routes.ts';
import type { EquivocationWitness } from '../evidence/equivocation-witness.ts';
import type { AnchorsPort } from './anchors-routes.ts';
import type { ExitsPort } from './exits-routes.ts';
import type { ReceiptMaker } from '../receipts/receipt-maker.ts';
import type { RewardsPort } from './rewards-routes.ts';
import { type StatisticsPort, createStatistics } from './statistics.ts';

/** One bridge at the public port: everything that its routes answer from. */
export interface BridgePort {
  readonly view: PublicView;
  readonly proposals: ProposalPool;
  /** Undefined on a bridge without fees. */
  readonly rewards: RewardsPort | undefined;
  /** Undefined on a bridge without anchors. */
  readonly anchors: AnchorsPort | undefined;
  /** Undefined on a bridge without exits. */
  readonly exits: ExitsPort | undefined;
  readonly receipts: ReceiptMaker;
  readonly evidence: EvidencePort;
  readonly events: EventFeed;
  readonly statistics: StatisticsPort;
}

export interface BridgePortOptions {
  readonly view: ViewOptions;
  readonly attester: Attester;
  /** The next step of a withdrawal that its token refused. */
  readonly verdictOf: (transfer: Transfer) => Promise<Verdict>;
  readonly proposals: ProposalStore;
  /** Called when a peer has received this signer's signature for these transfers and moves them now. */
  readonly yieldTo: Answering['yieldTo'];
  readonly rewards: RewardsPort | undefined;
  readonly anchors: AnchorsPort | undefined;
  readonly exits: ExitsPort | undefined;
  readonly receipts: ReceiptMaker;
  readonly witness: EquivocationWitness;
  readonly events: EventFeed;
  readonly metrics: Pick<Metrics, 'transfersRejected' | 'signatures'>;
}

export function createBridgePort(options: BridgePortOptions): BridgePort {
  const { view, metrics, rewards, anchors, exits, receipts, witness, events } = options;
  const { bridges, address, now } = view;
  const answering = answeringOf(options);

  const attest: PublicView['attest'] = async (request, caller) => {
    const answered = await answer(request, answering, caller);
    const { direction } = request;
    if ('reason' in answered) metrics.transfersRejected.inc({ direction, reason: answered.reason });
    else metrics.signatures.inc({ signer: address });
    return answered;
  };
  const boardSide = (side: Side) => ({
    ...bridges.pair[side],
    signers: () => bridges.state(side).signers,
    next: () => nextProposal(bridges.sides[side]),
  });
  const board = { main: boardSide('main'), product: boardSide('product') };
  return {
    view: { ...publicView(view), attest },
    proposals: createProposalPool({ bridges: board, store: options.proposals, now }),
    ...{ rewards, anchors, exits, receipts, evidence: witness, events },
    statistics: createStatistics({
      ...{ history: view.history, watches: view.watches, latency: view.latency },
      isComplete: () => view.historyIndexer.isComplete(),
      chainIds: { main: bridges.pair.main.chainId, product: bridges.pair.product.chainId },
      lastSignatureAt: (signer) => view.historyIndexer.lastSignatureAt(signer),
      signers: () => signersOf(bridges),
    }),
  };
}

function answeringOf({ view, attester, verdictOf, yieldTo, witness }: BridgePortOptions): Answering {
  const { bridges, ledgers, obstacle, address } = view;
  return {
    address,
    obstacle,
    yieldTo,
    onSignature: (...signed) => witness.seen(...signed),
    ledger: (lane) => ledgers.get(laneKey(lane)),
    destination: (direction) => ({
      ...bridges.pair[destinationOf(direction)],
      ...bridges.destination(direction),
    }),
    catchUp: (direction, signerEpoch) => bridges.catchUp(destinationOf(direction), signerEpoch),
    state: (one, firstNonce, count) =>
      stateBatch(bridges.pair, bridges.destination(one.lane.direction).signerEpoch, one.range(firstNonce, count)),
    sign: (statement) => attester.sign(statement),
    mayBounce: async (transfer) => (await verdictOf(transfer)).next === 'bounce',
    stateBounce(transfer) {
      const deadline = bounceDeadline(view.watches.main.head?.timestamp ?? 0n);
      return stateBounce(bridges.pair, bridges.destination('withdraw').signerEpoch, transfer, deadline);
    },
  };
}
