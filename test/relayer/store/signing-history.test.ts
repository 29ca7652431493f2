import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { createAttester } from '../../../relayer/pipeline/attester.ts';
import { stateBatch } from '../../../relayer/state/statement.ts';
import { openDatabase } from '../../../relayer/store/database.ts';
import { openJournal } from '../../../relayer/store/signing-history.ts';
import { bridges, countedSigner, transferOf } from '../support.ts';

describe('the signing journal', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'pegway-journal-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('names the first nonce of another content, and records nothing then', () => {
    const journal = openJournal(openDatabase(directory));
    assert.equal(journal.record('lane', 4n, ['0xaa', '0xbb']), undefined);
    assert.equal(journal.record('lane', 5n, ['0xcc', '0xdd']), 5n);
    assert.equal(journal.record('lane', 6n, ['0xee']), undefined);
  });

  it('remembers after the process has ended', () => {
    const database = openDatabase(directory);
    openJournal(database).record('lane', 0n, ['0xaa']);
    database.close();
    assert.equal(openJournal(openDatabase(directory)).record('lane', 0n, ['0xbb']), 0n);
  });

  it('forgets a nonce that a human lets go on', () => {
    const journal = openJournal(openDatabase(directory));
    journal.record('lane', 0n, ['0xaa']);
    assert.equal(journal.accept('lane', 0n), true);
    assert.equal(journal.accept('lane', 0n), false);
    assert.equal(journal.record('lane', 0n, ['0xbb']), undefined);
  });

  it('stands before the key: a second content for a nonce is not signed', async () => {
    const { signer, asked } = countedSigner();
    const told: bigint[] = [];
    const attester = createAttester({
      signer,
      journal: openJournal(openDatabase(directory)),
      onSecondContent: (_, nonce) => told.push(nonce),
    });
    const pair = { main: { chainId: 1, bridge: bridges[0] }, product: { chainId: 2, bridge: bridges[1] } };
    await attester.batch(stateBatch(pair, 1n, [transferOf(0n), transferOf(1n)]));
    const other = stateBatch(pair, 2n, [transferOf(1n, { amount: 12n })]);
    await assert.rejects(attester.batch(other), { code: 'second-content' });
    assert.deepEqual(told, [1n]);
    assert.equal(asked(), 1);

    // The same content in another signer epoch is signed anew.
    await attester.batch(stateBatch(pair, 2n, [transferOf(1n)]));
    assert.equal(asked(), 2);
  });
});
