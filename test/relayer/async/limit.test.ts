import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { limit } from '../../../relayer/async/limit.ts';

describe('limit', () => {
  const settle = () => new Promise(setImmediate);

  /** Calls through a limit of `most`; each ends when its function in `ends` is called. */
  const calls = (most: number) => {
    const limited = limit(most);
    const begun: string[] = [];
    const ends = new Map<string, (fail?: Error) => void>();
    const call = (name: string) =>
      limited(() => {
        begun.push(name);
        return new Promise<string>((resolve, reject) =>
          ends.set(name, (fail) => (fail === undefined ? resolve(name) : reject(fail))),
        );
      });
    return { call, begun, end: (name: string, fail?: Error) => ends.get(name)?.(fail) };
  };

  it('starts no more than the limit at once, and the others in order', async () => {
    const { call, begun, end } = calls(2);
    const all = ['a', 'b', 'c', 'd'].map(call);
    await settle();
    assert.deepEqual(begun, ['a', 'b']);
    end('b');
    await settle();
    assert.deepEqual(begun, ['a', 'b', 'c']);
    end('a');
    await settle();
    assert.deepEqual(begun, ['a', 'b', 'c', 'd']);
    end('c');
    end('d');
    assert.deepEqual(await Promise.all(all), ['a', 'b', 'c', 'd']);
  });

  it('gives a slot to the call that waits, not to one that is made in between', async () => {
    const { call, begun, end } = calls(1);
    const first = call('first');
    const waiting = call('waiting');
    await settle();
    end('first');
    await first;
    const late = call('late');
    await settle();
    assert.deepEqual(begun, ['first', 'waiting']);
    end('waiting');
    await waiting;
    await settle();
    end('late');
    await late;
  });

  it('frees the slot of a call that failed', async () => {
    const { call, begun, end } = calls(1);
    const failed = assert.rejects(call('failed'), /broken/);
    const next = call('next');
    await settle();
    end('failed', new Error('broken'));
    await failed;
    await settle();
    assert.deepEqual(begun, ['failed', 'next']);
    end('next');
    await next;
  });

  it('no longer counts a call that takes longer than the given time', async () => {
    const limited = limit(1, 0.01);
    const hanging = Promise.withResolvers<undefined>();
    const first = limited(() => hanging.promise);
    assert.equal(await limited(() => Promise.resolve('second')), 'second');
    // Its end frees no second slot.
    hanging.resolve(undefined);
    await first;
    const slow = Promise.withResolvers<undefined>();
    const begun: string[] = [];
    const both = ['third', 'fourth'].map((name) => limited(() => (begun.push(name), slow.promise)));
    assert.deepEqual(begun, ['third']);
    slow.resolve(undefined);
    await Promise.all(both);
  });
});
