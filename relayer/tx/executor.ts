import { isRefusal } from './broadcast-errors.ts';
import type { Action } from './decide.ts';
import type { Head, TransactionChain, TransactionLog, TransactionMetrics } from './ports.ts';
import {
  type AbandonReason,
  costOf,
  type Fees,
  type Hold,
  type Intent,
  newestVersion,
  type Records,
  type TransactionRecord,
  type Version,
} from './records.ts';
import { logFields, type Sender } from './sender.ts';

export interface ExecutorOptions {
  readonly chain: TransactionChain;
  readonly records: Records;
  readonly sender: Sender;
  readonly log: TransactionLog;
  readonly metrics: TransactionMetrics | undefined;
  onMined(record: TransactionRecord): void;
  onAbandoned(record: TransactionRecord, reason: AbandonReason): void;
}

/** Carries out the actions of `decide`. Every change is saved before a broadcast. */
export interface Executor {
  execute(record: TransactionRecord, action: Action, at: Head): Promise<void>;
  setHold(record: TransactionRecord, held: Hold | null): void;
  /** Fills a nonce gap with an empty transfer to ourselves. */
  fillGap(nonce: number, fees: Fees, at: Head): Promise<void>;
}

/** Gas of an empty transfer. */
const FILLER_GAS = 21_000n;

/** Only raises that every node rejects can exceed this. Then the oldest of those are dropped. */
const MAX_VERSIONS = 64;

export function createExecutor(options: ExecutorOptions): Executor {
  const { chain, records, sender, log, metrics } = options;

  return {
    setHold(record, held) {
      if (record.status !== 'pending' || record.held === held) return;
      records.put({ ...record, held });
      const maxCost = costOf(record.gas, newestVersion(record).fees).toString();
      if (held !== null) report(record, held, { mostWei: maxCost });
      else log.info(logFields(record), 'transaction resumed');
    },

    async execute(record, action, at) {
      switch (action.do) {
        case 'hold':
          return;

        case 'broadcast':
          await sender.send(record, action.version, at);
          return;

        case 'bump': {
          const version = await sender.sign(record.nonce, record, action.fees, at);
          const bumped: TransactionRecord = { ...record, versions: appendVersion(record, version) };
          records.put(bumped);
          report(record, 'bumped', { maxFeePerGas: action.fees.maxFeePerGas.toString() });
          await sender.send(bumped, version, at);
          return;
        }

        case 'fill': {
          const intent = fillerIntent(record.nonce);
          const version = await sender.sign(record.nonce, intent, action.fees, at);
          // Keeps the versions of the intent: one of them may still be mined.
          const versions = appendVersion(record, version);
          const filler: TransactionRecord = { ...record, ...intent, filler: true, held: null, versions };
          records.put(filler);
          notifyAbandoned(record, action.reason);
          await sender.send(filler, version, at);
          return;
        }

        case 'mined': {
          const mined: TransactionRecord = { ...record, status: 'mined', mined: action.block, held: null };
          records.put(mined);
          report(mined, 'mined', { block: action.block.number.toString(), hash: action.hash });
          if (!mined.filler) options.onMined(mined);
          return;
        }

        case 'abandon':
          records.drop(record);
          notifyAbandoned(record, action.reason);
          return;

        case 'reorganised':
          records.put({ ...record, status: 'pending', mined: null, sent: null });
          report(record, 'reorganised', {});
          return;

        case 'settle':
          records.put({ ...record, status: 'settled' });
          return;
      }
    },

    async fillGap(nonce, fees, at) {
      const intent = fillerIntent(nonce);
      const version = await sender.sign(nonce, intent, fees, at);
      const filler: TransactionRecord = { ...sender.newRecord(nonce, intent, version), filler: true };
      records.put(filler);
      report(filler, 'gap-filled', {});
      await sender.send(filler, version, at);
    },
  };

  function appendVersion({ versions }: TransactionRecord, version: Version): TransactionRecord['versions'] {
    if (versions.length < MAX_VERSIONS) return [...versions, version];
    const [first, ...rest] = versions;
    const refused = rest.findIndex(({ answer }) => answer !== null && isRefusal(answer));
    return [first, ...(refused < 0 ? rest : rest.toSpliced(refused, 1)), version];
  }

  function fillerIntent(nonce: number): Intent {
    return { key: `filler:${nonce}`, to: sender.address, data: '0x', gas: FILLER_GAS, note: {} };
  }

  function notifyAbandoned(record: TransactionRecord, reason: AbandonReason): void {
    if (record.filler) return;
    report(record, reason === 'foreign-nonce' ? reason : 'abandoned', { reason });
    options.onAbandoned(record, reason);
  }

  function report(record: TransactionRecord, outcome: string, fields: object): void {
    metrics?.outcome(chain.name, outcome);
    log.info({ ...logFields(record), outcome, ...fields }, 'transaction changed');
  }
}
