import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { measureEventLoopLag } from '../../../relayer/monitoring/event-loop-lag.ts';

describe('the event-loop lag', () => {
  const hold = (milliseconds: number): void => {
    const until = performance.now() + milliseconds;
    while (performance.now() < until);
  };

  it('shows what held the event loop since the last reading, and nothing before it', async () => {
    using lag = measureEventLoopLag();
    await sleep(50);
    for (let count = 0; count < 3; count++) {
      hold(300);
      await sleep(20);
    }
    const held = lag.p99();
    // At least a whole hold less the sampling interval, and far below all three.
    assert.ok(held >= 0.28, `${held} s`);
    await sleep(200);
    const idle = lag.p99();
    assert.ok(idle < held, `${idle} s, after ${held} s`);
  });
});
