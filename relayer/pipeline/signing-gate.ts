import type { Address } from 'viem';

import type {
  AnchorStatement,
  BatchStatement,
  BounceStatement,
  RewardsStatement,
  Statement,
} from '../state/statement.ts';
import type { Ledger } from '../state/ledger.ts';
import { type Lane, type Side, type Transfer, destinationOf } from '../../protocol/lane.ts';
import type { Anchor } from '../../protocol/anchors/statement.ts';
import type { Reason } from '../../protocol/reasons.ts';
import type { RewardPeriod } from '../../protocol/rewards.ts';

/**
 * Decides whether a statement may be signed at this moment (DESIGN.md, rule 7). Synchronous and from memory alone, so
 * that no time passes between the decision and the action.
 */
export interface Gate {
  /** Why this statement must not be signed now; undefined when it may. */
  obstacle(statement: Statement): Reason | undefined;
  /** Why no statement of this lane may be signed now, whichever transfers it covers: for planning and views. */
  laneObstacle(lane: Lane): Reason | undefined;
}

/** This relayer's current state. SECURITY: nothing in it comes from a peer, a job or a request. */
export interface GateView {
  /** This signer's address. */
  readonly address: Address;
  readonly authority: (side: Side) => { readonly signers: readonly Address[]; readonly signerEpoch: bigint };
  readonly isPaused: (side: Side) => boolean;
  /** True unless the lease of the bridge's shard allows signing: another process of this signer may hold it. */
  readonly isSuperseded: () => boolean;
  /** True if a finalized block of either chain was reorged since the start. */
  readonly isFinalityReversed: () => boolean;
  /** Set while the audit of a peg is broken, and before its first complete audit since the start. */
  readonly auditObstacle: (productToken: Address) => Reason | undefined;
  readonly ledger: (lane: Lane) => Pick<Ledger, 'get' | 'nextNonce' | 'stopped'> | undefined;
  /** A period as this relayer computed it; undefined while it has not. */
  readonly rewards: (token: Address, period: bigint) => Pick<RewardPeriod, 'root' | 'total'> | undefined;
  /** The history up to this height as this relayer computed it; a reason when there is none to sign. */
  readonly history: (number: bigint) => Pick<Anchor, 'blockHash' | 'historyRoot'> | Reason;
}

export function createGate(view: GateView): Gate {
  const isMember = (side: Side): boolean => view.authority(side).signers.includes(view.address);

  const laneObstacle = (lane: Lane): Reason | undefined => {
    const destination = destinationOf(lane.direction);
    if (!isMember(destination)) return 'not-a-signer';
    if (view.isSuperseded()) return 'standby';
    if (view.isFinalityReversed()) return 'finality-reversed';
    const audit = view.auditObstacle(lane.productToken);
    if (audit !== undefined) return audit;
    if (view.isPaused(destination)) return 'paused';
    return view.ledger(lane)?.stopped;
  };

  /** Why one transfer of the statement differs from the proven one; undefined when it matches, or was executed. */
  const transferObstacle = (item: Transfer, ledger: Pick<Ledger, 'get' | 'nextNonce'>): Reason | undefined => {
    const entry = ledger.get(item.nonce);
    if (entry === undefined) return item.nonce < ledger.nextNonce ? undefined : 'not-final';
    return isSame(entry.transfer, item) ? entry.rejected : 'digest-mismatch';
  };

  const transfersObstacle = (statement: BatchStatement | BounceStatement): Reason | undefined => {
    const { lane, items, signerEpoch } = statement;
    const ledger = view.ledger(lane);
    if (ledger === undefined) return 'peg-mismatch';
    if (view.authority(destinationOf(lane.direction)).signerEpoch !== signerEpoch) return 'wrong-bridge';
    for (const item of items) {
      const reason = transferObstacle(item, ledger);
      if (reason !== undefined) return reason;
    }
    const open = items.filter(({ nonce }) => ledger.get(nonce) !== undefined);
    // A signature over executed transfers is harmless (rule 2 rests on the bitmap), but only an approval needs one.
    const needed = statement.kind === 'batch' && statement.covers === 'block' ? 1 : items.length;
    return open.length >= needed ? undefined : 'already-executed';
  };

  /** Common to statements that move no collateral: they need neither an unpaused bridge nor an intact audit. */
  const satelliteObstacle = ({ signerEpoch }: RewardsStatement | AnchorStatement): Reason | undefined => {
    if (!isMember('main')) return 'not-a-signer';
    if (view.isSuperseded()) return 'standby';
    if (view.isFinalityReversed()) return 'finality-reversed';
    return view.authority('main').signerEpoch === signerEpoch ? undefined : 'wrong-bridge';
  };

  const rewardsObstacle = ({ token, period, root, total }: RewardsStatement): Reason | undefined => {
    const own = view.rewards(token, period);
    if (own === undefined) return 'not-final';
    return own.root === root && own.total === total ? undefined : 'digest-mismatch';
  };

  const anchorObstacle = ({ anchor }: AnchorStatement): Reason | undefined => {
    const own = view.history(anchor.number);
    if (typeof own === 'string') return own;
    const isSame = own.blockHash === anchor.blockHash && own.historyRoot === anchor.historyRoot;
    return isSame ? undefined : 'digest-mismatch';
  };

  return {
    laneObstacle,

    obstacle(statement) {
      // A pause limits the damage of all other faults, so none of them may prevent it.
      if (statement.kind === 'pause') return isMember(statement.side) ? undefined : 'not-a-signer';
      if (statement.kind === 'rewards') return satelliteObstacle(statement) ?? rewardsObstacle(statement);
      if (statement.kind === 'anchor') return satelliteObstacle(statement) ?? anchorObstacle(statement);
      return laneObstacle(statement.lane) ?? transfersObstacle(statement);
    },
  };
}

/**
 * The same event in the same block: after a reorg a nonce may belong to another transfer, or the same one may be in
 * another block.
 */
const isSame = (a: Transfer, b: Transfer): boolean =>
  a.blockHash === b.blockHash &&
  a.blockNumber === b.blockNumber &&
  a.transactionHash === b.transactionHash &&
  a.sender === b.sender &&
  a.recipient === b.recipient &&
  a.amount === b.amount;
