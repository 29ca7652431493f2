import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it, mock } from 'node:test';
import { setImmediate } from 'node:timers/promises';

import { createBeat } from '../../../relayer/async/beat.ts';

describe('the beat of periodic work', () => {
  let time = 12_345;
  const never = new AbortController().signal;
  const beat = createBeat(() => time / 1_000);
  const pass = async (milliseconds: number): Promise<void> => {
    time += milliseconds;
    mock.timers.tick(milliseconds);
    await setImmediate();
  };
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
  afterEach(() => mock.timers.reset());

  it('brings together what waits for the same moment, whatever its interval and since when', async () => {
    time = 12_345;
    const woken: string[] = [];
    const waiting: Promise<unknown>[] = [];
    const wait = (name: string, seconds: number) => waiting.push(beat(seconds, never).then(() => woken.push(name)));
    wait('every 10 s', 10);
    await pass(3_000);
    wait('every 4 s', 4);
    await pass(4_654);
    assert.deepEqual(woken, ['every 4 s']);
    await pass(1);
    assert.deepEqual(woken, ['every 4 s', 'every 10 s']);
    wait('every 10 s', 10);
    wait('every 5 s', 5);
    await pass(5_000);
    assert.deepEqual(woken.slice(2), ['every 5 s']);
    wait('every 5 s', 5);
    await pass(5_000);
    assert.deepEqual(woken.slice(3).sort(), ['every 10 s', 'every 5 s']);
    await Promise.all(waiting);
  });

  it('does not come twice where the clock shows that it came early', async () => {
    time = 19_980;
    let isOver = false;
    const waiting = beat(10, never).then(() => (isOver = true));
    await pass(9_000);
    assert.equal(isOver, false);
    await pass(1_020);
    await waiting;
  });

  it('ends early when it is aborted', async () => {
    time = 40_000;
    const stopping = new AbortController();
    const waiting = beat(10, stopping.signal);
    stopping.abort();
    await waiting;
    await beat(10, stopping.signal);
    assert.equal(time, 40_000);
  });
});
