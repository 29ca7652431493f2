import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { createWatchdog } from '../../../relayer/monitoring/watchdog.ts';

describe('a loop', () => {
  it('is stalled while it is overdue, and not after its next round', () => {
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

  it('that was never expected is not stalled', () => {
    const watchdog = createWatchdog(() => 1_000);
    watchdog.beat('unknown');
    assert.deepEqual(watchdog.stalled(), []);
  });
});
