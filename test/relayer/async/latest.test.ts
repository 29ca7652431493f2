import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { createLatest } from '../../../relayer/async/latest.ts';

const never = new AbortController().signal;

describe('a slot for the newest value', () => {
  it('hands out the newest of several values, once', async () => {
    const latest = createLatest<number>();
    for (const value of [1, 2, 3]) latest.put(value);
    assert.equal(await latest.take(never), 3);
    const ending = new AbortController();
    const empty = latest.take(ending.signal);
    ending.abort();
    assert.equal(await empty, undefined);
  });

  it('keeps a consumer waiting until a value arrives', async () => {
    const latest = createLatest<number>();
    const taken = latest.take(never);
    latest.put(1);
    assert.equal(await taken, 1);
  });

  it('hands out the value that replaced another before the consumer woke', async () => {
    const latest = createLatest<number>();
    const taken = latest.take(never);
    latest.put(1);
    latest.put(2);
    assert.equal(await taken, 2);
  });

  it('returns nothing to a consumer that has ended, even if there is a value', async () => {
    const latest = createLatest<number>();
    latest.put(1);
    assert.equal(await latest.take(AbortSignal.abort()), undefined);
  });

  it('hands out undefined as a value like any other', async () => {
    const latest = createLatest<undefined>();
    latest.put(undefined);
    assert.equal(await latest.take(never), undefined);
  });
});
