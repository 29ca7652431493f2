import type { Logger } from 'pino';

import { type ChainReader, openChain } from './chain/chain-reader.ts';
import { type ChainConfig, type Config, type ProcessConfig, payingKeysOf } from './config.ts';
import { observeSigner } from './keys/observe-signer.ts';
import { openSigner } from './keys/open-signer.ts';
import type { Metrics } from './monitoring/metrics.ts';
import type { Problems } from './monitoring/problems.ts';
import { openDatabase, openHistoryDatabase, openWebhookDatabase } from './store/database.ts';
import { type EvidenceStore, openEvidenceStore } from './store/evidence-store.ts';
import { type History, openHistory } from './store/history.ts';
import { type AnchorStore, openAnchorStore } from './store/anchor-store.ts';
import { type WebhookStore, openWebhookStore } from './store/webhook-store.ts';
import { type RewardsStore, openRewardsStore } from './store/rewards-store.ts';
import { type SigningHistory, openSigningHistory } from './store/signing-history.ts';
import { type ProposalStore, openProposals } from './store/proposal-store.ts';
import type { DiskWatch } from './store/record-database.ts';
import { PegwayError } from '../protocol/errors.ts';
import { sides } from '../protocol/lane.ts';
import type { KeyUse } from './monitoring/heartbeat.ts';

/** The keys of a process. */
export interface Keys {
  /** The key that attests unless a bridge has its own. */
  readonly attesting: KeyUse;
  /** Pays for the transactions of the bridges of each shard. Same as `attesting` when there is only one key. */
  readonly paying: readonly KeyUse[];
  /** The attesting key with this URI, opened once. @throws {KeyError} when it cannot be opened. */
  attestingWith(uri: string): Promise<KeyUse>;
  /** Closes the attesting keys that are no longer used. */
  keep(uris: readonly string[]): Promise<void>;
  /** Each distinct key once. */
  all(): readonly KeyUse[];
  close(): Promise<void>;
}

/** Opens the keys, with metrics of their uses. @throws {KeyError} when one cannot be opened. */
export async function openKeys(
  config: Pick<ProcessConfig, 'key' | 'payingKey' | 'shards' | 'devnet' | 'directory'>,
  context: {
    readonly metrics: Pick<Metrics, 'signingSeconds'>;
    readonly problems: Problems;
    readonly signal: AbortSignal;
    /** Monotonic seconds. */
    readonly now: () => number;
  },
): Promise<Keys> {
  const { metrics, problems, signal, now } = context;
  const opened: KeyUse[] = [];
  const open = async (uri: string, use: KeyUse['use']): Promise<KeyUse> => {
    const key = await openSigner(uri, { allowPlain: config.devnet, directory: config.directory, signal });
    const isFirst = opened.every((other) => other.use !== use);
    const known = { use, part: isFirst ? `${use} key` : `${use} key ${key.address}`, lastSuccessAt: now() };
    const signer = observeSigner(key, ({ seconds, outcome }) => {
      metrics.signingSeconds.observe({ use, outcome }, seconds);
      if (outcome === 'ok') known.lastSuccessAt = now();
      else problems.set(known.part, 'key-failed', 'its last signature failed');
    });
    const opening = Object.assign(known, { signer });
    opened.push(opening);
    return opening;
  };

  const attesting = await open(config.key, 'attest');
  const paying: KeyUse[] = [];
  for (const uri of payingKeysOf(config)) paying.push(uri === config.key ? attesting : await open(uri, 'pay'));
  const [same] = paying.filter(
    ({ signer }, place) => paying.findIndex((one) => one.signer.address === signer.address) < place,
  );
  if (same !== undefined) {
    throw new PegwayError(`shards: expected a different account for each; found ${same.signer.address} twice`, {
      exitCode: 2,
      hint: 'create a paying key for each shard: pegway keys new FILE',
    });
  }
  /** Of the bridges that have one of their own. */
  const own = new Map<string, Promise<KeyUse>>();
  return {
    ...{ attesting, paying },
    all: () => opened,
    attestingWith(uri) {
      if (uri === config.key) return Promise.resolve(attesting);
      const known = own.get(uri) ?? open(uri, 'attest');
      own.set(uri, known);
      known.catch(() => own.delete(uri));
      return known;
    },
    async keep(uris) {
      for (const [uri, opening] of own) {
        if (uris.includes(uri)) continue;
        own.delete(uri);
        const key = await opening;
        opened.splice(opened.indexOf(key), 1);
        problems.clear(key.part);
        await key.signer.close();
      }
    },
    async close() {
      for (const { signer } of opened.toReversed()) await signer.close();
    },
  };
}

/** The stores of one bridge, in its data folder. */
export interface Stores {
  readonly signingHistory: SigningHistory;
  readonly proposals: ProposalStore;
  readonly evidence: EvidenceStore;
  readonly history: History;
  readonly rewards: RewardsStore;
  /** @param first The first anchored block of the product chain. */
  readonly anchors: (first: bigint) => AnchorStore;
  /** Undefined without webhooks. */
  readonly webhooks: WebhookStore | undefined;
  /** Detects a full disk before a record has to be written. */
  probe(): void;
  close(): void;
}

/**
 * Opens all stores of a bridge, or none.
 * @throws {PegwayError} exit code 2 when the folder cannot be used; `disk-full` when there is no room now.
 */
export function openStores(config: Config, watch: DiskWatch): Stores {
  const opened: { close(): void }[] = [];
  const opening = <T extends { close(): void }>(part: T): T => {
    opened.push(part);
    return part;
  };
  const close = (): void => {
    for (const part of opened.toReversed()) part.close();
  };
  try {
    const records = opening(openDatabase(config.dataDir, watch));
    const rebuildable = opening(openHistoryDatabase(config.dataDir));
    const webhooks = config.webhooks.length === 0 ? undefined : opening(openWebhookDatabase(config.dataDir));
    const deployment = sides.map((side) => `${config[side].chainId}-${config[side].bridge}`).join('-');
    return {
      signingHistory: openSigningHistory(records),
      proposals: openProposals(records),
      evidence: openEvidenceStore(records),
      history: openHistory({ database: rebuildable, deployment, mainBridge: config.main.bridge }),
      rewards: openRewardsStore(rebuildable, deployment),
      anchors: (first) => openAnchorStore(rebuildable, deployment, first),
      webhooks: webhooks && openWebhookStore(webhooks),
      probe: () => records.probe(),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** Opens a chain through its configured nodes, with metrics. Sends no request yet. */
export function openReader(
  name: string,
  config: ChainConfig,
  metrics: Pick<
    Metrics,
    'rpcRequests' | 'rpcHttpRequests' | 'rpcReceivedBytes' | 'rpcDisagreements' | 'rpcEndpointSlow'
  >,
  log: Logger,
): ChainReader {
  const reader = openChain(name, config, {
    request: ({ endpoint, method, outcome }) => metrics.rpcRequests.inc({ chain: name, endpoint, method, outcome }),
    response({ endpoint, bytes }) {
      metrics.rpcHttpRequests.inc({ chain: name, endpoint });
      metrics.rpcReceivedBytes.inc({ chain: name, endpoint }, bytes);
    },
    disagreement: () => metrics.rpcDisagreements.inc({ chain: name }),
    slow(endpoint, isSlow) {
      metrics.rpcEndpointSlow.set({ chain: name, endpoint }, isSlow ? 1 : 0);
      if (isSlow) log.warn({ chain: name, endpoint }, 'node is slow');
      else log.info({ chain: name, endpoint }, 'node answers in time again');
    },
  });
  metrics.rpcDisagreements.inc({ chain: name }, 0);
  for (const { name: endpoint } of reader.nodes.endpoints) metrics.rpcEndpointSlow.set({ chain: name, endpoint }, 0);
  if (config.rpcQuorum === 1) {
    log.warn({ chain: name, nodes: config.rpcUrls.length }, 'a single node is trusted: rpcQuorum is 1');
  }
  return reader;
}
