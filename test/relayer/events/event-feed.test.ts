import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';
import { type Hex, encodeAbiParameters, encodeEventTopics, numberToHex } from 'viem';

import { mainBridgeAbi, productBridgeAbi } from '../../../protocol/abi.ts';
import {
  type EventCursor,
  type EventsView,
  comparePositions,
  formatCursor,
  parseCursor,
} from '../../../protocol/events.ts';
import type { Side } from '../../../protocol/lane.ts';
import type { RpcLog } from '../../../protocol/proof/rpc-log.ts';
import { createEventFeed, isObstacle } from '../../../relayer/events/event-feed.ts';
import { createNotices } from '../../../relayer/events/notices.ts';
import { openHistory } from '../../../relayer/store/history.ts';
import { RecordDatabase } from '../../../relayer/store/record-database.ts';
import { bridges, holder, logOf, productToken } from '../support.ts';

interface Entry {
  readonly side: Side;
  readonly log: RpcLog;
  readonly timestamp: bigint;
}

const START = 1_800_000_000n;

/** A deposit on the main chain, and a batch with gaps on the product chain. */
function entryOf(side: Side, block: bigint, index: number, mask: bigint): Entry {
  const base = { ...logOf(block, index), address: side === 'main' ? bridges[0] : bridges[1] };
  const timestamp = START + (side === 'main' ? 12n : 2n) * block;
  if (side === 'main') {
    const args = { productToken, nonce: block * 100n + BigInt(index), depositor: holder };
    const topics = encodeEventTopics({ abi: mainBridgeAbi, eventName: 'MainTokenDeposited', args }) as Hex[];
    const types = ['address', 'uint256', 'uint256', 'uint64'].map((type) => ({ type }));
    const data = encodeAbiParameters(types, [holder, 5n, 10n, 0n]);
    return { side, timestamp, log: { ...base, topics, data } };
  }
  const args = { productToken, firstNonce: 7n };
  const topics = encodeEventTopics({ abi: productBridgeAbi, eventName: 'TransfersExecuted', args }) as Hex[];
  const types = ['uint256', 'uint32', 'bytes32'].map((type) => ({ type }));
  const data = encodeAbiParameters(types, [mask, 0b1111, numberToHex(1, { size: 32 })]);
  return { side, timestamp, log: { ...base, topics, data } };
}

/** One relayer: what it has read of each chain, and the feed that serves it. */
function relayer(entries: readonly Entry[]) {
  const database = new RecordDatabase(':memory:');
  const { events } = openHistory({ database, deployment: 'a-b', mainBridge: bridges[0] });
  const covered = { main: { low: 1n, high: 0n }, product: { low: 1n, high: 0n } };
  let isReversed = false;
  const feed = createEventFeed({
    store: events,
    chainIds: { main: 1, product: 2 },
    covered: (side) => covered[side],
    notices: createNotices(),
    isReversed: () => isReversed,
    ended: new AbortController().signal,
  });
  const add = (side: Side, from: bigint, to: bigint) => {
    for (const { log, timestamp, side: of } of entries) {
      const block = BigInt(log.blockNumber);
      if (of === side && block >= from && block <= to) events.add(side, { log, timestamp });
    }
  };
  return {
    ...{ feed, events, covered },
    reverse: () => void (isReversed = true),
    /** Reads new blocks. */
    advance(side: Side, to: bigint) {
      add(side, covered[side].high + 1n, to);
      covered[side] = { low: covered[side].low, high: to };
    },
    /** Loses its data and starts again at a block; older blocks are read later. */
    lose(side: Side, at: bigint) {
      covered[side] = { low: at + 1n, high: at };
    },
    backfill(side: Side, low: bigint) {
      add(side, low, covered[side].low);
      covered[side] = { low, high: covered[side].high };
    },
    close: () => database.close(),
  };
}

const served = (page: ReturnType<ReturnType<typeof relayer>['feed']['page']>): EventsView => {
  assert.ok(!isObstacle(page), 'served');
  return page;
};
const positionOf = (block: bigint) => ({ block, log: 0, item: 0 });

const LAST = 12n;
const chain = (side: Side) =>
  fc
    .uniqueArray(fc.tuple(fc.bigInt({ min: 1n, max: LAST }), fc.integer({ min: 0, max: 3 })), {
      selector: ([block, index]) => `${block}.${index}`,
      maxLength: 20,
    })
    .chain((places) =>
      fc.tuple(
        ...places.map(([block, index]) =>
          fc.bigInt({ min: 1n, max: 15n }).map((mask) => entryOf(side, block, index, mask)),
        ),
      ),
    );

const step = fc.record({
  action: fc.constantFrom('read', 'read', 'read', 'advance', 'lose', 'backfill'),
  at: fc.nat({ max: 1 }),
  side: fc.constantFrom<Side>('main', 'product'),
  blocks: fc.bigInt({ min: 1n, max: 4n }),
  limit: fc.integer({ min: 1, max: 7 }),
});

describe('the events of two relayers', () => {
  it('are served once each and in order, whichever relayer serves the next page', () => {
    fc.assert(
      fc.property(chain('main'), chain('product'), fc.array(step, { maxLength: 60 }), (main, product, steps) => {
        const entries = [...main, ...product];
        const all = [relayer(entries), relayer(entries)];
        for (const one of all)
          for (const side of ['main', 'product'] as const) one.covered[side] = { low: 0n, high: 0n };
        const ids: string[] = [];
        let cursor: EventCursor | undefined;
        const read = (index: number, limit: number): EventsView | undefined => {
          const page = all[index]?.feed.page(cursor, limit);
          if (page === undefined || isObstacle(page)) return undefined;
          assert.ok(page.events.length <= limit);
          for (const event of page.events) {
            assert.ok(cursor === undefined || comparePositions(event, cursor[event.side]) > 0, 'in order');
            cursor = parseCursor(event.cursor);
            ids.push(event.id);
          }
          cursor = parseCursor(page.cursor);
          return page;
        };

        for (const { action, at, side, blocks, limit } of steps) {
          const one = all[at];
          if (one === undefined) continue;
          const { low, high } = one.covered[side];
          if (action === 'read') read(at, limit);
          if (action === 'advance') one.advance(side, high + blocks < LAST ? high + blocks : LAST);
          if (action === 'lose') one.lose(side, high);
          if (action === 'backfill') one.backfill(side, low > blocks ? low - blocks : 0n);
        }
        for (const one of all) {
          for (const side of ['main', 'product'] as const) {
            one.advance(side, LAST);
            one.backfill(side, 0n);
          }
        }
        for (let turn = 0; read(turn % 2, 3)?.more !== false; turn++) assert.ok(turn < 1_000);

        const whole = served(relayerWith(entries).feed.page(undefined, 1_000)).events.map(({ id }) => id);
        assert.deepEqual(ids.toSorted(), whole.toSorted());
        assert.equal(new Set(ids).size, ids.length);
        for (const one of all) one.close();
      }),
      { numRuns: 200 },
    );
  });

  it('resume in the middle of a batch', () => {
    const one = relayerWith([entryOf('product', 3n, 1, 0b1101n)]);
    const { events } = served(one.feed.page(undefined, 2));
    assert.deepEqual(
      events.map(({ id, nonce, signers }) => ({ id, nonce, signers })),
      [
        { id: '2-3-1-0', nonce: 7n, signers: [0, 1, 2, 3] },
        { id: '2-3-1-2', nonce: 9n, signers: [0, 1, 2, 3] },
      ],
    );
    const rest = served(one.feed.page(parseCursor(events[1]?.cursor ?? ''), 2));
    assert.deepEqual(
      rest.events.map(({ id }) => id),
      ['2-3-1-3'],
    );
  });
});

const relayerWith = (entries: readonly Entry[]) => {
  const one = relayer(entries);
  for (const side of ['main', 'product'] as const) {
    one.advance(side, LAST);
    one.backfill(side, 0n);
  }
  return one;
};

describe('the event feed', () => {
  const entries = [1n, 5n, 9n].flatMap((block) => [entryOf('main', block, 0, 1n), entryOf('product', block, 0, 1n)]);

  it('serves nothing after a cursor ahead of it, and keeps that cursor', () => {
    const one = relayerWith(entries);
    const ahead: EventCursor = { main: positionOf(99n), product: positionOf(99n) };
    assert.deepEqual(one.feed.page(ahead, 10), { events: [], cursor: formatCursor(ahead), more: false });
  });

  it('refuses a cursor below the blocks that it has read, and serves one above', () => {
    const one = relayerWith(entries);
    one.lose('main', 8n);
    one.advance('main', LAST);
    assert.deepEqual(one.feed.page(undefined, 10), {
      kind: 'incomplete',
      blocks: { main: { low: 9n, high: LAST }, product: { low: 0n, high: LAST } },
    });
    const at = parseCursor('m8.4294967295.0_p5.0.0');
    assert.deepEqual(
      served(one.feed.page(at, 10)).events.map(({ id }) => id),
      ['2-9-0-0', '1-9-0-0'],
    );
  });

  it('refuses a cursor whose next events were deleted, with the oldest that it serves', () => {
    const one = relayerWith(entries);
    one.events.prune('main', START + 12n * 5n + 1n);
    const page = one.feed.page({ main: positionOf(4n), product: positionOf(0n) }, 10);
    assert.ok(isObstacle(page) && page.kind === 'expired');
    assert.equal(page.oldest, 'm5.4294967295.0_p0.0.0');
    const ids = (from: EventCursor | undefined) => served(one.feed.page(from, 10)).events.map(({ id }) => id);
    assert.deepEqual(ids(parseCursor(page.oldest)), ids(undefined));
    assert.ok(ids(undefined).includes('1-9-0-0'));
    assert.ok(!ids(undefined).includes('1-5-0-0'));
  });

  it('serves nothing after a finality reversal', () => {
    const one = relayerWith(entries);
    one.reverse();
    assert.deepEqual(one.feed.page(undefined, 10), { kind: 'reversed' });
  });
});
