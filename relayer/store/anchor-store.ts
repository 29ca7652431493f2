import type { Hex } from 'viem';

import { type History, type HistoryNode, historyOf } from '../../protocol/anchors/history.ts';
import type { RecordDatabase } from './record-database.ts';

/** The product chain's history as anchors commit to it. A second line: all of it is read again from the chain when it is lost. */
export interface AnchorStore {
  /** The stored history, and the hash of its newest block; undefined before the first block. */
  load(): { readonly history: History; readonly newest: Hex } | undefined;
  /** Stores a longer history and the nodes that it completed, atomically. */
  save(history: History, newest: Hex, nodes: readonly HistoryNode[]): void;
  /** Hash of a node. @throws {RangeError} for one that is not complete yet. */
  readonly node: (place: Pick<HistoryNode, 'level' | 'index'>) => Hex;
}

const schema = `
  CREATE TABLE IF NOT EXISTS anchor_nodes (
    level INTEGER NOT NULL, position INTEGER NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (level, position)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS anchor_history (
    chain TEXT NOT NULL, first INTEGER NOT NULL, count INTEGER NOT NULL, tail TEXT NOT NULL, newest TEXT NOT NULL
  ) STRICT;`;

/** @param chain Identifies the chain: blocks of another one, or from another first block on, are deleted. */
export function openAnchorStore(database: RecordDatabase, chain: string, first: bigint): AnchorStore {
  database.exec(schema);
  const read = database.prepare('SELECT chain, first, count, tail, newest FROM anchor_history');
  const insert = database.prepare(
    'INSERT INTO anchor_history (chain, first, count, tail, newest) VALUES (?, ?, ?, ?, ?)',
  );
  const insertNode = database.prepare('INSERT OR REPLACE INTO anchor_nodes (level, position, hash) VALUES (?, ?, ?)');
  const select = database.prepare('SELECT hash FROM anchor_nodes WHERE level = ? AND position = ?');

  const known = read.get();
  if (known !== undefined && (known['chain'] !== chain || BigInt(known['first'] as number) !== first)) {
    database.transaction(() => database.exec('DELETE FROM anchor_nodes; DELETE FROM anchor_history;'));
  }

  const node: AnchorStore['node'] = ({ level, index }) => {
    const hash = select.get(level, index)?.['hash'] as Hex | undefined;
    if (hash === undefined) throw new RangeError(`the history has no node ${index} of level ${level}`);
    return hash;
  };

  return {
    node,

    load() {
      const row = read.get();
      if (row === undefined) return undefined;
      const tail = JSON.parse(row['tail'] as string) as Hex[];
      const history = historyOf(first, BigInt(row['count'] as number), node, tail);
      return { history, newest: row['newest'] as Hex };
    },

    save({ count, tail }, newest, nodes) {
      database.transaction(() => {
        for (const { level, index, hash } of nodes) insertNode.run(level, index, hash);
        database.exec('DELETE FROM anchor_history');
        insert.run(chain, first, count, JSON.stringify(tail), newest);
      });
    },
  };
}
