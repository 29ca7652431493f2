import type { Address } from 'viem';

import { accountFromRecords, observeAccount } from './nonces.ts';
import type { ChainView } from './decide.ts';
import type { FeePolicy } from './fees.ts';
import type { Head, TransactionChain, TransactionLog } from './ports.ts';
import { readHead, readPendingCount, readTip } from './reads.ts';
import { newestVersion, type Records } from './records.ts';
import { submitError } from './submit-error.ts';

export interface AccountTrackerOptions {
  readonly chain: TransactionChain;
  readonly address: Address;
  readonly records: Records;
  readonly fees: FeePolicy;
  readonly log: TransactionLog;
}

/** The last known state of the account on chain. */
export interface AccountTracker {
  /** The newest head. */
  readonly head: Head | undefined;
  /** The next nonce of the account. */
  readonly count: number;
  readonly movedAt: bigint;
  /** Reads the chain once, at start. Rejects while no node answers. */
  recover(): Promise<void>;
  /** Sets the newest head. Reads nothing. */
  setHead(head: Head): void;
  /** Reads the account at `head`, and which versions its blocks include. Null when no node answers. */
  refresh(head: Head): Promise<Pick<ChainView, 'included'> | null>;
  /**
   * True while the pools may still hold a transaction with this nonce that no record covers, and that may yet be mined.
   */
  isOrphaned(nonce: number, at: Head): boolean;
  /** The tip for new fees. Null when no node answers. */
  tip(head: Head): Promise<bigint | null>;
}

export function createAccountTracker({ chain, address, records, fees, log }: AccountTrackerOptions): AccountTracker {
  let account = accountFromRecords(records.all());
  let head: Head | undefined;
  let recovered = false;
  /** Nonces of transactions in the pools that no record knows: the records were lost. */
  let orphans: { readonly upTo: number; readonly until: bigint } | undefined;

  /** A pool rejected a transaction as underpriced: the nodes have a minimum gas price. */
  let isPriced = false;
  let tipRead: { readonly block: bigint; readonly read: Promise<bigint | null> } | undefined;

  const refresh = async (at: Head): Promise<Pick<ChainView, 'included'> | null> => {
    const seen = await observeAccount({ chain, address, head: at, before: account, pending: records.pending() });
    if (seen === null) return null;
    account = seen.account;
    head = at;
    return seen;
  };

  return {
    refresh,

    setHead(at) {
      head = at;
    },

    get head() {
      return head;
    },
    get count() {
      return account.count;
    },
    get movedAt() {
      return account.movedAt;
    },

    async recover() {
      if (recovered) return;
      const latest = await readHead(chain);
      if (latest === null || !(await refresh(latest))) throw submitError('rpc-unreachable', chain.name);

      const pending = records.pending();
      const upTo = pending.length === 0 ? await readPendingCount(chain, address) : 0;
      if (upTo > account.count) {
        orphans = { upTo, until: latest.number + BigInt(fees.bumpAfterBlocks) };
        log.warn({ chain: chain.name, from: account.count, upTo }, 'pools hold transactions without a record');
      }
      recovered = true;
      const fields = { chain: chain.name, account: address, nonce: account.count, pending: pending.length };
      log.info(fields, 'transaction manager ready');
    },

    isOrphaned(nonce, at) {
      return orphans !== undefined && nonce < orphans.upTo && at.number < orphans.until;
    },

    async tip(at) {
      if (fees.priorityFeePerGas !== undefined && at.baseFeePerGas !== null) return fees.priorityFeePerGas;
      // A base fee of 0 means a chain without fees, unless a pool rejected a transaction as underpriced.
      isPriced ||= records.pending().some((record) => newestVersion(record).answer === 'underpriced');
      if (at.baseFeePerGas === 0n && !isPriced) return 0n;
      // One read per head, shared by all callers. A failed read is not cached.
      if (tipRead?.block !== at.number) tipRead = { block: at.number, read: readTip(chain, at) };
      const { read } = tipRead;
      const value = await read;
      if (value === null && tipRead.read === read) tipRead = undefined;
      return value;
    },
  };
}
