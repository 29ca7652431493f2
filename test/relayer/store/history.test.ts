import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { openHistoryDatabase } from '../../../relayer/store/database.ts';
import { type History, type Settlement, openHistory } from '../../../relayer/store/history.ts';
import type { RecordDatabase } from '../../../relayer/store/record-database.ts';
import type { Lane } from '../../../protocol/lane.ts';
import { bridges, holder, lane, productToken, transferOf } from '../support.ts';

const [mainBridge, stranger] = bridges;
const withdrawLane: Lane = { direction: 'withdraw', productToken };
/** Noon of a day, so that minutes, hours and days begin with it. */
const NOON = 1_800_000_000n - (1_800_000_000n % 86_400n) + 43_200n;

const settlement = (changes: Partial<Settlement> = {}): Settlement => ({
  status: 'executed',
  transactionHash: `0x${'11'.repeat(32)}`,
  blockNumber: 500n,
  at: NOON + 10n,
  signerMask: 0b1111,
  ...changes,
});

describe('the history', () => {
  let directory: string;
  let database: RecordDatabase;
  let history: History;
  const open = (deployment = 'a-b') => openHistory({ database, deployment, mainBridge });
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'pegway-history-'));
    database = openHistoryDatabase(directory);
    history = open();
  });
  afterEach(() => {
    database.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const nonces = (limit: number, before?: { at: bigint; id: number }) =>
    history.list({ limit, before }).map(({ transfer }) => transfer.nonce);

  it('does not mind in which order a departure and its settlement come, or how often', () => {
    const tell = [
      () => history.addDeparture(transferOf(0n), NOON, 'open'),
      () => history.addSettlements(lane, [0n], settlement()),
      () => history.addSettlements(lane, [1n], settlement()),
      () => history.addDeparture(transferOf(1n), NOON, 'open'),
    ];
    for (const one of [...tell, ...tell]) one();
    for (const nonce of [0n, 1n]) {
      const item = history.get(lane, nonce);
      assert.equal(item?.status, 'executed');
      assert.equal(item.executedBlock, 500n);
      assert.equal(item.executedAt, NOON + 10n);
      assert.equal(item.signerMask, 0b1111);
    }
    assert.equal(history.countSettled(lane, 2n), 2);
    assert.equal(history.countSettled(lane, 1n), 1);
  });

  it('keeps the first word on a settlement: a transfer ends once', () => {
    history.addDeparture(transferOf(0n), NOON, 'open');
    history.addSettlements(lane, [0n], settlement());
    history.addSettlements(lane, [0n], settlement({ status: 'bounced', blockNumber: 501n }));
    assert.equal(history.get(lane, 0n)?.status, 'executed');
    assert.equal(history.get(lane, 0n)?.executedBlock, 500n);
  });

  it('tells what was executed while nobody looked, without inventing by whom', () => {
    history.addDeparture(transferOf(0n), NOON, 'open');
    history.addDeparture(transferOf(1n), NOON, 'parked');
    history.reconcile(lane, (nonce) => (nonce === 0n ? 'executed' : 'parked'));
    assert.equal(history.get(lane, 0n)?.status, 'executed');
    assert.equal(history.get(lane, 0n)?.executedTransaction, undefined);
    assert.equal(history.get(lane, 1n)?.status, 'parked');
  });

  it('says from which nonce on nothing is missing', () => {
    assert.equal(history.completeFrom(lane, 6n), 6n);
    for (const nonce of [5n, 4n, 2n]) history.addDeparture(transferOf(nonce), NOON, 'open');
    assert.equal(history.completeFrom(lane, 6n), 4n);
    history.addDeparture(transferOf(3n), NOON, 'open');
    assert.equal(history.completeFrom(lane, 6n), 2n);
    for (const nonce of [0n, 1n]) history.addDeparture(transferOf(nonce), NOON, 'open');
    assert.equal(history.completeFrom(lane, 6n), 0n);
  });

  it('writes all of a group or nothing', () => {
    assert.throws(() =>
      history.transaction(() => {
        history.addDeparture(transferOf(0n), NOON, 'open');
        throw new Error('killed');
      }),
    );
    assert.equal(history.get(lane, 0n), undefined);
  });

  it('pages by time, newest departure first, also what was read back later', () => {
    for (const nonce of [3n, 4n, 0n, 1n, 2n]) history.addDeparture(transferOf(nonce), NOON + nonce, 'open');
    assert.deepEqual(nonces(2), [4n, 3n]);
    const last = history.list({ limit: 2 }).at(-1);
    assert.ok(last !== undefined);
    assert.deepEqual(nonces(9, { at: last.departedAt, id: last.id }), [2n, 1n, 0n]);
  });

  it('finds what an account sent or received, each once', () => {
    history.addDeparture(transferOf(0n, { sender: stranger }), NOON, 'open');
    history.addDeparture(transferOf(1n, { recipient: stranger }), NOON + 1n, 'open');
    history.addDeparture(transferOf(2n, { sender: stranger, recipient: stranger }), NOON + 2n, 'open');
    history.addDeparture(transferOf(3n), NOON + 3n, 'open');
    const of = (account: `0x${string}`, limit = 9) =>
      history.list({ account, limit }).map(({ transfer }) => transfer.nonce);
    assert.deepEqual(of(stranger), [2n, 1n, 0n]);
    assert.deepEqual(of(stranger, 2), [2n, 1n]);
    assert.deepEqual(of(holder), [3n, 1n, 0n]);
  });

  it('forgets what it knew of another pair of bridges, and nothing else', () => {
    history.addDeparture(transferOf(0n), NOON, 'open');
    history.setCoveredRange('main', { low: 0n, high: 9n });
    assert.deepEqual(open().coveredRange('main'), { low: 0n, high: 9n });
    const other = open('c-d');
    assert.equal(other.coveredRange('main'), undefined);
    assert.equal(other.get(lane, 0n), undefined);
    assert.equal(other.countSettled(lane, 9n), 0);
  });

  describe('of what pegs hold', () => {
    const anchorAt = (block: bigint, locked: bigint, supply: bigint) =>
      history.totals.anchor(productToken, { locked, supply, blocks: { main: block, product: block } });
    const points = (resolution: 'minute' | 'hour' | 'day' = 'minute', limit = 100) =>
      history.totals
        .points(productToken, resolution, limit)
        .map(({ at, locked, supply }) => [at - NOON, locked, supply]);

    /** 5 locked and 10 minted; then 2 burned and 1 paid, an hour later. */
    const story = () => {
      history.addDeparture(transferOf(0n), NOON, 'open');
      history.addSettlements(lane, [0n], settlement({ at: NOON + 70n }));
      const back = transferOf(0n, { lane: withdrawLane, sourceAmount: 2n, amount: 1n, blockNumber: 600n });
      history.addDeparture(back, NOON + 3_600n, 'open');
      history.addSettlements(withdrawLane, [0n], settlement({ at: NOON + 3_610n, blockNumber: 700n }));
    };
    const expected = [
      [0n, 5n, 0n],
      [70n, 5n, 10n],
      [3_610n, 4n, 8n],
    ];

    it('knows nothing before the chains have said where they stand', () => {
      story();
      assert.deepEqual(points(), []);
    });

    it('counts back from where the chains stand', () => {
      story();
      anchorAt(700n, 4n, 8n);
      assert.deepEqual(points(), expected);
      assert.deepEqual(points('hour'), [
        [70n, 5n, 10n],
        [3_610n, 4n, 8n],
      ]);
      assert.deepEqual(points('day'), [[3_610n, 4n, 8n]]);
      assert.deepEqual(points('minute', 2), expected.slice(1));
    });

    it('adds what comes after that, once', () => {
      anchorAt(0n, 0n, 0n);
      story();
      story();
      assert.deepEqual(points(), expected);
      assert.deepEqual(history.totals.now(productToken), { locked: 4n, supply: 8n });
    });

    it('has the newest points right however little was read back', () => {
      const back = transferOf(0n, { lane: withdrawLane, sourceAmount: 2n, amount: 1n, blockNumber: 600n });
      history.addDeparture(back, NOON + 3_600n, 'open');
      anchorAt(700n, 4n, 8n);
      assert.deepEqual(points(), [[3_600n, 4n, 8n]]);
    });

    it('a bounce locks nothing, and pays nothing', () => {
      anchorAt(0n, 4n, 8n);
      history.addDeparture(transferOf(1n, { sender: mainBridge }), NOON, 'open');
      history.addDeparture(transferOf(0n, { lane: withdrawLane, sourceAmount: 0n, amount: 0n }), NOON, 'open');
      history.addSettlements(withdrawLane, [0n], settlement({ status: 'bounced', signerMask: undefined }));
      assert.deepEqual(history.totals.now(productToken), { locked: 4n, supply: 8n });
    });

    it('keeps a day of minutes and 90 days of hours, and every day', () => {
      const DAY = 86_400n;
      for (let day = 0n; day < 100n; day++) history.addDeparture(transferOf(day), NOON + day * DAY, 'open');
      anchorAt(1_000n, 500n, 0n);
      assert.deepEqual(points(), [[99n * DAY, 500n, 0n]]);
      assert.equal(points('hour', 1_000).length, 90);
      assert.equal(points('day', 1_000).length, 100);
      assert.deepEqual(points('day', 1_000)[0], [0n, 5n, 0n]);
    });

    it('does not take in again what is too old to keep', () => {
      history.addDeparture(transferOf(1n), NOON + 200_000n, 'open');
      history.addDeparture(transferOf(0n), NOON, 'open');
      anchorAt(1_000n, 10n, 0n);
      assert.deepEqual(points(), [[200_000n, 10n, 0n]]);
    });
  });
});
