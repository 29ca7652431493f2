import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { createWatchdog } from '../../../relayer/monitoring/watchdog.ts';

describe('a loop', () => {
  it('stands when it has not come round within its time, and no more when it does', () => {
    let now = 0;
    const watchdog = createWatchdog(() => now);
    watchdog.expect('watch-main', 10);
    watchdog.expect('sweep', 100);
    now = 10;
    assert.deepEqual(watchdog.stalled(), []);
    now = 11;
    assert.deepEqual(watchdog.stalled(), [{ loop: 'watch-main', seconds: 11 }]);
    watchdog.beat('watch-main');
    assert.deepEqual(watchdog.stalled(), []);
  });

  it('of which nothing is expected does not stand', () => {
    const watchdog = createWatchdog(() => 1_000);
    watchdog.beat('unknown');
    assert.deepEqual(watchdog.stalled(), []);
  });
});
