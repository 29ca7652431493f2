import type { Logger } from 'pino';

import { messageOf } from '../protocol/errors.ts';
import { type Account, openAccount } from './account.ts';
import { openReader } from './bootstrap.ts';
import { startChainLoop } from './chain-loop.ts';
import type { ChainReader } from './chain/chain-reader.ts';
import type { Head } from './chain/finality.ts';
import { followHeads } from './chain/head-hints.ts';
import type { ChainConfig } from './config.ts';
import type { Signer } from './keys/signer.ts';
import { collectAccountMetrics } from './monitoring/metrics-collector.ts';
import type { LoopContext } from './monitoring/supervised-loop.ts';
import type { Metrics } from './monitoring/metrics.ts';
import { openDatabase } from './store/database.ts';
import type { DiskWatch } from './store/record-database.ts';
import { createTransactionStore } from './tx/store.ts';

/** One chain of a process, shared by all bridges on it: its nodes, its heads and the account that pays on it. */
export interface SharedChain extends AsyncDisposable {
  readonly name: string;
  readonly config: ChainConfig;
  readonly reader: ChainReader;
  readonly account: Account;
  /**
   * Passes final heads to a bridge, beginning with the last one read.
   * @returns ends it.
   */
  follow(onFinalHead: (head: Head) => void): () => void;
  /** Sets the metrics of the account. */
  measure(): void;
}

export interface SharedChainOptions {
  readonly name: string;
  readonly config: ChainConfig;
  readonly payer: Signer;
  /** Folder of the account's records. */
  readonly accountDir: string;
  readonly watchDisk: DiskWatch;
  readonly isLeaseHeld: () => boolean;
  readonly stallSeconds: number;
  readonly metrics: Metrics;
  readonly loopContext: LoopContext;
  readonly log: Logger;
  /** Monotonic seconds. */
  readonly now: () => number;
}

/**
 * Opens a chain and starts to follow its heads.
 * @throws {PegwayError} exit code 2 when the folder cannot be used; `disk-full` when there is no room now.
 */
export function openSharedChain(options: SharedChainOptions): SharedChain {
  const { name, config, payer, accountDir, watchDisk, isLeaseHeld, stallSeconds, metrics, loopContext, log, now } =
    options;
  const database = openDatabase(accountDir, watchDisk);
  const stopping = new AbortController();
  const signal = AbortSignal.any([loopContext.signal, stopping.signal]);
  const reader = openReader(name, config, metrics, log);
  const account = openAccount({
    ...{ chain: reader, signer: payer, store: createTransactionStore(database), metrics, log, signal, isLeaseHeld },
    maxFeePerGas: config.maxFeePerGas,
  });
  const urls = config.rpcUrls.flatMap((node) => (typeof node === 'string' ? [] : [node.ws]));
  const hints = urls.length === 0 ? undefined : followHeads({ urls, now });

  const followers = new Set<(head: Head) => void>();
  let last: Head | undefined;
  const onFinalHead = (head: Head): void => {
    last = head;
    for (const follower of followers) {
      try {
        follower(head);
      } catch (error) {
        // One bridge must not keep a head from the others.
        log.error({ chain: name, error: messageOf(error) }, 'a bridge failed at a final head');
      }
    }
  };
  const loop = startChainLoop(
    { chain: reader, account, stallSeconds, hints, now, onFinalHead },
    { ...loopContext, signal },
  );

  return {
    ...{ name, config, reader, account },

    follow(follower) {
      followers.add(follower);
      if (last !== undefined) follower(last);
      return () => void followers.delete(follower);
    },

    measure: () => collectAccountMetrics(metrics, name, account),

    async [Symbol.asyncDispose]() {
      stopping.abort();
      hints?.[Symbol.dispose]();
      await loop;
      await account[Symbol.asyncDispose]();
      await reader[Symbol.asyncDispose]();
      database.close();
    },
  };
}
