import type { Logger } from 'pino';

import { type ChainReader, openChain } from './chain/chain-reader.ts';
import type { Config } from './config.ts';
import { observeSigner } from './keys/observe-signer.ts';
import { openSigner } from './keys/open-signer.ts';
import type { Metrics } from './monitoring/metrics.ts';
import type { Problems } from './monitoring/problems.ts';
import { lockDataFolder, openDatabase, openHistoryDatabase } from './store/database.ts';
import { type History, openHistory } from './store/history.ts';
import { type AnchorStore, openAnchorStore } from './store/anchor-store.ts';
import { type RewardsStore, openRewardsStore } from './store/rewards-store.ts';
import { type SigningHistory, openSigningHistory } from './store/signing-history.ts';
import { type ProposalStore, openProposals } from './store/proposal-store.ts';
import type { DiskWatch } from './store/record-database.ts';
import { type Side, sides } from '../protocol/lane.ts';
import type { TransactionStore } from './tx/records.ts';
import { createTransactionStore } from './tx/store.ts';
import type { KeyUse } from './monitoring/heartbeat.ts';

/** A signer's keys: a single key, or one to attest and one to pay. */
export interface Keys {
  readonly attesting: KeyUse;
  /** Same as `attesting` when there is only one key. */
  readonly paying: KeyUse;
  /** Each distinct key once. */
  readonly all: readonly KeyUse[];
  close(): Promise<void>;
}

/** Opens the keys, with metrics of their uses. @throws {KeyError} when one cannot be opened. */
export async function openKeys(
  config: Config,
  context: {
    readonly metrics: Pick<Metrics, 'signingSeconds'>;
    readonly problems: Problems;
    readonly signal: AbortSignal;
    /** Monotonic seconds. */
    readonly now: () => number;
  },
): Promise<Keys> {
  const { metrics, problems, signal, now } = context;
  const open = async (uri: string, use: KeyUse['use']): Promise<KeyUse> => {
    const key = await openSigner(uri, { allowPlain: config.devnet, directory: config.directory, signal });
    const known = { use, lastSuccessAt: now() };
    const signer = observeSigner(key, ({ seconds, outcome }) => {
      metrics.signingSeconds.observe({ use, outcome }, seconds);
      if (outcome === 'ok') known.lastSuccessAt = now();
      else problems.set(`${use} key`, 'key-failed', 'its last signature failed');
    });
    return Object.assign(known, { signer });
  };

  const attesting = await open(config.key, 'attest');
  const paying = config.payingKey === undefined ? attesting : await open(config.payingKey, 'pay');
  const all = paying === attesting ? [attesting] : [attesting, paying];
  return {
    attesting,
    paying,
    all,
    async close() {
      for (const { signer } of all.toReversed()) await signer.close();
    },
  };
}

/** The stores in the data folder. */
export interface Stores {
  readonly signingHistory: SigningHistory;
  readonly transactions: TransactionStore;
  readonly proposals: ProposalStore;
  readonly history: History;
  readonly rewards: RewardsStore;
  /** @param first The first anchored block of the product chain. */
  readonly anchors: (first: bigint) => AnchorStore;
  /** Detects a full disk before a record has to be written. */
  probe(): void;
  close(): void;
}

/**
 * Locks the data folder for this process and opens all stores, or none.
 * @throws {PegwayError} exit code 2 when the folder cannot be used or another process holds it; `disk-full` when there
 * is no room now.
 */
export function openStores(config: Config, watch: DiskWatch): Stores {
  const opened: { close(): void }[] = [];
  const opening = <T extends { close(): void }>(part: T): T => {
    opened.push(part);
    return part;
  };
  // Release the lock last: no file of the folder may be open when the next process takes it.
  const close = (): void => {
    for (const part of opened.toReversed()) part.close();
  };
  try {
    opening(lockDataFolder(config.dataDir));
    const records = opening(openDatabase(config.dataDir, watch));
    const rebuildable = opening(openHistoryDatabase(config.dataDir));
    const deployment = sides.map((side) => `${config[side].chainId}-${config[side].bridge}`).join('-');
    return {
      signingHistory: openSigningHistory(records),
      transactions: createTransactionStore(records),
      proposals: openProposals(records),
      history: openHistory({ database: rebuildable, deployment, mainBridge: config.main.bridge }),
      rewards: openRewardsStore(rebuildable, deployment),
      anchors: (first) => openAnchorStore(rebuildable, deployment, first),
      probe: () => records.probe(),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** Opens both chains through their configured nodes, with metrics. Sends no request yet. */
export function openChains(
  config: Config,
  metrics: Pick<
    Metrics,
    'rpcRequests' | 'rpcHttpRequests' | 'rpcReceivedBytes' | 'rpcDisagreements' | 'rpcEndpointSlow'
  >,
  log: Logger,
): Readonly<Record<Side, ChainReader>> {
  const open = (side: Side): ChainReader => {
    const reader = openChain(side, config[side], {
      request: ({ endpoint, method, outcome }) => metrics.rpcRequests.inc({ chain: side, endpoint, method, outcome }),
      response({ endpoint, bytes }) {
        metrics.rpcHttpRequests.inc({ chain: side, endpoint });
        metrics.rpcReceivedBytes.inc({ chain: side, endpoint }, bytes);
      },
      disagreement: () => metrics.rpcDisagreements.inc({ chain: side }),
      slow(endpoint, isSlow) {
        metrics.rpcEndpointSlow.set({ chain: side, endpoint }, isSlow ? 1 : 0);
        if (isSlow) log.warn({ chain: side, endpoint }, 'node is slow');
        else log.info({ chain: side, endpoint }, 'node answers in time again');
      },
    });
    for (const { name } of reader.nodes.endpoints) metrics.rpcEndpointSlow.set({ chain: side, endpoint: name }, 0);
    return reader;
  };
  for (const side of sides) {
    if (config[side].rpcQuorum === 1) {
      log.warn({ chain: side, nodes: config[side].rpcUrls.length }, 'a single node is trusted: rpcQuorum is 1');
    }
  }
  return { main: open('main'), product: open('product') };
}
