import type { AccountTracker } from './account-tracker.ts';
import { nextNonce } from './nonces.ts';
import { isRefusal } from './broadcast-errors.ts';
import { type FeePolicy, freshFees } from './fees.ts';
import type { Head, TransactionChain } from './ports.ts';
import { readBalance, readHead } from './reads.ts';
import { costOf, type Fees, type Intent, newestVersion, type Records, type TransactionRecord } from './records.ts';
import type { Sender } from './sender.ts';
import { submitErrorCode, submitError } from './submit-error.ts';

/** A nonce that turns out to be used is replaced by the next, at most this many times. */
const MAX_ATTEMPTS = 3;

export interface SubmitOptions {
  readonly chain: TransactionChain;
  readonly records: Records;
  readonly account: AccountTracker;
  readonly sender: Sender;
  readonly fees: FeePolicy;
  readonly isClosed: () => boolean;
  readonly onMined: (record: TransactionRecord) => void;
}

/**
 * Submits a new transaction: chooses nonce and fees, signs, saves the record, and only then broadcasts. When every node
 * refuses it, the record is deleted, the nonce is free again, and the promise rejects with the reason.
 */
export function createSubmit(options: SubmitOptions): (intent: Intent) => Promise<TransactionRecord> {
  const { chain, records, account, sender, fees: policy, isClosed, onMined } = options;
  /** The head at which the account last had insufficient funds. */
  let lowFundsAt: bigint | undefined;

  return async (intent) => {
    if (isClosed()) throw submitError('closed', chain.name);
    const active = records.active(intent.key);
    if (active !== undefined) {
      // After a restart the caller has not seen it mined. Without the block it could not retry a reverted transaction
      // once that block is final.
      if (active.status === 'mined') onMined(active);
      return active;
    }

    await account.recover();
    // With nothing pending the account is not polled and few heads arrive, so read both now.
    const idle = records.pending().length === 0;
    const head = (idle ? await readHead(chain) : undefined) ?? account.head;
    if (head === undefined || (idle && !(await account.refresh(head))))
      throw submitError('rpc-unreachable', chain.name);

    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const at = account.head ?? head;
      const record = await trySubmit(intent, at);
      const { answer } = newestVersion(record);
      if (answer !== null && isRefusal(answer)) {
        records.drop(record);
        const code = submitErrorCode(answer);
        if (code === 'low-funds') lowFundsAt = at.number;
        throw submitError(code, chain.name);
      }
      if (answer !== 'nonce-too-low') return record;

      // The account may have moved since the head was read. If it has not, the node is wrong: keep the record, and the
      // next heads settle it.
      const latest = await readHead(chain);
      if (latest !== null) await account.refresh(latest);
      if (record.nonce >= account.count) return record;
      records.drop(record);
    }
    throw submitError('rpc-disagreement', chain.name);
  };

  async function trySubmit(intent: Intent, at: Head): Promise<TransactionRecord> {
    const nonce = nextNonce(records.all(), account.count);
    if (account.isOrphaned(nonce, at)) throw submitError('waiting-for-inclusion', chain.name);
    const tip = await account.tip(at);
    if (tip === null) throw submitError('rpc-unreachable', chain.name);
    const fees = freshFees(at, tip, policy);
    if (fees === null) throw submitError('fee-cap', chain.name);
    if (lowFundsAt !== undefined && !(await hasFunds(intent, fees, at))) throw submitError('low-funds', chain.name);

    const version = await sender.sign(nonce, intent, fees, at);
    if (isClosed()) throw submitError('closed', chain.name);
    const record = sender.newRecord(nonce, intent, version);
    records.put(record);
    return sender.send(record, version, at);
  }

  /** After an `insufficient-funds` refusal: reads the balance once per head. */
  async function hasFunds(intent: Intent, fees: Fees, at: Head): Promise<boolean> {
    if (lowFundsAt === at.number) return false;
    const balance = await readBalance(chain, sender.address, at);
    const committed = records
      .pending()
      .reduce((sum, record) => sum + costOf(record.gas, newestVersion(record).fees), 0n);
    const enough = balance !== null && balance >= committed + costOf(intent.gas, fees);
    lowFundsAt = enough ? undefined : at.number;
    return enough;
  }
}
