import { messageOf } from '../protocol/errors.ts';
import type { Lane, Side } from '../protocol/lane.ts';
import type { Reason } from '../protocol/reasons.ts';
import { type Anchoring, openAnchoring } from './anchors/open-anchoring.ts';
import type { AuditState } from './audit/audit-state.ts';
import { pauseBridge } from './audit/pause-bridge.ts';
import type { BridgeDependencies } from './bridge-dependencies.ts';
import type { Config } from './config.ts';
import type { Notices } from './events/notices.ts';
import { type Attester, createAttester } from './pipeline/attester.ts';
import { createGate } from './pipeline/signing-gate.ts';
import { type FactReader, createFactReader } from './rewards/fact-reader.ts';
import { type RewardsBook, createRewardsBook } from './rewards/rewards-book.ts';
import { shareHistory } from './shards/shared-history.ts';
import type { BridgePair } from './state/bridges.ts';
import { type EquivocationGuard, createEquivocationGuard } from './state/equivocation-guard.ts';
import type { Ledgers } from './state/ledgers.ts';

/** Packed recipient and amount. */
const CONTENT_BYTES = 36;

/** The signing gate of one bridge, and what it compares statements with. */
export interface Signing {
  /** Signs behind the gate. */
  readonly attester: Attester;
  /** Why no statement of this lane may be signed now. */
  readonly obstacle: (lane: Lane) => Reason | undefined;
  readonly isPaused: (side: Side) => boolean;
  /**
   * Pauses one bridge.
   * @returns why it was not paused: this signer is not one of its signers, it is paused already, or it rejects the call.
   */
  readonly pause: (side: Side) => Promise<string | undefined>;
  readonly equivocations: EquivocationGuard;
  readonly factReader: FactReader;
  readonly book: RewardsBook;
  /** Undefined on a bridge without anchors. */
  readonly anchoring: Anchoring | undefined;
}

export interface SigningOptions extends Pick<
  BridgeDependencies,
  'chains' | 'accounts' | 'signer' | 'stores' | 'signed' | 'isSuperseded' | 'problems' | 'log' | 'patiently'
> {
  readonly config: Config;
  readonly bridges: BridgePair;
  readonly ledgers: Ledgers;
  readonly audits: Pick<AuditState, 'obstacle'>;
  readonly isFinalityReversed: () => boolean;
  readonly notices: Pick<Notices, 'publish'>;
}

/** Opens the gate next to the key, which every statement passes. */
export async function openSigning(options: SigningOptions): Promise<Signing> {
  const { config, chains, accounts, signer, stores, signed, problems, log, bridges, ledgers, audits } = options;
  const { scanned } = ledgers;

  const factReader = createFactReader({ chains, store: stores.rewards, head: (side) => scanned[side].head });
  const book = createRewardsBook({
    ...{ store: stores.rewards, until: factReader.until },
    mainTokenOf: (productToken) => bridges.state('main').pegs.get(productToken)?.mainToken,
  });
  const anchoring = await options.patiently('anchors', () => openAnchoring(config, chains, stores.anchors));

  const equivocations = createEquivocationGuard({
    ...{ history: stores.signingHistory, ledger: ledgers.of, problems },
    // If this fails, the content is found again, and an operator accepts it again.
    onAccepted: (laneKey, nonce) =>
      void signed
        ?.forget(laneKey, nonce, CONTENT_BYTES)
        .catch((error: unknown) => log.warn({ lane: laneKey, error: messageOf(error) }, 'accepted content not shared')),
  });
  const timestampOf = (side: Side) => scanned[side].head?.timestamp ?? 0n;
  const isPaused = (side: Side) => bridges.state(side).pausedUntil > timestampOf(side);
  const gate = createGate({
    address: signer.address,
    authority: (side) => bridges.state(side),
    ledger: ledgers.of,
    isPaused,
    isSuperseded: options.isSuperseded,
    isFinalityReversed: options.isFinalityReversed,
    auditObstacle: (productToken) => audits.obstacle(productToken),
    rewards: (token, period) => book.periods(token)[Number(period) - 1],
    history: (number) => anchoring?.history.known(number) ?? 'wrong-bridge',
  });
  const attester = createAttester({
    ...{ signer, gate },
    history: signed === undefined ? stores.signingHistory : shareHistory(stores.signingHistory, signed),
    onSecondContent: (lane, nonce) => equivocations.stop(lane, nonce),
    onSigned(statement) {
      if (statement.kind !== 'batch' && statement.kind !== 'bounce') return;
      const { kind, lane, firstNonce, count, digest } = statement;
      options.notices.publish({
        ...{ kind: 'signed', signer: signer.address, statement: kind, ...lane, firstNonce, count, digest },
      });
    },
  });

  return {
    ...{ attester, isPaused, equivocations, factReader, book, anchoring },
    obstacle: (lane) => gate.laneObstacle(lane),

    async pause(side) {
      if (!bridges.state(side).signers.includes(signer.address)) return 'not-a-signer';
      return pauseBridge({
        bridge: chains[side],
        pair: bridges.pair,
        transactions: accounts[side].transactions,
        account: accounts[side].address,
        sign: (statement) => attester.sign(statement),
      });
    },
  };
}
