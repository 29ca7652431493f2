import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, it } from 'node:test';

import type { Anchor } from '../../../protocol/anchors/statement.ts';
import { createAttester } from '../../../relayer/pipeline/attester.ts';
import { stateAnchor, stateBatch, stateBounce } from '../../../relayer/state/statement.ts';
import { databaseFile, openDatabase } from '../../../relayer/store/database.ts';
import type { RecordDatabase } from '../../../relayer/store/record-database.ts';
import { type SigningHistory, openSigningHistory } from '../../../relayer/store/signing-history.ts';
import { countedSigner, deadline, hashOf, pair, productToken, transferOf } from '../support.ts';

describe('the signing history', () => {
  let directory: string;
  let database: RecordDatabase;
  let history: SigningHistory;
  const open = () => {
    database = openDatabase(directory);
    history = openSigningHistory(database);
  };
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'pegway-signing-history-'));
    open();
  });
  afterEach(() => {
    database.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('returns the first nonce of another content, and records nothing then', () => {
    assert.equal(history.record('lane', 4n, ['0xaa', '0xbb']), undefined);
    assert.equal(history.record('lane', 5n, ['0xcc', '0xdd']), 5n);
    assert.equal(history.record('lane', 6n, ['0xee']), undefined);
  });

  it('adds what is new of contents that it holds in part', () => {
    history.record('lane', 4n, ['0xaa']);
    assert.equal(history.record('lane', 3n, ['0x99', '0xaa', '0xbb']), undefined);
    assert.deepEqual(
      [3n, 4n, 5n].map((nonce) => history.get('lane', nonce)),
      ['0x99', '0xaa', '0xbb'],
    );
  });

  it('keeps contents after the process has ended', () => {
    history.record('lane', 0n, ['0xaa']);
    database.close();
    open();
    assert.equal(history.record('lane', 0n, ['0xbb']), 0n);
  });

  it('opens a database of the first release, and keeps its contents', () => {
    database.close();
    rmSync(directory, { recursive: true, force: true });
    openDatabase(directory).close();
    const old = new DatabaseSync(databaseFile(directory));
    old.exec(`
      CREATE TABLE journal (
        lane TEXT NOT NULL,
        nonce INTEGER NOT NULL,
        content TEXT NOT NULL,
        PRIMARY KEY (lane, nonce)
      ) STRICT, WITHOUT ROWID;
      INSERT INTO journal VALUES ('lane', 7, '0xaa')`);
    old.close();
    open();
    assert.equal(history.get('lane', 7n), '0xaa');
    assert.equal(history.record('lane', 6n, ['0x99', '0xbb']), 7n);
  });

  it('forgets a nonce once an operator has accepted another content', () => {
    history.record('lane', 0n, ['0xaa']);
    assert.equal(history.accept('lane', 0n), true);
    assert.equal(history.accept('lane', 0n), false);
    assert.equal(history.record('lane', 0n, ['0xbb']), undefined);
  });

  it('detects a content that another process records between its look and its transaction', () => {
    const other = openDatabase(directory);
    const together = database.transaction.bind(database);
    database.transaction = (action) => {
      database.transaction = together;
      openSigningHistory(other).record('lane', 1n, ['0xcc']);
      together(action);
    };
    assert.equal(history.record('lane', 0n, ['0xaa', '0xbb']), 1n);
    other.close();
    assert.equal(history.get('lane', 0n), undefined);
    assert.equal(history.get('lane', 1n), '0xcc');
  });

  describe('before the key', () => {
    const attesterOf = () => {
      const { signer, asked } = countedSigner();
      const seen: bigint[] = [];
      const attester = createAttester({
        ...{ signer, history, gate: { obstacle: () => undefined } },
        onSecondContent: (_, nonce) => seen.push(nonce),
      });
      return { attester, asked, seen };
    };

    it('prevents a signature over a second content for a nonce', async () => {
      const { attester, asked, seen } = attesterOf();
      await attester.sign(stateBatch(pair, 1n, [transferOf(0n), transferOf(1n)]));
      const other = stateBatch(pair, 2n, [transferOf(1n, { amount: 12n })]);
      await assert.rejects(attester.sign(other), { code: 'second-content' });
      assert.deepEqual(seen, [1n]);
      assert.equal(asked(), 1);
    });

    it('allows the same content in another signer epoch', async () => {
      const { attester, asked } = attesterOf();
      await attester.sign(stateBatch(pair, 1n, [transferOf(0n), transferOf(1n)]));
      await attester.sign(stateBatch(pair, 2n, [transferOf(1n)]));
      assert.equal(asked(), 2);
    });

    it('prevents a signature over a second hash for an anchored height, and none over another time', async () => {
      const { attester, asked } = attesterOf();
      const anchor = (change: Partial<Anchor> = {}) => {
        const content = { number: 7n, attestedAt: 1n, blockHash: hashOf(7), historyRoot: hashOf(8) };
        return stateAnchor({ chainId: 1, anchors: productToken, sourceChainId: 2 }, 1n, { ...content, ...change });
      };
      await attester.sign(anchor());
      await attester.sign(anchor({ attestedAt: 2n }));
      await attester.sign(anchor({ number: 8n, blockHash: hashOf(9) }));
      assert.equal(asked(), 3);
      await assert.rejects(attester.sign(anchor({ blockHash: hashOf(9) })), { code: 'second-content' });
      await assert.rejects(attester.sign(anchor({ historyRoot: hashOf(9) })), { code: 'second-content' });
      assert.equal(asked(), 3);
    });

    it('allows the bounce of the withdrawal that was signed, and of no other content', async () => {
      const redeem = transferOf(0n, { lane: { direction: 'withdraw', productToken } });
      const { attester, asked } = attesterOf();
      await attester.sign(stateBatch(pair, 1n, [redeem]));
      await attester.sign(stateBounce(pair, 1n, redeem, deadline));
      assert.equal(asked(), 2);
      const other = stateBounce(pair, 1n, { ...redeem, amount: 12n }, deadline);
      await assert.rejects(attester.sign(other), { code: 'second-content' });
      assert.equal(asked(), 2);
    });

    it('has nothing signed that the gate refuses, and no record of it', async () => {
      const { signer, asked } = countedSigner();
      const attester = createAttester({
        ...{ signer, history, gate: { obstacle: () => 'paused' as const } },
        onSecondContent: () => assert.fail(),
      });
      const batch = stateBatch(pair, 1n, [transferOf(0n)]);
      await assert.rejects(attester.sign(batch), { code: 'paused' });
      assert.equal(asked(), 0);
      assert.deepEqual(database.prepare('SELECT * FROM journal').all(), []);
    });
  });
});
