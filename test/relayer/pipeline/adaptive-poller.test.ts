import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { createAdaptivePoller } from '../../../relayer/pipeline/adaptive-poller.ts';

/** Deterministic pseudo-random numbers from 0 to 1. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Polls a chain with blocks at these times, with polls that take `took` seconds; statistics from `from` on. */
function follow(blocks: readonly number[], { took = 0.005, from = 100 } = {}) {
  const poller = createAdaptivePoller();
  const end = blocks.at(-1) ?? 0;
  const delays: number[] = [];
  let polls = 0;
  let seen = 0;
  for (let at = 0.3; at < end;) {
    const there = blocks.findIndex((time) => time > at);
    if (at >= from) {
      polls++;
      for (const time of blocks.slice(seen, there)) delays.push(at - time);
    }
    const next = poller.next(at, there - seen);
    seen = there;
    at = Math.max(next, at + took);
  }
  const mean = delays.reduce((sum, delay) => sum + delay, 0) / delays.length;
  return { pollsPerBlock: polls / delays.length, mean, longest: Math.max(...delays) };
}

const every = (interval: number, count: number, late: () => number = () => 0): number[] =>
  Array.from({ length: count }, (_, index) => (index + 1) * interval + late());

describe('the adaptive poller', () => {
  for (const interval of [0.25, 1, 1.003, 2, 3.7]) {
    it(`finds blocks at an interval of ${interval} s soon, with few empty polls`, () => {
      const { pollsPerBlock, mean, longest } = follow(every(interval, 1_000));
      assert.ok(pollsPerBlock < 1.06, `${pollsPerBlock} polls per block`);
      assert.ok(mean < interval * 0.025, `${mean} s`);
      assert.ok(longest < interval * 0.2, `${longest} s`);
    });
  }

  it('follows blocks with up to 100 ms of jitter', () => {
    const random = randomNumbers(1);
    const { pollsPerBlock, mean } = follow(every(1, 1_000, () => random() * 0.1));
    assert.ok(pollsPerBlock < 1.1, `${pollsPerBlock} polls per block`);
    assert.ok(mean < 0.06, `${mean} s`);
  });

  it('recovers the interval after the chain halted for a minute', () => {
    const blocks = [...every(1, 200), ...every(1, 400).map((time) => time + 260.4)];
    const { pollsPerBlock, mean } = follow(blocks, { from: 280 });
    assert.ok(pollsPerBlock < 1.15, `${pollsPerBlock} polls per block`);
    assert.ok(mean < 0.025, `${mean} s`);
  });

  it('recovers the interval after polls took longer than a block', () => {
    const blocks = every(1, 400);
    const poller = createAdaptivePoller();
    let at = 0.3;
    let seen = 0;
    const poll = () => {
      const there = blocks.filter((time) => time <= at).length;
      const next = poller.next(at, there - seen);
      const found = { blocks: there - seen, delay: at - (blocks[there - 1] ?? 0) };
      seen = there;
      return { next, found };
    };
    while (at < 150) {
      const { next } = poll();
      at = Math.max(next, at + (at > 50 && at < 100 ? 2.7 : 0.005));
    }
    while (at < 390) {
      const { next, found } = poll();
      if (found.blocks > 0) assert.ok(found.delay < 0.2 && found.blocks === 1, `${at}: ${found.delay} s`);
      at = Math.max(next, at + 0.005);
    }
  });

  it('never waits longer than 4 s, and polls rarely for rare blocks', () => {
    const poller = createAdaptivePoller();
    const blocks = every(12, 200);
    let polls = 0;
    let seen = 0;
    for (let at = 0.3; at < 2_390;) {
      const there = blocks.filter((time) => time <= at).length;
      const next = poller.next(at, there - seen);
      assert.ok(next > at && next - at < 4.001, `${next - at} s`);
      if (there > 100) polls++;
      seen = there;
      at = next;
    }
    assert.ok(polls < 4 * 99, `${polls} polls for 99 blocks`);
  });
});
