import type { Logger } from 'pino';

import type { Side } from '../protocol/lane.ts';
import type { Account } from './account.ts';
import type { Beat } from './async/beat.ts';
import type { Stores } from './bootstrap.ts';
import type { ChainClient } from './chain/chain-client.ts';
import type { Signer } from './keys/signer.ts';
import type { Metrics } from './monitoring/metrics.ts';
import type { Problems } from './monitoring/problems.ts';
import type { PeerClient } from './peers/http.ts';
import type { Queue } from './queue/queue.ts';
import type { SignedContents } from './shards/signed-contents.ts';

/** Parts of the process that its bridges use. */
export interface BridgeDependencies {
  readonly chains: Readonly<Record<Side, ChainClient>>;
  readonly accounts: Readonly<Record<Side, Account>>;
  readonly signer: Signer;
  readonly stores: Stores;
  /** Undefined unless processes share the bridges of this signer. */
  readonly signed: SignedContents | undefined;
  readonly queue: Queue;
  readonly peerClient: PeerClient;
  /** True while this process may send for its signer now. */
  readonly isLeaseHeld: () => boolean;
  /** True while another process of this signer may have taken over: nothing may be signed. */
  readonly isSuperseded: () => boolean;
  readonly metrics: Metrics;
  readonly problems: Problems;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Retries transient failures, reported as a problem of this part; rethrows configuration errors. */
  readonly patiently: <T>(part: string, action: () => Promise<T>) => Promise<T>;
  /** Monotonic seconds. */
  readonly now: () => number;
  /** Periodic work that shares HTTP requests. */
  readonly beat: Beat;
}
