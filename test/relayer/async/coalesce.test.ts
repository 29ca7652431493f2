import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { coalesce } from '../../../relayer/async/coalesce.ts';

describe('coalesce', () => {
  /** Work that ends when the test lets it, and how often it began. */
  const controlled = () => {
    const ends: ((fail?: Error) => void)[] = [];
    const run = coalesce(
      () =>
        new Promise<number>((resolve, reject) => {
          const number = ends.length;
          ends.push((fail) => (fail === undefined ? resolve(number) : reject(fail)));
        }),
    );
    return { run, ends };
  };
  const settle = () => new Promise(setImmediate);

  it('shares one further run among all calls during a run', async () => {
    const { run, ends } = controlled();
    const first = run();
    await settle();
    const during = [run(), run(), run()];
    await settle();
    assert.equal(ends.length, 1, 'nothing runs beside the first');
    ends[0]?.();
    await settle();
    ends[1]?.();
    assert.deepEqual(await Promise.all([first, ...during]), [0, 1, 1, 1]);
    assert.equal(ends.length, 2);
  });

  it('never answers a call with a run that began before it', async () => {
    const { run, ends } = controlled();
    const earlier = run();
    await settle();
    const later = run();
    ends[0]?.();
    await settle();
    ends[1]?.();
    assert.deepEqual(await Promise.all([earlier, later]), [0, 1]);
  });

  it('runs again after a run that failed, and rejects only the calls of that run', async () => {
    const { run, ends } = controlled();
    const failed = assert.rejects(run(), /broken/);
    await settle();
    const next = run();
    ends[0]?.(new Error('broken'));
    await failed;
    await settle();
    ends[1]?.();
    assert.equal(await next, 1);
  });
});
