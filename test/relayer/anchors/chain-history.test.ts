import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { append, emptyHistory, historyRootOf, includesBlock } from '../../../protocol/anchors/history.ts';
import type { RpcHeader } from '../../../protocol/proof/header.ts';
import { type ChainHistory, createChainHistory } from '../../../relayer/anchors/chain-history.ts';
import { openAnchorStore } from '../../../relayer/store/anchor-store.ts';
import { openHistoryDatabase } from '../../../relayer/store/database.ts';
import type { RecordDatabase } from '../../../relayer/store/record-database.ts';
import { type Node, chainOf, fakeChain, headOf, honest } from './fake-chain.ts';

const FIRST = 5n;
const LENGTH = 1_400;
const main = chainOf(LENGTH);
/** The same chain up to block 699, another one from block 700 on. */
const rewritten = chainOf(LENGTH, 1, 700);

describe('the history of the product chain', () => {
  let folder: string;
  let database: RecordDatabase;
  let headers: readonly RpcHeader[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pegway-anchors-'));
    database = openHistoryDatabase(folder);
    headers = main;
  });
  afterEach(() => {
    database.close();
    rmSync(folder, { recursive: true });
  });

  const open = (nodes?: readonly Node[], first = FIRST) => {
    const { chain, counts } = fakeChain(() => headers, nodes);
    const store = openAnchorStore(database, 'a chain', first);
    return { history: createChainHistory({ chain, first, store }), counts };
  };
  const headAt = (number: number) => headOf(headers[number]!);
  const readTo = async (history: ChainHistory, number: number): Promise<void> => {
    while (await history.advance(headAt(number)));
  };
  const expected = (number: number, chain = main) => {
    const hashes = chain.slice(Number(FIRST), number + 1).map(({ hash }) => hash);
    return { blockHash: hashes.at(-1), historyRoot: historyRootOf(append(emptyHistory(FIRST), hashes)) };
  };

  it('commits to every block from the first one on, whatever heads were read', async () => {
    for (const heads of [[1_399], [5, 6, 260, 261, 900, 1_399], [5, 5, 4, 1_200, 700, 1_399]]) {
      database.exec('DROP TABLE IF EXISTS anchor_nodes; DROP TABLE IF EXISTS anchor_history;');
      const { history } = open();
      for (const head of heads) await readTo(history, head);
      assert.equal(history.head(), 1_399n);
      assert.deepEqual(await history.commit(1_399n), expected(1_399));
    }
  });

  it('commits to earlier heights as well, in the tail and in older groups', async () => {
    const { history } = open();
    await readTo(history, 1_399);
    for (const number of [5, 6, 260, 261, 516, 517, 700, 1_284, 1_285, 1_350]) {
      assert.deepEqual(await history.commit(BigInt(number)), expected(number), `at ${number}`);
    }
    await assert.rejects(history.commit(1_400n), { code: 'not-final' });
    await assert.rejects(history.commit(4n), { code: 'not-final' });
  });

  it('continues after a restart with what was stored, and reads nothing twice', async () => {
    await readTo(open().history, 900);
    const { history, counts } = open();
    assert.equal(history.head(), 900n);
    await readTo(history, 910);
    assert.equal(counts.headers, 10);
    assert.deepEqual(await history.commit(910n), expected(910));
  });

  it('begins anew when the first block is another one', async () => {
    await readTo(open().history, 900);
    const { history } = open(undefined, 7n);
    assert.equal(history.head(), 6n);
  });

  it('proves blocks against any height that was read', async () => {
    const { history } = open();
    await readTo(history, 1_399);
    for (const [number, height] of [
      [1_399, 1_399],
      [1_399, 5],
      [1_399, 700],
      [1_300, 1_290],
      [900, 600],
      [600, 600],
    ] as const) {
      const { blockHash, proof } = await history.prove(BigInt(number), BigInt(height));
      const root = expected(number).historyRoot;
      const claim = { root, first: FIRST, number: BigInt(number), height: BigInt(height), blockHash, proof };
      assert.equal(blockHash, main[height]!.hash);
      assert.ok(includesBlock(claim), `block ${height} at ${number}`);
    }
    await assert.rejects(history.prove(600n, 601n), { code: 'not-final' });
  });

  describe('with nodes that lie', () => {
    const change =
      (number: number, changed: Partial<RpcHeader>): Node =>
      (header) =>
        Number(header.number) === number ? { ...header, ...changed } : header;
    const lies: readonly (readonly [string, Node])[] = [
      ['about a parent', change(600, { parentHash: `0x${'11'.repeat(32)}` })],
      ['about a hash', change(600, { stateRoot: `0x${'11'.repeat(32)}`, hash: main[600]!.hash })],
      ['about a height', (header) => main[Number(header.number) === 600 ? 599 : Number(header.number)]!],
      ['with another chain', (header) => rewritten[Number(header.number)]!],
      ['by having no block', (header) => (Number(header.number) === 600 ? null : header)],
      ['with no header', (header) => (Number(header.number) === 600 ? ({} as RpcHeader) : header)],
    ];
    for (const [name, lie] of lies) {
      it(`reads from another node when one lies ${name}`, async () => {
        const { history } = open([lie, honest]);
        await readTo(history, 1_399);
        assert.deepEqual(await history.commit(1_399n), expected(1_399));
      });

      it(`reads nothing further when all lie ${name}`, async () => {
        const { history } = open([lie]);
        await assert.rejects(readTo(history, 1_399));
        assert.equal(history.head(), FIRST - 1n);
      });
    }

    it('trusts no stated hash: it is computed from the fields', async () => {
      const { history } = open([(header) => ({ ...header, hash: `0x${'22'.repeat(32)}` })]);
      await readTo(history, 1_399);
      assert.deepEqual(await history.commit(1_399n), expected(1_399));
    });
  });

  describe('of a chain that is rewritten below a final block', () => {
    it('signs nothing from then on, and reports the two hashes', async () => {
      const { history } = open();
      await readTo(history, 900);
      await history.commit(900n);
      assert.deepEqual(history.known(900n), expected(900));
      headers = rewritten;
      await assert.rejects(history.advance(headAt(950)), {
        code: 'finality-reversed',
        message: new RegExp(`block 900 was final with hash ${main[900]!.hash}`),
      });
      assert.equal(history.known(900n), 'finality-reversed');
      await assert.rejects(history.commit(900n), { code: 'finality-reversed' });
      headers = main;
      await assert.rejects(history.advance(headAt(950)), { code: 'finality-reversed' });
    });

    it('finds it after a restart as well', async () => {
      await readTo(open().history, 900);
      headers = rewritten;
      await assert.rejects(open().history.advance(headAt(950)), { code: 'finality-reversed' });
    });

    it('reads no older group as another chain has it', async () => {
      const { history } = open();
      await readTo(history, 1_399);
      headers = rewritten;
      await assert.rejects(history.prove(1_399n, 750n), RangeError);
      await assert.rejects(history.commit(800n), RangeError);
    });
  });

  it('keeps a commitment from the signing gate until it is computed, and while it is refused', async () => {
    const { history } = open();
    await readTo(history, 900);
    assert.equal(history.known(900n), 'not-final');
    await history.commit(900n);
    assert.deepEqual(history.known(900n), expected(900));
    history.refuse('digest-mismatch');
    assert.equal(history.known(900n), 'digest-mismatch');
    history.refuse(undefined);
    assert.deepEqual(history.known(900n), expected(900));
  });
});
