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

/** One chain of a process, shared by all bridges on it: its nodes, its heads and the accounts that pay on it. */
export interface SharedChain extends AsyncDisposable {
  readonly name: string;
  readonly config: ChainConfig;
  readonly reader: ChainReader;
  accounts(): readonly Account[];
  /**
   * Opens the account of one more key. Disposal closes it.
   * @throws {PegwayError} exit code 2 when the folder cannot be used; `disk-full` when there is no room now.
   */
  openAccount(options: OpenAccount): Account;
  /**
   * Passes final heads to a bridge, beginning with the last one read.
   * @returns ends it.
   */
  follow(onFinalHead: (head: Head) => void): () => void;
  /** Sets the metrics of the accounts. */
  measure(): void;
}

/** An account of the process on one chain. */
export interface OpenAccount {
  readonly payer: Signer;
  /** Folder of the account's records. */
  readonly folder: string;
  readonly isLeaseHeld: () => boolean;
}

export interface SharedChainOptions {
  readonly name: string;
  readonly config: ChainConfig;
  readonly watchDisk: DiskWatch;
  readonly stallSeconds: number;
  readonly metrics: Metrics;
  readonly loopContext: LoopContext;
  readonly log: Logger;
  /** Monotonic seconds. */
  readonly now: () => number;
}

/** Opens a chain and starts to follow its heads. */
export function openSharedChain(options: SharedChainOptions): SharedChain {
  const { name, config, watchDisk, stallSeconds, metrics, loopContext, log, now } = options;
  const stopping = new AbortController();
  const signal = AbortSignal.any([loopContext.signal, stopping.signal]);
  const reader = openReader(name, config, metrics, log);
  const accounts = new Set<Account>();
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
    { chain: reader, accounts: () => [...accounts], stallSeconds, hints, now, onFinalHead },
    { ...loopContext, signal },
  );

  return {
    ...{ name, config, reader },
    accounts: () => [...accounts],

    openAccount({ payer, folder, isLeaseHeld }) {
      const database = openDatabase(folder, watchDisk);
      const account = openAccount({
        ...{ chain: reader, signer: payer, store: createTransactionStore(database), metrics, log, signal, isLeaseHeld },
        maxFeePerGas: config.maxFeePerGas,
        onClosed() {
          accounts.delete(account);
          database.close();
        },
      });
      accounts.add(account);
      return account;
    },

    follow(follower) {
      followers.add(follower);
      if (last !== undefined) follower(last);
      return () => void followers.delete(follower);
    },

    measure: () => collectAccountMetrics(metrics, name, [...accounts]),

    async [Symbol.asyncDispose]() {
      stopping.abort();
      hints?.[Symbol.dispose]();
      await loop;
      for (const account of accounts) await account[Symbol.asyncDispose]();
      await reader[Symbol.asyncDispose]();
    },
  };
}
