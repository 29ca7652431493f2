import type { Address } from 'viem';

import type { Side } from '../../protocol/lane.ts';
import { stringify } from '../../protocol/json.ts';
import type { RewardFact } from '../../protocol/rewards.ts';
import type { RecordDatabase } from './record-database.ts';

/** A fact at its place in the chain. */
export interface PlacedFact {
  readonly block: bigint;
  /** Index of the log in its block. */
  readonly log: number;
  readonly fact: RewardFact;
  /** The bridge's first event: nothing is older. */
  readonly isFirst: boolean;
}

/** Final blocks of one chain with stored facts, both ends included. */
export interface FactRange {
  readonly low: bigint;
  readonly high: bigint;
  /** Every event before this time, in seconds, was read; 0 while that is unknown. */
  readonly until: bigint;
}

/** Facts from which rewards are computed. They can be read again from the chains: losing them costs time. */
export interface RewardsStore {
  range(side: Side): FactRange | undefined;
  /** Stores the facts of a range that extends the known one, and the extended range, atomically. */
  extend(side: Side, range: FactRange, facts: readonly PlacedFact[]): void;
  /** True when the facts of a side reach back to the bridge's first event. */
  isComplete(side: Side): boolean;
  /** Up to `limit` facts of a side in chain order, after the one at `after`. */
  page(side: Side, after: Place | undefined, limit: number): readonly PlacedFact[];
  /** Sum of the fees that left the pots of a side, in main base units, by peg. */
  moved(side: Side): ReadonlyMap<Address, bigint>;
  /** Forgets everything, so that it is read again. */
  clear(): void;
}

export type Place = Pick<PlacedFact, 'block' | 'log'>;

const schema = `
  CREATE TABLE IF NOT EXISTS rewards_facts (
    side TEXT NOT NULL, block INTEGER NOT NULL, log INTEGER NOT NULL, first INTEGER NOT NULL, fact TEXT NOT NULL,
    PRIMARY KEY (side, block, log)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS rewards_read (
    side TEXT PRIMARY KEY, low INTEGER NOT NULL, high INTEGER NOT NULL, until INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS rewards_moved (
    side TEXT NOT NULL, peg TEXT NOT NULL, amount TEXT NOT NULL, PRIMARY KEY (side, peg)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS rewards_deployment (name TEXT NOT NULL) STRICT;`;

/** @param deployment Identifies the pair of bridges: facts of another pair are deleted. */
export function openRewardsStore(database: RecordDatabase, deployment: string): RewardsStore {
  database.exec(schema);
  const clear = (): void => {
    database.transaction(() =>
      database.exec('DELETE FROM rewards_facts; DELETE FROM rewards_read; DELETE FROM rewards_moved;'),
    );
  };
  if (database.prepare('SELECT name FROM rewards_deployment').get()?.['name'] !== deployment) {
    clear();
    database.exec('DELETE FROM rewards_deployment');
    database.prepare('INSERT INTO rewards_deployment (name) VALUES (?)').run(deployment);
  }

  const readRange = database.prepare('SELECT low, high, until FROM rewards_read WHERE side = ?');
  const writeRange = database.prepare(
    'INSERT OR REPLACE INTO rewards_read (side, low, high, until) VALUES (?, ?, ?, ?)',
  );
  const insert = database.prepare(
    'INSERT OR IGNORE INTO rewards_facts (side, block, log, first, fact) VALUES (?, ?, ?, ?, ?)',
  );
  const first = database.prepare('SELECT 1 FROM rewards_facts WHERE side = ? AND first = 1 LIMIT 1');
  const select = database.prepare(
    'SELECT block, log, first, fact FROM rewards_facts WHERE side = ? AND (block, log) > (?, ?) ORDER BY block, log LIMIT ?',
  );

  const readMoved = database.prepare('SELECT peg, amount FROM rewards_moved WHERE side = ?');
  const writeMoved = database.prepare('INSERT OR REPLACE INTO rewards_moved (side, peg, amount) VALUES (?, ?, ?)');
  const moved = (side: Side): Map<Address, bigint> =>
    new Map(readMoved.all(side).map((row) => [row['peg'] as Address, BigInt(row['amount'] as string)]));

  return {
    clear,
    moved,

    range(side) {
      const row = readRange.get(side);
      if (row === undefined) return undefined;
      const [low, high, until] = ['low', 'high', 'until'].map((name) => BigInt(row[name] as number)) as [
        bigint,
        bigint,
        bigint,
      ];
      return { low, high, until };
    },

    extend(side, { low, high, until }, facts) {
      database.transaction(() => {
        for (const { block, log, isFirst, fact } of facts)
          insert.run(side, block, log, isFirst ? 1 : 0, stringify(fact));
        const sums = moved(side);
        for (const { fact } of facts) {
          if (fact.kind !== 'collected' && fact.kind !== 'departed') continue;
          sums.set(fact.productToken, (sums.get(fact.productToken) ?? 0n) + fact.amount);
        }
        for (const [peg, amount] of sums) writeMoved.run(side, peg, amount.toString());
        writeRange.run(side, low, high, until);
      });
    },

    isComplete: (side) => first.get(side) !== undefined,

    page(side, after, limit) {
      return select.all(side, after?.block ?? -1n, after?.log ?? -1, limit).map((row) => ({
        block: BigInt(row['block'] as number),
        log: Number(row['log']),
        isFirst: row['first'] === 1,
        fact: parseFact(row['fact'] as string),
      }));
    },
  };
}

const BIGINTS = new Set(['at', 'firstNonce', 'mask', 'nonce', 'amount']);

const parseFact = (text: string): RewardFact =>
  JSON.parse(text, (key, value: unknown) => (BIGINTS.has(key) ? BigInt(value as string) : value)) as RewardFact;
