import { createProposalPool } from './proposal-pool.ts';
import { createAdmission } from '../callers/admission.ts';
import { type CallerKind, createCallers } from '../callers/callers.ts';
import { createPeerSources } from '../callers/peer-sources.ts';
import { createRecoveryPool } from '../callers/recovery-pool.ts';
import { nextProposal } from '../chain/bridge-contract.ts';
import { createServer, listen } from './http-server.ts';
import type { Metrics } from '../monitoring/metrics.ts';
import { registerGovernance } from '../peers/governance.ts';
import { type PublicView, registerRoutes } from '../peers/routes.ts';
import { type AnchorsPort, registerAnchors } from './anchors-routes.ts';
import { type RewardsPort, registerRewards } from './rewards-routes.ts';
import { type Answering, answer } from './handle-attestation.ts';
import type { Attester } from '../pipeline/attester.ts';
import type { Verdict } from '../pipeline/bounce-verdict.ts';
import { stateBatch, stateBounce } from '../state/statement.ts';
import type { ProposalStore } from '../store/proposal-store.ts';
import { bounceDeadline } from '../../protocol/bounce-deadline.ts';
import { type Side, type Transfer, destinationOf, laneKey } from '../../protocol/lane.ts';
import { type ViewOptions, publicView } from './bridge-view.ts';

export interface PublicPortOptions {
  readonly view: ViewOptions;
  readonly attester: Attester;
  /** The next step of a withdrawal that its token refused. */
  readonly verdictOf: (transfer: Transfer) => Promise<Verdict>;
  readonly proposals: ProposalStore;
  /** Called when a peer has received this signer's signature for these transfers and moves them now. */
  readonly yieldTo: Answering['yieldTo'];
  /** Undefined on a bridge without fees. */
  readonly rewards: RewardsPort | undefined;
  /** Undefined on a bridge without anchors. */
  readonly anchors: AnchorsPort | undefined;
  readonly metrics: Pick<Metrics, 'transfersRejected' | 'signatures' | 'requestsRefused'>;
}

/**
 * Opens the public port: this relayer's state, peers' requests for signatures, governance signatures.
 * @throws {PegwayError} exit code 2 when the port is in use.
 */
export async function openPublicPort(options: PublicPortOptions): Promise<{ close(): Promise<void> }> {
  const { view, proposals, metrics } = options;
  const { bridges, address, now, config } = view;
  const answering = answeringOf(options);
  const { public: at, trustedProxies } = config.listen;
  const server = await createServer({ openToPages: true, trustedProxies });
  const pool = createRecoveryPool();
  const sources = createPeerSources({ peers: config.peers, now });
  const onRefused = (caller: CallerKind): void => metrics.requestsRefused.inc({ caller });
  const admission = createAdmission(createCallers({ sources, pool, onRefused }));

  const attest: PublicView['attest'] = async (request, caller) => {
    const answered = await answer(request, answering, caller);
    const { direction } = request;
    if ('reason' in answered) metrics.transfersRejected.inc({ direction, reason: answered.reason });
    else metrics.signatures.inc({ signer: address });
    return answered;
  };
  registerRoutes(server, { ...publicView(view), attest }, admission);

  const boardSide = (side: Side) => ({
    ...bridges.pair[side],
    signers: () => bridges.state(side).signers,
    next: () => nextProposal(bridges.sides[side]),
  });
  const board = { main: boardSide('main'), product: boardSide('product') };
  registerGovernance(server, createProposalPool({ bridges: board, store: proposals, now }), admission);

  registerRewards(server, options.rewards, admission);
  registerAnchors(server, options.anchors, admission);

  await listen(server, 'public', at);
  return {
    async close() {
      await server.close();
      await pool[Symbol.asyncDispose]();
    },
  };
}

function answeringOf({ view, attester, verdictOf, yieldTo }: PublicPortOptions): Answering {
  const { bridges, ledgers, obstacle, address } = view;
  return {
    address,
    obstacle,
    yieldTo,
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
