import type { Address } from 'viem';

import { type Anchors, createAnchors } from './anchors/anchors.ts';
import type { BridgeDependencies } from './bridge-dependencies.ts';
import type { Signing } from './bridge-signing.ts';
import type { Config } from './config.ts';
import type { EventFeed } from './events/event-feed.ts';
import { type EquivocationWitness, createEquivocationWitness } from './evidence/equivocation-witness.ts';
import { openSnapshotKeeper } from './exits/open-keeper.ts';
import type { SnapshotKeeper } from './exits/snapshot-keeper.ts';
import type { Loop } from './monitoring/supervised-loop.ts';
import type { SignatureCollector } from './pipeline/signature-collector.ts';
import { createAnchorProver } from './receipts/anchor-proof.ts';
import { type ReceiptMaker, createReceiptMaker } from './receipts/receipt-maker.ts';
import { collectRewardsMetrics } from './rewards/rewards-metrics.ts';
import { type Rewards, createRewards } from './rewards/rewards.ts';
import type { BridgePair } from './state/bridges.ts';
import type { Ledgers } from './state/ledgers.ts';
import { openWebhooks } from './webhooks/webhooks.ts';

/** The services of one bridge beside its transfers, which wait for none of them. */
export interface Services extends AsyncDisposable {
  /** Undefined on a bridge without fees. */
  readonly rewards: Rewards | undefined;
  /** Undefined on a bridge without anchors. */
  readonly anchors: Anchors | undefined;
  /** Undefined on a bridge without exits. */
  readonly exits: SnapshotKeeper | undefined;
  readonly receipts: ReceiptMaker;
  readonly witness: EquivocationWitness;
  readonly loops: readonly Loop[];
  /** Sets the metrics that show the current state. */
  measure(): void;
}

export interface ServicesOptions extends Pick<
  BridgeDependencies,
  | 'chains'
  | 'accounts'
  | 'stores'
  | 'isLeaseHeld'
  | 'metrics'
  | 'problems'
  | 'log'
  | 'signal'
  | 'patiently'
  | 'now'
  | 'beat'
> {
  readonly config: Config;
  readonly bridges: BridgePair;
  readonly ledgers: Ledgers;
  readonly signing: Signing;
  readonly collect: SignatureCollector;
  /** The Rewards contract; undefined on a bridge without fees. */
  readonly rewardsAddress: Address | undefined;
  readonly events: EventFeed;
}

/** Opens the services; nothing of them runs before their loops are started. */
export async function openServices(options: ServicesOptions): Promise<Services> {
  const { config, chains, accounts, stores, bridges, ledgers, collect, rewardsAddress, events } = options;
  const { isLeaseHeld, metrics, problems, log, signal, patiently, now, beat } = options;
  const { attester, obstacle, isPaused, factReader, book, anchoring } = options.signing;
  const { scanned } = ledgers;

  const rewards =
    rewardsAddress === undefined
      ? undefined
      : createRewards({
          ...{ config, chains, accounts, bridges, book, problems, attester, collect, isLeaseHeld, isPaused },
          ...{ address: rewardsAddress, reader: factReader, store: stores.rewards, log, signal, now, beat },
          head: (side) => scanned[side].head,
        });
  const anchors =
    anchoring &&
    createAnchors({
      ...{ ...anchoring, config, main: chains.main, product: chains.product, account: accounts.main, bridges },
      ...{ problems, attester, collect, isLeaseHeld, log, signal, now, beat },
      head: (side) => scanned[side].head,
      tipTime: () => accounts.main.tip?.timestamp,
    });

  // Exits need proofs of states that nodes forget.
  const exits = await patiently('exits', () =>
    openSnapshotKeeper(config, chains, { finalHead: () => scanned.product.head, log }),
  );

  const anchorOf = anchoring && createAnchorProver({ ...anchoring, main: chains.main, head: () => scanned.main.head });
  const receipts = createReceiptMaker({
    ...{ chains, pair: bridges.pair, history: stores.history, ledgers: ledgers.all, obstacle, log, anchorOf },
    ...{ metrics, now },
  });

  const { history } = stores;
  const witness = createEquivocationWitness({
    ...{ pair: bridges.pair, store: stores.evidence, metrics, problems, log },
    authority: (direction) => bridges.destination(direction),
    proven: (lane, nonce) => (ledgers.of(lane)?.get(nonce) ?? history.get(lane, nonce))?.transfer,
    isExecuted: (lane, nonce) => history.get(lane, nonce)?.executedBlock !== undefined,
    receipt: (lane, nonce) => receipts.receipt(lane, nonce),
    nameOf: (signer) => config.peers.find(({ address }) => address === signer)?.name,
  });

  const webhooks =
    stores.webhooks &&
    openWebhooks({ config, store: stores.webhooks, feed: events, isLeaseHeld, metrics, log, signal });

  const measureRewards = (): void => {
    if (rewards === undefined) return;
    const peg = (productToken: Address) => bridges.state('main').pegs.get(productToken);
    collectRewardsMetrics({ metrics, rewards, store: stores.rewards, peg, fees: config.fees });
  };

  return {
    ...{ rewards, anchors, exits, receipts, witness },
    loops: [rewards?.loop, anchors?.loop, exits?.loop, ...(webhooks?.loops ?? [])].filter((loop) => loop !== undefined),

    measure() {
      anchors?.measure(metrics);
      exits?.measure(metrics);
      webhooks?.measure();
      witness.measure();
      measureRewards();
    },

    async [Symbol.asyncDispose]() {
      await webhooks?.[Symbol.asyncDispose]();
    },
  };
}
