import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import * as fc from 'fast-check';
import { type Abi, type AbiParameter, type Hex, encodeAbiParameters, encodeEventTopics, toEventSelector } from 'viem';

import { anchorsAbi, exitsAbi, mainBridgeAbi, productBridgeAbi, rewardsAbi } from '../../protocol/abi.ts';
import {
  type EventPosition,
  beforeBlock,
  comparePositions,
  eventsOf,
  formatCursor,
  parseCursor,
} from '../../protocol/events.ts';
import { logOf, productToken } from '../relayer/support.ts';

/** An item of an ABI, as far as it is read here. */
interface Emitted {
  readonly type: string;
  readonly name: string;
  readonly inputs: readonly (AbiParameter & { readonly name: string; readonly indexed?: boolean })[];
}

const position: fc.Arbitrary<EventPosition> = fc.record(
  {
    block: fc.bigInt({ min: 0n, max: 10n ** 15n - 1n }),
    log: fc.integer({ min: 0, max: 4_294_967_294 }),
    item: fc.integer({ min: 0, max: 255 }),
  },
  { noNullPrototype: true },
);

describe('a cursor', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(position, position, (main, product) => {
        assert.deepEqual(parseCursor(formatCursor({ main, product })), { main, product });
      }),
    );
  });

  it('is refused in any other form', () => {
    for (const text of [
      '',
      'm1.2.3',
      'm1.2.3_p1.2',
      'p1.2.3_m1.2.3',
      'm1.2.3_p1.2.3 ',
      'm-1.2.3_p1.2.3',
      'm1e3.2.3_p1.2.3',
    ])
      assert.equal(parseCursor(text), undefined, text);
  });

  it('before a block follows all of the block below, and precedes all of the block', () => {
    fc.assert(
      fc.property(position, ({ block, log, item }) => {
        assert.ok(comparePositions(beforeBlock(block + 1n), { block, log, item }) >= 0);
        assert.ok(comparePositions(beforeBlock(block + 1n), { block: block + 1n, log: 0, item: 0 }) < 0);
      }),
    );
  });
});

describe('the events of a log', () => {
  const timestamp = 1_800_000_000n;
  /** Never emitted; older than the bridge, perhaps. */
  const leftOut = ['EIP712DomainChanged', 'PayoutChanged'];

  it('have a kind for each event of both bridges and of the contracts that the main bridge names', () => {
    for (const [side, abi] of [
      ['main', mainBridgeAbi],
      ['product', productBridgeAbi],
      ...[rewardsAbi, exitsAbi, anchorsAbi].map((abi) => ['main', abi] as const),
    ] as const) {
      const unknown = (abi as unknown as readonly Emitted[]).flatMap((item) => {
        if (item.type !== 'event' || leftOut.includes(item.name)) return [];
        const zero = (type: string): unknown =>
          type.endsWith('[]')
            ? []
            : type === 'address'
              ? productToken
              : type.startsWith('bytes')
                ? `0x${'00'.repeat(Number(type.slice(5) || 0))}`
                : type === 'tuple'
                  ? { governanceDelay: 0, parkDelay: 0, pauseDuration: 0, bounceDelay: 0 }
                  : /^u?int(8|16|32|40|48)$/.test(type)
                    ? 1
                    : 1n;
        const indexed = item.inputs.filter((input) => input.indexed === true);
        const rest = item.inputs.filter((input) => input.indexed !== true);
        const args = Object.fromEntries(indexed.map((input) => [input.name, zero(input.type)]));
        const topics = encodeEventTopics({ abi: [item] as unknown as Abi, eventName: item.name, args }) as Hex[];
        const data = encodeAbiParameters(
          rest,
          rest.map((input) => zero(input.type)),
        );
        const found = eventsOf({ side, chainId: 1, timestamp, log: { ...logOf(), topics, data } });
        return found.length === 1 && found[0]?.name === item.name ? [] : [item.name];
      });
      assert.deepEqual(unknown, [], side);
    }
  });

  it('are named by the topic alone: no two contracts of a chain share an event', () => {
    const topicsOf = (abi: Abi) =>
      abi.flatMap((item) =>
        item.type === 'event' && item.name !== 'EIP712DomainChanged' ? [toEventSelector(item)] : [],
      );
    const topics = [mainBridgeAbi, rewardsAbi, exitsAbi, anchorsAbi].flatMap((abi) => topicsOf(abi as unknown as Abi));
    assert.equal(new Set(topics).size, topics.length);
  });

  it('end a pause when its end is moved to the block', () => {
    const topics = encodeEventTopics({ abi: mainBridgeAbi, eventName: 'PauseChanged' }) as Hex[];
    const kindAt = (until: bigint) => {
      const data = encodeAbiParameters([{ type: 'uint256' }], [until]);
      return eventsOf({ side: 'main', chainId: 1, timestamp, log: { ...logOf(), topics, data } })[0]?.kind;
    };
    assert.equal(kindAt(timestamp), 'unpaused');
    assert.equal(kindAt(timestamp + 1n), 'paused');
  });
});
