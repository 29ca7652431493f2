import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { openHistoryDatabase } from '../../../relayer/store/database.ts';
import { type History, openHistory } from '../../../relayer/store/history.ts';
import { pageQuery } from '../../../relayer/store/history-query.ts';
import type { RecordDatabase } from '../../../relayer/store/record-database.ts';
import { type Lane, directions, statuses } from '../../../protocol/lane.ts';
import { bridges, holder, productToken, transferOf } from '../support.ts';

const [mainBridge, stranger] = bridges;
const otherToken = stranger;

/** Every possible query. */
const subjects = [
  ...[undefined, holder, stranger].map((account) => ({ account, productToken: undefined })),
  ...[productToken, otherToken].map((token) => ({ account: undefined, productToken: token })),
];
const filters = subjects.flatMap((subject) =>
  [undefined, ...directions].flatMap((direction) =>
    [undefined, ...statuses].map((status) => ({ ...subject, direction, status })),
  ),
);

const isRare = ({ status }: (typeof filters)[number]) => status !== undefined && status !== 'executed';

describe('a list of the history', () => {
  let directory: string;
  let database: RecordDatabase;
  let history: History;
  const open = () => {
    database = openHistoryDatabase(directory);
    history = openHistory({ database, deployment: 'a-b', mainBridge });
  };
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'pegway-history-'));
    open();
  });
  afterEach(() => {
    database.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const plan = (query: string, parameters: Record<string, string | number>) =>
    database
      .prepare(`EXPLAIN QUERY PLAN ${query}`)
      .all(parameters)
      .map(({ detail }) => String(detail));
  const isSeekedFor = (filter: (typeof filters)[number]) => {
    const account = filter.account === undefined ? undefined : { account: filter.account };
    const token = filter.productToken === undefined ? undefined : { productToken: filter.productToken };
    const steps = plan(pageQuery(filter), { at: 1, id: 1, limit: 1, ...account, ...token });
    return (
      steps.every((step) => !/SCAN|TEMP B-TREE/.test(step)) &&
      steps.some((step) => step.includes(' INDEX history_')) &&
      isRare(filter) === steps.some((step) => step.includes(' INDEX history_unexecuted '))
    );
  };

  it('is read by an index, without a scan and without sorting, whatever is asked for', () => {
    for (const filter of filters) assert.ok(isSeekedFor(filter), JSON.stringify(filter));
  });

  it('is so, too, of a data folder of an earlier release', () => {
    for (const { name } of database.prepare("SELECT name FROM sqlite_master WHERE name LIKE 'history_newest%'").all()) {
      database.exec(`DROP INDEX ${String(name)}`);
    }
    database.exec('CREATE INDEX history_by_status ON history_transfers (status, at, id)');
    history.addDeparture(transferOf(0n), 5n, 'open');
    assert.equal(
      isSeekedFor({ account: undefined, productToken: undefined, direction: 'mint', status: undefined }),
      false,
    );
    database.close();

    open();
    for (const filter of filters) assert.ok(isSeekedFor(filter), JSON.stringify(filter));
    assert.equal(history.list({ limit: 9 }).length, 1);
  });

  it('holds what was asked for, newest first, each once, page by page', () => {
    const transfers = Array.from({ length: 120 }, (_, index) => {
      const direction = directions[index % 2] ?? 'mint';
      const lane: Lane = { direction, productToken: index % 4 < 2 ? productToken : otherToken };
      // Some to oneself, some of others.
      const parties = { sender: index % 3 === 0 ? stranger : holder, recipient: index % 5 === 0 ? stranger : holder };
      return {
        ...{ transfer: transferOf(BigInt(index), { lane, ...parties }), status: statuses[index % 4] ?? 'open' },
        at: BigInt(Math.floor(index / 7)),
      };
    });
    history.transaction(() => {
      for (const { transfer, at, status } of transfers) history.addDeparture(transfer, at, status);
    });
    for (const { account, productToken: token, direction, status } of filters) {
      const expected = transfers
        .filter(({ transfer }) => account === undefined || [transfer.sender, transfer.recipient].includes(account))
        .filter(({ transfer }) => token === undefined || transfer.lane.productToken === token)
        .filter(({ transfer }) => direction === undefined || transfer.lane.direction === direction)
        .filter((one) => status === undefined || one.status === status)
        .map(({ transfer }) => transfer.nonce)
        .reverse();
      const found: bigint[] = [];
      for (let before: { at: bigint; id: number } | undefined; ;) {
        const page = history.list({ account, productToken: token, direction, status, limit: 7, before });
        found.push(...page.map(({ transfer }) => transfer.nonce));
        const last = page.at(-1);
        if (last === undefined) break;
        before = { at: last.departedAt, id: last.id };
      }
      assert.deepEqual(found, expected, JSON.stringify({ account, token, direction, status }));
    }
  });
});
