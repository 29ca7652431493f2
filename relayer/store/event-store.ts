import { type Address, type Hex, getAbiItem, toEventSelector } from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import type { EventPosition, EventSource } from '../../protocol/events.ts';
import type { Side } from '../../protocol/lane.ts';
import type { RecordDatabase } from './record-database.ts';

/** A proven log with the time of its block. */
export type StoredLog = Pick<EventSource, 'log' | 'timestamp'>;

/** The proven logs of both bridges: the primary record, from which events are decoded and transfers projected. */
export interface EventStore {
  /** Idempotent. @returns false for a log that was there. */
  add(side: Side, log: StoredLog): boolean;
  /** Logs that may hold events after a position and up to a block, in order: the log of the position itself included. */
  after(side: Side, position: EventPosition, until: bigint, limit: number): StoredLog[];
  /**
   * The logs with these first topics, in order. Only of events that receipts or the history of governance need, which are few and never deleted:
   * `SignersChanged`, `TransfersApproved`, `DigestApproved`, `TransferParked`, and of governance.
   */
  named(side: Side, event: NamedEvent, ...topics: readonly Hex[]): StoredLog[];
  /** The executions of the batch with this digest, in order: one, unless it was executed in parts. None once they are deleted. */
  executions(side: Side, digest: Hex): StoredLog[];
  /** The first block of which all events are kept, or will be once older blocks were read; 0 while all are. */
  keptFrom(side: Side): bigint;
  /** Deletes the logs from before a time, in seconds since the epoch, apart from those of `named`. */
  prune(side: Side, before: bigint): void;
}

const namedEvents = [
  'SignersChanged',
  'TransfersApproved',
  'DigestApproved',
  'TransferParked',
  'ProposalAccepted',
  'ProposalExecuted',
] as const;
export type NamedEvent = (typeof namedEvents)[number];

const selectorOf = (name: NamedEvent | 'TransfersExecuted'): Hex =>
  toEventSelector(getAbiItem({ abi: mainBridgeAbi, name }));

/** As the partial index has it, so that a query with this condition uses the index. */
const isNamed = `substr(topics, 1, 66) IN (${namedEvents.map((name) => `'${selectorOf(name)}'`).join()})`;

/** As the partial index has them, which SQLite does not choose by itself. The digest is the last of three words of data. */
const isExecution = `substr(topics, 1, 66) = '${selectorOf('TransfersExecuted')}'`;
const digestOf = 'substr(data, 131, 64)';

export function openEventStore(database: RecordDatabase): EventStore {
  database.exec(`
    CREATE INDEX IF NOT EXISTS history_events_batch ON history_events (side, ${digestOf}) WHERE ${isExecution}`);
  database.exec(`CREATE INDEX IF NOT EXISTS history_events_named ON history_events (side, topics) WHERE ${isNamed}`);
  const insert = database.prepare(`
    INSERT OR IGNORE INTO history_events (side, block, log, at, block_hash, hash, address, topics, data)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const select = database.prepare(`
    SELECT * FROM history_events WHERE side = ? AND (block, log) >= (?, ?) AND block <= ?
    ORDER BY block, log LIMIT ?`);
  const newestBefore = database.prepare('SELECT max(block) AS block FROM history_events WHERE side = ? AND at < ?');
  const remove = database.prepare(`DELETE FROM history_events WHERE side = ? AND block <= ? AND NOT (${isNamed})`);
  const byTopics = database.prepare(`
    SELECT * FROM history_events WHERE side = ? AND topics >= ? AND topics < ? AND ${isNamed} ORDER BY block, log`);
  const byDigest = database.prepare(`
    SELECT * FROM history_events INDEXED BY history_events_batch WHERE side = ? AND ${digestOf} = ? AND ${isExecution} ORDER BY block, log`);
  const readKept = database.prepare('SELECT block FROM history_events_kept WHERE side = ?');
  const writeKept = database.prepare('INSERT OR REPLACE INTO history_events_kept (side, block) VALUES (?, ?)');

  const keptFrom = (side: Side): bigint => BigInt((readKept.get(side)?.['block'] as number | undefined) ?? 0);

  return {
    add(side, { log, timestamp }) {
      const { blockNumber, logIndex, blockHash, transactionHash, address, topics, data } = log;
      const { changes } = insert.run(
        ...[side, BigInt(blockNumber), Number(logIndex), timestamp],
        ...[blockHash, transactionHash, address, topics.join(), data],
      );
      return changes !== 0;
    },

    after: (side, { block, log }, until, limit) => select.all(side, block, log, until, limit).map(toLog),

    named(side, event, ...topics) {
      const prefix = [selectorOf(event), ...topics].join();
      return byTopics.all(side, prefix, `${prefix}~`).map(toLog);
    },

    executions: (side, digest) => byDigest.all(side, digest.slice(2).toLowerCase()).map(toLog),

    keptFrom,

    prune(side, before) {
      const block = newestBefore.get(side, before)?.['block'] as number | null | undefined;
      if (block === null || block === undefined) return;
      database.transaction(() => {
        remove.run(side, block);
        const kept = keptFrom(side);
        if (BigInt(block) >= kept) writeKept.run(side, BigInt(block) + 1n);
      });
    },
  };
}

const toLog = (row: Record<string, unknown>): StoredLog => ({
  timestamp: BigInt(row['at'] as number),
  log: {
    address: row['address'] as Address,
    topics: (row['topics'] as string).split(',') as Hex[],
    data: row['data'] as Hex,
    blockNumber: `0x${(row['block'] as number).toString(16)}`,
    blockHash: row['block_hash'] as Hex,
    transactionHash: row['hash'] as Hex,
    logIndex: `0x${(row['log'] as number).toString(16)}`,
  },
});
