import type { Logger } from 'pino';
import type { Address } from 'viem';

import { messageOf } from '../protocol/errors.ts';
import type { ChainReader } from './chain/chain-reader.ts';
import type { Tip } from './chain/finality.ts';
import type { Signer } from './keys/signer.ts';
import type { Metrics } from './monitoring/metrics.ts';
import { guardedByLease } from './state/lease-guard.ts';
import { readFee } from './tx/reads.ts';
import type { TransactionStore } from './tx/records.ts';
import { type TxManager, createTxManager } from './tx/tx-manager.ts';

/** Notified of the transactions of an account; ignores the keys of other bridges. */
export interface AccountListener {
  /** The transaction is in a block; repeated after a reorg. */
  mined(key: string, block: bigint): void;
  /** The transaction will never be in a block. */
  abandoned(key: string): void;
  /**
   * A transaction to this contract has cost a fee, in wei.
   * @returns true if the contract is this listener's, which counts the fee.
   */
  paid(contract: Address, fee: bigint): boolean;
}

/** The paying account on one chain. Its nonces have one owner, whichever bridges pay from it. */
export interface Account extends AsyncDisposable {
  readonly address: Address;
  readonly transactions: TxManager;
  /** The chain's latest block as last read; undefined before the first. */
  readonly tip: Tip | undefined;
  /** In wei, as last read; undefined before. */
  balance: bigint | undefined;
  /** @returns ends the subscription. */
  subscribe(listener: AccountListener): () => void;
  onTip(tip: Tip): Promise<void>;
}

export interface AccountOptions {
  readonly chain: ChainReader;
  readonly signer: Signer;
  readonly store: TransactionStore;
  /** In wei per gas. */
  readonly maxFeePerGas: bigint;
  /** Checked at the moment of sending. */
  readonly isLeaseHeld: () => boolean;
  readonly metrics: Pick<Metrics, 'transactions' | 'transactionFee'>;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly onClosed: () => void;
}

export function openAccount(options: AccountOptions): Account {
  const { chain, signer, store, maxFeePerGas, isLeaseHeld, metrics, log, signal, onClosed } = options;
  const listeners = new Set<AccountListener>();
  const notify = (tell: (listener: AccountListener) => void): void => {
    for (const listener of listeners) {
      try {
        tell(listener);
      } catch (error) {
        // One bridge must not keep the outcome of a transaction from the others.
        log.error({ chain: chain.name, err: error }, 'a bridge failed at the outcome of a transaction');
      }
    }
  };
  const transactions = createTxManager({
    chain: guardedByLease(chain.nodes, isLeaseHeld),
    ...{ signer, store, log, signal },
    fees: { maxFeePerGas, bumpAfterBlocks: 3 },
    metrics: { outcome: (name, outcome) => metrics.transactions.inc({ chain: name, outcome }) },
    onMined(record) {
      notify((listener) => listener.mined(record.key, record.mined?.number ?? 0n));
      readFee(chain.nodes, record).then(
        (fee) => {
          const isCounted = [...listeners].some((listener) => listener.paid(record.to, fee ?? 0n));
          if (!isCounted) metrics.transactionFee.inc({ chain: chain.name }, Number(fee ?? 0n));
        },
        (error: unknown) => log.debug({ chain: chain.name, error: messageOf(error) }, 'transaction fee unknown'),
      );
    },
    onAbandoned(record) {
      notify((listener) => listener.abandoned(record.key));
    },
  });

  let tip: Tip | undefined;
  return {
    address: signer.address,
    transactions,
    balance: undefined,

    get tip() {
      return tip;
    },

    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },

    onTip(latest) {
      tip = latest;
      return transactions.onHead(latest);
    },

    async [Symbol.asyncDispose]() {
      await transactions.close();
      onClosed();
    },
  };
}
