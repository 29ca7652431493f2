import type { Address } from 'viem';

import { accountFromRecords, observeAccount } from './account.ts';
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

/** What the lane knows of the chain just now. */
export interface AccountTracker {
  /** The head that was last looked at. */
  readonly head: Head | undefined;
  /** The account's next nonce, as far as the chain has it. */
  readonly count: number;
  readonly movedAt: bigint;
  /** At start, once. Rejects while no node answers. */
  recover(): Promise<void>;
  /** Notes that there is a new head, and reads nothing. */
  setHead(head: Head): void;
  /** Takes in what the chain says at `head`, and which versions it holds. Null when no node can tell. */
  refresh(head: Head): Promise<Pick<ChainView, 'included'> | null>;
  /** Whether the pools have something of an earlier life at this nonce, which still has its turn. */
  isOrphaned(nonce: number, at: Head): boolean;
  /** The tip for new fees. Null when no node says. */
  tip(head: Head): Promise<bigint | null>;
}

export function createAccountTracker({ chain, address, records, fees, log }: AccountTrackerOptions): AccountTracker {
  let account = accountFromRecords(records.all());
  let head: Head | undefined;
  let recovered = false;
  /** Nonces that an earlier life of this account, which left no records, has in the pools. */
  let orphans: { readonly upTo: number; readonly until: bigint } | undefined;

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
        log.warn({ chain: chain.name, from: account.count, upTo }, 'pools hold transactions that no record knows');
      }
      recovered = true;
      const fields = { chain: chain.name, account: address, nonce: account.count, pending: pending.length };
      log.info(fields, 'transaction lane ready');
    },

    isOrphaned(nonce, at) {
      return orphans !== undefined && nonce < orphans.upTo && at.number < orphans.until;
    },

    async tip(at) {
      if (fees.priorityFeePerGas !== undefined && at.baseFeePerGas !== null) return fees.priorityFeePerGas;
      // A chain whose base fee is 0 is free of fees, unless a pool says that it wants some.
      const isPriced = records.pending().some((record) => newestVersion(record).answer === 'underpriced');
      if (at.baseFeePerGas === 0n && !isPriced) return 0n;
      // One question a head, however many ask. That no node answered is not kept.
      if (tipRead?.block !== at.number) tipRead = { block: at.number, read: readTip(chain, at) };
      const { read } = tipRead;
      const value = await read;
      if (value === null && tipRead.read === read) tipRead = undefined;
      return value;
    },
  };
}
