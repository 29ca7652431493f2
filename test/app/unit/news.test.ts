import assert from 'node:assert/strict';
import { type TestContext, describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';

import { callOnNews } from '../../../app/explorer/useNews.ts';

/** A list that follows events, which the test sends one by one while time stands still. */
function follow(test: TestContext) {
  test.mock.timers.enable({ apis: ['setTimeout'] });
  const ending = new AbortController();
  let calls = 0;
  let next = Promise.withResolvers<undefined>();
  async function* events() {
    for (;;) {
      await next.promise;
      next = Promise.withResolvers<undefined>();
      yield undefined;
    }
  }
  callOnNews(events(), () => Promise.resolve((calls += 1)), ending.signal).catch(assert.ifError);
  return {
    calls: () => calls,
    end: () => ending.abort(),
    async send() {
      next.resolve(undefined);
      await setImmediate();
    },
    async pass(milliseconds: number) {
      test.mock.timers.tick(milliseconds);
      await setImmediate();
    },
  };
}

describe('a list of transfers that follows the events of a relayer', () => {
  it('is read after an event, and once more three seconds after the last: other relayers may lag', async (test) => {
    const list = follow(test);
    await list.send();
    assert.equal(list.calls(), 1);
    await list.pass(500);
    await list.pass(2_999);
    assert.equal(list.calls(), 1);
    await list.pass(1);
    assert.equal(list.calls(), 2);
    await list.pass(60_000);
    assert.equal(list.calls(), 2);
  });

  it('is read twice a second at most, and late only after the last event', async (test) => {
    const list = follow(test);
    for (let events = 0; events < 3; events++) await list.send();
    assert.equal(list.calls(), 1);
    await list.pass(500);
    assert.equal(list.calls(), 2);
    await list.pass(500);
    await list.pass(2_000);
    await list.send();
    assert.equal(list.calls(), 3);
    await list.pass(500);
    await list.pass(2_999);
    assert.equal(list.calls(), 3);
    await list.pass(1);
    assert.equal(list.calls(), 4);
  });

  it('is not read any more once its view is closed', async (test) => {
    const list = follow(test);
    await list.send();
    await list.pass(500);
    list.end();
    await list.pass(3_000);
    assert.equal(list.calls(), 1);
  });
});
