import assert from 'node:assert/strict';
import { createHistogram } from 'node:perf_hooks';
import { describe, it } from 'node:test';

import { measureEventLoopLag } from '../../../relayer/monitoring/event-loop-lag.ts';
import { eventually } from '../../support/wait.ts';

const MILLISECOND = 1_000_000;

describe('the event-loop lag', () => {
  it('is the 99th percentile of what timers were late since the last reading', () => {
    const histogram = createHistogram();
    using lag = measureEventLoopLag(Object.assign(histogram, { enable: () => true, disable: () => true }));
    const record = (count: number, milliseconds: number): void => {
      for (let sample = 0; sample < count; sample++) histogram.record(milliseconds * MILLISECOND);
    };
    record(97, 10);
    record(3, 310);
    // The histogram keeps three digits.
    assert.ok(Math.abs(lag.p99() - 0.3) < 0.001);
    record(100, 15);
    assert.ok(Math.abs(lag.p99() - 0.005) < 0.001);
    // Timers that run in time.
    record(100, 9);
    assert.equal(lag.p99(), 0);
  });

  it('is measured on this process', async () => {
    using lag = measureEventLoopLag();
    await eventually('a timer that was late', () => {
      // Holds the event loop.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
      return lag.p99() > 0;
    });
  });
});
