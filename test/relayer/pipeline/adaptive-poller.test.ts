import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { createAdaptivePoller } from '../../../relayer/pipeline/adaptive-poller.ts';

/** Numbers from 0 to 1, always the same. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Follows blocks that come at these times with looks that take `took` seconds; what it was like from `from` on. */
function follow(blocks: readonly number[], { took = 0.005, from = 100 } = {}) {
  const pace = createAdaptivePoller();
  const end = blocks.at(-1) ?? 0;
  const delays: number[] = [];
  let looks = 0;
  let seen = 0;
  for (let at = 0.3; at < end;) {
    const there = blocks.findIndex((time) => time > at);
    if (at >= from) {
      looks++;
      for (const time of blocks.slice(seen, there)) delays.push(at - time);
    }
    const next = pace.next(at, there - seen);
    seen = there;
    at = Math.max(next, at + took);
  }
  const mean = delays.reduce((sum, delay) => sum + delay, 0) / delays.length;
  return { looksABlock: looks / delays.length, mean, longest: Math.max(...delays) };
}

const every = (interval: number, count: number, late: () => number = () => 0): number[] =>
  Array.from({ length: count }, (_, index) => (index + 1) * interval + late());

describe('the pace of looks at a chain', () => {
  for (const interval of [0.25, 1, 1.003, 2, 3.7]) {
    it(`finds a block every ${interval} s soon, with hardly a look too many`, () => {
      const { looksABlock, mean, longest } = follow(every(interval, 1_000));
      assert.ok(looksABlock < 1.12, `${looksABlock} looks a block`);
      assert.ok(mean < interval * 0.025, `${mean} s`);
      assert.ok(longest < interval * 0.2, `${longest} s`);
    });
  }

  it('keeps up with blocks that come up to 100 ms late', () => {
    const random = randomNumbers(1);
    const { looksABlock, mean } = follow(every(1, 1_000, () => random() * 0.1));
    assert.ok(looksABlock < 1.3, `${looksABlock} looks a block`);
    assert.ok(mean < 0.06, `${mean} s`);
  });

  it('finds the rhythm again after the chain stood for a minute', () => {
    const blocks = [...every(1, 200), ...every(1, 400).map((time) => time + 260.4)];
    const { looksABlock, mean } = follow(blocks, { from: 280 });
    assert.ok(looksABlock < 1.15, `${looksABlock} looks a block`);
    assert.ok(mean < 0.025, `${mean} s`);
  });

  it('finds the rhythm again when looks took longer than blocks do', () => {
    const blocks = every(1, 400);
    const pace = createAdaptivePoller();
    let at = 0.3;
    let seen = 0;
    const look = () => {
      const there = blocks.filter((time) => time <= at).length;
      const next = pace.next(at, there - seen);
      const found = { blocks: there - seen, delay: at - (blocks[there - 1] ?? 0) };
      seen = there;
      return { next, found };
    };
    while (at < 150) {
      const { next } = look();
      at = Math.max(next, at + (at > 50 && at < 100 ? 2.7 : 0.005));
    }
    while (at < 390) {
      const { next, found } = look();
      if (found.blocks > 0) assert.ok(found.delay < 0.2 && found.blocks === 1, `${at}: ${found.delay} s`);
      at = Math.max(next, at + 0.005);
    }
  });

  it('never waits longer than 4 s, and asks few times for blocks that are rare', () => {
    const pace = createAdaptivePoller();
    const blocks = every(12, 200);
    let looks = 0;
    let seen = 0;
    for (let at = 0.3; at < 2_390;) {
      const there = blocks.filter((time) => time <= at).length;
      const next = pace.next(at, there - seen);
      assert.ok(next > at && next - at < 4.001, `${next - at} s`);
      if (there > 100) looks++;
      seen = there;
      at = next;
    }
    assert.ok(looks < 4 * 99, `${looks} looks at 99 blocks`);
  });
});
