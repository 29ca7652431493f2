import { isRefusal } from './broadcast-errors.ts';
import type { Book } from './records.ts';
import type { Desk } from './account-tracker.ts';
import { type FeePolicy, freshFees } from './fees.ts';
import { nextNonce } from './nonces.ts';
import type { Head, TransactionChain } from './ports.ts';
import { readBalance, readHead } from './reads.ts';
import { costOf, type Fees, type Intent, newest, type TransactionRecord } from './record.ts';
import { refusalOf, refuse } from './refusals.ts';
import type { Sender } from './sender.ts';

/** A nonce that turned out to be used up is tried again with the next, so often. */
const ATTEMPTS = 3;

export interface SubmitOptions {
  readonly chain: TransactionChain;
  readonly book: Book;
  readonly desk: Desk;
  readonly sender: Sender;
  readonly fees: FeePolicy;
  readonly isClosed: () => boolean;
}

/**
 * Takes in a new transaction: nonce, fees, signature, record, and only then the first broadcast. When every node refuses
 * it, record and nonce are given back and the caller hears why.
 */
export function createSubmit(options: SubmitOptions): (intent: Intent) => Promise<TransactionRecord> {
  const { chain, book, desk, sender, fees: policy, isClosed } = options;
  /** The head at which the account was last found to have too little. */
  let shortAt: bigint | undefined;

  return async (intent) => {
    if (isClosed()) throw refuse('closed', chain.name);
    const live = book.live(intent.key);
    if (live) return live;

    await desk.recover();
    // While nothing is pending nobody reads the account and few show heads, so both may have moved.
    const idle = book.pending().length === 0;
    const head = (idle ? await readHead(chain) : undefined) ?? desk.head;
    if (head === undefined || (idle && !(await desk.look(head)))) throw refuse('rpc-unreachable', chain.name);

    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const at = desk.head ?? head;
      const record = await take(intent, at);
      const { answer } = newest(record);
      if (answer !== null && isRefusal(answer)) {
        book.drop(record);
        const code = refusalOf(answer);
        if (code === 'low-funds') shortAt = at.number;
        throw refuse(code, chain.name);
      }
      if (answer !== 'nonce-too-low') return record;

      // The account may have moved since the head was read. If not, a node is mistaken, and the next heads will tell.
      const latest = await readHead(chain);
      if (latest !== null) await desk.look(latest);
      if (record.nonce >= desk.count) return record;
      book.drop(record);
    }
    throw refuse('rpc-disagreement', chain.name);
  };

  async function take(intent: Intent, at: Head): Promise<TransactionRecord> {
    const nonce = nextNonce(book.all(), desk.count);
    if (desk.isOrphaned(nonce, at)) throw refuse('waiting-for-inclusion', chain.name);
    const tip = await desk.tipAt(at);
    if (tip === null) throw refuse('rpc-unreachable', chain.name);
    const fees = freshFees(at, tip, policy);
    if (fees === null) throw refuse('fee-cap', chain.name);
    if (shortAt !== undefined && !(await hasFunds(intent, fees, at))) throw refuse('low-funds', chain.name);

    const version = await sender.sign(nonce, intent, fees, at);
    if (isClosed()) throw refuse('closed', chain.name);
    const record = sender.record(nonce, intent, version);
    book.put(record);
    return sender.send(record, version, at);
  }

  /** After a refusal for want of coins: looks once a head, and only then. */
  async function hasFunds(intent: Intent, fees: Fees, at: Head): Promise<boolean> {
    if (shortAt === at.number) return false;
    const balance = await readBalance(chain, sender.address, at);
    const committed = book.pending().reduce((sum, record) => sum + costOf(record.gas, newest(record).fees), 0n);
    const enough = balance !== null && balance >= committed + costOf(intent.gas, fees);
    shortAt = enough ? undefined : at.number;
    return enough;
  }
}
