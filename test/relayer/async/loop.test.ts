import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { runLoop, sleep } from '../../../relayer/async/loop.ts';

describe('runLoop', () => {
  it('repeats its round until the signal is aborted', async () => {
    const ending = new AbortController();
    let rounds = 0;
    await runLoop({
      signal: ending.signal,
      round() {
        if (++rounds === 3) ending.abort();
        return Promise.resolve(0);
      },
      onError: (error) => assert.fail(String(error)),
      retrySeconds: 0,
    });
    assert.equal(rounds, 3);
  });

  it('reports a round that throws, and tries again', async () => {
    const ending = new AbortController();
    const errors: unknown[] = [];
    let rounds = 0;
    await runLoop({
      signal: ending.signal,
      round() {
        if (++rounds === 1) return Promise.reject(new Error('broken'));
        ending.abort();
        return Promise.resolve(0);
      },
      onError: (error) => errors.push(error),
      retrySeconds: 0,
    });
    assert.equal(rounds, 2);
    assert.match(String(errors), /broken/);
  });

  it('does nothing after an abort that came first', async () => {
    await runLoop({
      signal: AbortSignal.abort(),
      round: () => assert.fail('a round began'),
      onError: (error) => assert.fail(String(error)),
      retrySeconds: 0,
    });
  });
});

describe('sleep', () => {
  it('ends without an error when the signal is aborted', async () => {
    const ending = new AbortController();
    const sleeping = sleep(3_600, ending.signal);
    ending.abort();
    await sleeping;
    await sleep(3_600, ending.signal);
  });

  it('leaves no listener on the signal', async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...of: Parameters<typeof add>) => (listeners++, add(...of));
    signal.removeEventListener = (...of: Parameters<typeof remove>) => (listeners--, remove(...of));
    await sleep(0, signal);
    assert.equal(listeners, 0);
  });
});
