import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { type HistoryIndexerOptions, createHistoryIndexer } from '../../../relayer/history/history-indexer.ts';
import { createLedger } from '../../../relayer/state/ledger.ts';
import { openHistoryDatabase } from '../../../relayer/store/database.ts';
import { type History, openHistory } from '../../../relayer/store/history.ts';
import type { RecordDatabase } from '../../../relayer/store/record-database.ts';
import { laneKey } from '../../../protocol/lane.ts';
import { eventually } from '../../support/wait.ts';
import { bridges, lane, transferOf } from '../support.ts';

describe('the historyIndexer', () => {
  let directory: string;
  let database: RecordDatabase;
  let history: History;
  let ending: AbortController;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'pegway-historyIndexer-'));
    database = openHistoryDatabase(directory);
    history = openHistory({ database, deployment: 'a-b', mainBridge: bridges[0] });
    ending = new AbortController();
  });
  afterEach(() => {
    ending.abort();
    database.close();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Of a relayer that starts after the lane's only transfer was executed: no peg, and no node that answers. */
  const open = (warn: HistoryIndexerOptions['log']['warn']) => {
    const ledger = createLedger(lane);
    ledger.reset(1n, [], new Set(), 0);
    const side = { nodes: {}, source: { logRange: 10 }, background: (work: () => unknown) => work() };
    return createHistoryIndexer({
      bridges: {
        sides: { main: side, product: side },
        state: () => ({ pegs: new Map(), signers: [] }),
      } as unknown as HistoryIndexerOptions['bridges'],
      ledgers: new Map([[laneKey(lane), ledger]]),
      history,
      watches: { main: { head: undefined }, product: { head: undefined } },
      auditor: { missed: () => undefined },
      onIndexed: () => undefined,
      keepDays: undefined,
      log: { warn },
      now: () => 0,
      signal: ending.signal,
    });
  };

  it('lets nothing fail when the disk is full at a start, and writes what was executed unseen as soon as there is room', async () => {
    history.addDeparture(transferOf(0n), 1_800_000_000n, 'open');
    const setRoom = (room: boolean) => database.prepare(`PRAGMA query_only = ${room ? 0 : 1}`).get();
    setRoom(false);
    const warnings: string[] = [];
    const historyIndexer = open((_, message) => {
      warnings.push(message);
      setRoom(true);
    });
    const running = historyIndexer.run();
    await eventually('it is written', () => Promise.resolve(history.get(lane, 0n)?.status === 'executed'));
    assert.ok(warnings.includes('executions during downtime not indexed yet'));
    ending.abort();
    await running;
  });
});
