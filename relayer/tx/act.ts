import { isRefusal } from './broadcast-errors.ts';
import type { Book } from './records.ts';
import type { Action } from './decide.ts';
import type { Head, TransactionChain, TransactionLog, TransactionMetrics } from './ports.ts';
import {
  type AbandonReason,
  costOf,
  type Fees,
  type Hold,
  type Intent,
  newest,
  type TransactionRecord,
  type Version,
} from './record.ts';
import { describe, type Sender } from './sender.ts';

export interface ActOptions {
  readonly chain: TransactionChain;
  readonly book: Book;
  readonly sender: Sender;
  readonly log: TransactionLog;
  readonly metrics: TransactionMetrics | undefined;
  onMined(record: TransactionRecord): void;
  onAbandoned(record: TransactionRecord, reason: AbandonReason): void;
}

/** Does what `decide` said. Every change is in the book before anything leaves. */
export interface Actor {
  act(record: TransactionRecord, action: Action, at: Head): Promise<void>;
  hold(record: TransactionRecord, held: Hold | null): void;
  /** Sends nothing to oneself, with a nonce that no record has. */
  fill(nonce: number, fees: Fees, at: Head): Promise<void>;
}

/** A transfer of nothing. */
const FILLER_GAS = 21_000n;

/** Only raises that every node refuses can make more versions than this. Of those, the oldest are let go. */
const MOST_VERSIONS = 64;

export function createActor(options: ActOptions): Actor {
  const { chain, book, sender, log, metrics } = options;

  return {
    hold(record, held) {
      if (record.status !== 'pending' || record.held === held) return;
      book.put({ ...record, held });
      const most = costOf(record.gas, newest(record).fees).toString();
      if (held !== null) report(record, held, { mostWei: most });
      else log.info(describe(record), 'transaction no longer held');
    },

    async act(record, action, at) {
      switch (action.do) {
        case 'hold':
          return;

        case 'broadcast':
          await sender.send(record, action.version, at);
          return;

        case 'bump': {
          const version = await sender.sign(record.nonce, record, action.fees, at);
          const bumped: TransactionRecord = { ...record, versions: appended(record, version) };
          book.put(bumped);
          report(record, 'bumped', { maxFeePerGas: action.fees.maxFeePerGas.toString() });
          await sender.send(bumped, version, at);
          return;
        }

        case 'fill': {
          const intent = fillerFor(record.nonce);
          const version = await sender.sign(record.nonce, intent, action.fees, at);
          // The versions of the intent stay: one of them may be mined yet.
          const versions = appended(record, version);
          const filler: TransactionRecord = { ...record, ...intent, filler: true, held: null, versions };
          book.put(filler);
          giveUp(record, action.reason);
          await sender.send(filler, version, at);
          return;
        }

        case 'mined': {
          const mined: TransactionRecord = { ...record, status: 'mined', mined: action.block, held: null };
          book.put(mined);
          report(mined, 'mined', { block: action.block.number.toString(), hash: action.hash });
          if (!mined.filler) options.onMined(mined);
          return;
        }

        case 'abandon':
          book.drop(record);
          giveUp(record, action.reason);
          return;

        case 'reorganised':
          book.put({ ...record, status: 'pending', mined: null, sent: null });
          report(record, 'reorganised', {});
          return;

        case 'settle':
          book.put({ ...record, status: 'settled' });
          return;
      }
    },

    async fill(nonce, fees, at) {
      const intent = fillerFor(nonce);
      const version = await sender.sign(nonce, intent, fees, at);
      const filler: TransactionRecord = { ...sender.record(nonce, intent, version), filler: true };
      book.put(filler);
      report(filler, 'gap-filled', {});
      await sender.send(filler, version, at);
    },
  };

  function appended({ versions }: TransactionRecord, version: Version): TransactionRecord['versions'] {
    if (versions.length < MOST_VERSIONS) return [...versions, version];
    const [first, ...rest] = versions;
    const refused = rest.findIndex(({ answer }) => answer !== null && isRefusal(answer));
    return [first, ...(refused < 0 ? rest : rest.toSpliced(refused, 1)), version];
  }

  function fillerFor(nonce: number): Intent {
    return { key: `filler:${nonce}`, to: sender.address, data: '0x', gas: FILLER_GAS, note: {} };
  }

  function giveUp(record: TransactionRecord, reason: AbandonReason): void {
    if (record.filler) return;
    report(record, reason === 'foreign-nonce' ? reason : 'abandoned', { reason });
    options.onAbandoned(record, reason);
  }

  function report(record: TransactionRecord, outcome: string, fields: object): void {
    metrics?.outcome(chain.name, outcome);
    log.info({ ...describe(record), outcome, ...fields }, 'transaction changed');
  }
}
