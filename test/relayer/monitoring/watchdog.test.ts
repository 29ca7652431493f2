import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { createPulse } from '../../../relayer/monitoring/watchdog.ts';

describe('a loop', () => {
  it('stands when it has not come round within its time, and no more when it does', () => {
    let now = 0;
    const pulse = createPulse(() => now);
    pulse.expect('watch-main', 10);
    pulse.expect('sweep', 100);
    now = 10;
    assert.deepEqual(pulse.standing(), []);
    now = 11;
    assert.deepEqual(pulse.standing(), [{ loop: 'watch-main', seconds: 11 }]);
    pulse.beat('watch-main');
    assert.deepEqual(pulse.standing(), []);
  });

  it('of which nothing is expected does not stand', () => {
    const pulse = createPulse(() => 1_000);
    pulse.beat('unknown');
    assert.deepEqual(pulse.standing(), []);
  });
});
