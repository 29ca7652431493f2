import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { createAttester } from '../../../relayer/pipeline/attester.ts';
import { stateBatch } from '../../../relayer/state/statement.ts';
import { databaseFile, openDatabase } from '../../../relayer/store/database.ts';
import { openSigningHistory } from '../../../relayer/store/signing-history.ts';
import type { RecordDatabase } from '../../../relayer/store/record-database.ts';
import { limitFiles } from '../../support/file-limit.ts';
import { countedSigner, pair, transferOf } from '../support.ts';

describe('the database of records on a full disk', () => {
  let directory: string;
  let database: RecordDatabase;
  let told: string[];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'pegway-records-'));
    told = [];
    database = openDatabase(directory, {
      written: () => told.push('written'),
      failed: ({ code }) => told.push(code ?? ''),
    });
  });
  afterEach(() => {
    database.close();
    rmSync(directory, { recursive: true, force: true });
  });

  /** SQLite reports the same error for a database at its size limit as for a full disk. */
  const setRoom = (pages: number) => database.prepare(`PRAGMA max_page_count = ${pages}`).get();
  const long = `0x${'aa'.repeat(20_000)}` as const;

  it('throws what it could not record, and tells so; the next that it can, it records', () => {
    const journal = openSigningHistory(database);
    setRoom(1);
    told = [];
    assert.throws(() => journal.record('lane', 0n, [long]), { code: 'disk-full' });
    assert.deepEqual(told, ['disk-full']);
    assert.equal(journal.get('lane', 0n), undefined);

    setRoom(10_000);
    assert.equal(journal.record('lane', 0n, ['0xbb']), undefined);
    assert.equal(told.at(-1), 'written');
    assert.equal(journal.get('lane', 0n), '0xbb');
  });

  it('cannot be opened, and can as soon as there is room: not what a wrong configuration is', () => {
    const other = join(directory, 'other');
    limitFiles(process.pid, 'full');
    try {
      assert.throws(() => openDatabase(other), { code: 'disk-full', exitCode: 1 });
    } finally {
      limitFiles(process.pid, 'room');
    }
    openDatabase(other).close();
    assert.throws(() => openDatabase(join(databaseFile(directory), 'no folder')), { exitCode: 2 });
  });

  it('is told of no write before all of it is on the disk', () => {
    database.exec('CREATE TABLE things (name TEXT)');
    const add = database.prepare('INSERT INTO things VALUES (?)');
    told = [];
    database.transaction(() => {
      add.run('one');
      add.run('two');
      assert.deepEqual(told, []);
    });
    assert.deepEqual(told, ['written']);
  });

  it('leaves another fault as it is, and nothing of what was begun', () => {
    database.exec('CREATE TABLE things (name TEXT UNIQUE)');
    const add = database.prepare('INSERT INTO things VALUES (?)');
    told = [];
    assert.throws(
      () =>
        database.transaction(() => {
          add.run('one');
          add.run('one');
        }),
      /UNIQUE/,
    );
    assert.deepEqual(told, []);
    assert.equal(database.prepare('SELECT * FROM things').all().length, 0);
  });

  it('has nothing signed that it did not record', async () => {
    const { signer, asked } = countedSigner();
    const gate = { obstacle: () => undefined };
    const history = openSigningHistory(database);
    const attester = createAttester({ signer, gate, history, onSecondContent: () => undefined });
    const many = Array.from({ length: 256 }, (_, nonce) => transferOf(BigInt(nonce)));
    setRoom(1);
    await assert.rejects(attester.sign(stateBatch(pair, 1n, many)), { code: 'disk-full' });
    assert.equal(asked(), 0);

    setRoom(10_000);
    await attester.sign(stateBatch(pair, 1n, many));
    assert.equal(asked(), 1);
  });
});
