import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { createEndpointHealth } from '../../../relayer/chain/endpoint-health.ts';
import {
  type EndpointState,
  abandoned,
  answered,
  hedgeAfter,
  isProbeDue,
  isSlow,
  newEndpoint,
  patience,
  probed,
  slowAbove,
  unanswered,
} from '../../../relayer/chain/endpoint-memory.ts';

const THRESHOLD = 500;
const times = (count: number, step: (state: EndpointState) => EndpointState, from = newEndpoint): EndpointState =>
  Array.from({ length: count }).reduce<EndpointState>(step, from);
const silent = times(2, (state) => unanswered(state, THRESHOLD, 0));

describe('an endpoint', () => {
  it('is slow after two consecutive silences, not after two with an answer between', () => {
    const once = unanswered(newEndpoint, THRESHOLD, 0);
    assert.equal(isSlow(once, THRESHOLD), false);
    assert.equal(isSlow(unanswered(once, THRESHOLD, 0), THRESHOLD), true);
    assert.equal(isSlow(unanswered(answered(once, 5, THRESHOLD, 0), THRESHOLD, 0), THRESHOLD), false);
  });

  it('is slow above 500 ms, or above four times the median of the quorum where that is more', () => {
    assert.equal(slowAbove([]), 500);
    assert.equal(slowAbove([10, 20, 30]), 500);
    assert.equal(slowAbove([10, 300, 9_000]), 1_200);
    assert.equal(isSlow(answered(newEndpoint, 501, 500, 0), 500), true);
    assert.equal(isSlow(answered(newEndpoint, 501, 1_200, 0), 1_200), false);
  });

  it('is not slow after one late answer among many', () => {
    const usual = times(20, (state) => answered(state, 10, THRESHOLD, 0));
    assert.equal(isSlow(answered(usual, 3_000, THRESHOLD, 0), THRESHOLD), false);
  });

  it('was silent where its request was abandoned late, and not where it was abandoned early', () => {
    assert.equal(abandoned(newEndpoint, 501, THRESHOLD, 0).silences, 1);
    assert.equal(abandoned(newEndpoint, 499, THRESHOLD, 0).silences, 0);
    const usual = times(20, (state) => answered(state, 400, 1_600, 0));
    assert.equal(abandoned(usual, 900, 1_600, 0).silences, 0);
  });

  it('was silent after half a second where it has never answered, however slow the others are', () => {
    assert.equal(abandoned(newEndpoint, 900, 1_600, 0).silences, 1);
  });

  it('gets one request at a time once it was silent, and twice as many with each answer in time', () => {
    const windows: number[] = [];
    let state = silent;
    for (let count = 0; count < 9; count++) {
      windows.push(state.window);
      state = answered(state, 10, THRESHOLD, 0);
    }
    assert.deepEqual(windows, [1, 2, 4, 8, 16, 32, 64, 128, Infinity]);
    assert.equal(answered(silent, 3_000, THRESHOLD, 0).window, 1, 'not after a late one');
    const four = times(2, (one) => answered(one, 10, THRESHOLD, 0), silent);
    assert.equal(unanswered(four, THRESHOLD, 0).window, 2, 'one silence halves them');
    assert.equal(unanswered(newEndpoint, THRESHOLD, 0).window, Infinity);
  });

  it('is probed after 1, 2, 4 … 60 s while it is slow', () => {
    let state = silent;
    let now = 0;
    const waits: number[] = [];
    for (let probe = 0; probe < 9; probe++) {
      const due = state.probeAt ?? 0;
      assert.equal(isProbeDue(state, THRESHOLD, due - 1), false);
      assert.equal(isProbeDue(state, THRESHOLD, due), true);
      waits.push((due - now) / 1_000);
      now = due;
      state = unanswered(probed(state, now), THRESHOLD, now + 10);
    }
    assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
  });

  it('is well again after one answer in time, and not after a late one', () => {
    const late = answered(silent, 900, THRESHOLD, 0);
    assert.equal(isSlow(late, THRESHOLD), true);
    const well = answered(late, 20, THRESHOLD, 0);
    assert.equal(isSlow(well, THRESHOLD), false);
    assert.equal(isSlow(unanswered(well, THRESHOLD, 0), THRESHOLD), false, 'its silences are forgotten');
  });

  it('is hedged after its 95th percentile, at least after 250 ms', () => {
    assert.equal(hedgeAfter(newEndpoint), 250);
    assert.equal(hedgeAfter(times(20, (state) => answered(state, 10, THRESHOLD, 0))), 250);
    assert.equal(hedgeAfter(times(20, (state) => answered(state, 400, THRESHOLD, 0))), 400);
  });

  it('is waited for without limit while nothing is known of it, for seconds while it answers, and briefly once it was silent', () => {
    assert.equal(patience(newEndpoint), Infinity);
    assert.equal(patience(silent), 500);
    assert.equal(patience(times(20, (state) => answered(state, 400, THRESHOLD, 0))), 3_000);
    assert.equal(patience(times(20, (state) => answered(state, 2_000, THRESHOLD, 0))), 4_000);
  });

  it('is waited for longer with each hundred requests in flight, unless it was silent', () => {
    const well = times(20, (state) => answered(state, 400, THRESHOLD, 0));
    assert.deepEqual(
      [99, 400, 1_400].map((inFlight) => patience(well, inFlight)),
      [3_000, 4_000, 12_000],
    );
    assert.equal(patience(silent, 1_400), 500);
  });
});

describe('the health of endpoints', () => {
  const open = () => {
    let now = 0;
    const changes: string[] = [];
    const health = createEndpointHealth({
      now: () => now,
      onChange: (endpoint, slow) => changes.push(`${endpoint} ${slow ? 'slow' : 'well'}`),
    });
    return { health, changes, pass: (ms: number) => (now += ms) };
  };

  it('is kept by class of methods', () => {
    const { health, changes } = open();
    for (let count = 0; count < 2; count++) health.unanswered('a', 'eth_getLogs');
    assert.equal(health.isWell('a', 'eth_getLogs'), false);
    assert.equal(health.isWell('a', 'eth_call'), true);
    assert.equal(health.isSlow('a'), true);
    health.answered('a', 'eth_call', 5);
    assert.deepEqual(changes, ['a slow']);
    health.answered('a', 'eth_getLogs', 5);
    assert.deepEqual(changes, ['a slow', 'a well']);
  });

  it('counts the requests in flight by endpoint and class of methods, until they end', () => {
    const { health } = open();
    for (let count = 0; count < 8; count++) health.answered('a', 'eth_call', 5);
    const ends = Array.from({ length: 700 }, () => health.sent('a', 'eth_call'));
    health.sent('b', 'eth_call');
    health.sent('a', 'eth_getLogs');
    assert.equal(health.patience('a', 'eth_call'), 4_000);
    ends[0]?.();
    assert.equal(health.patience('a', 'eth_call'), 3_500);
  });

  it('counts a node that answers again as well for all classes in which it was silent', () => {
    const { health, changes } = open();
    for (const method of ['eth_getBlockReceipts', 'eth_blockNumber'])
      for (let count = 0; count < 2; count++) health.unanswered('a', method);
    health.answered('a', 'eth_blockNumber', 5);
    assert.equal(health.isWell('a', 'eth_getBlockReceipts'), true);
    assert.deepEqual(changes, ['a slow', 'a well']);
  });

  it('forgets after an hour that a method is missing', () => {
    const { health, pass } = open();
    health.lacks('a', 'eth_getBlockReceipts');
    assert.equal(health.isWell('a', 'eth_getBlockReceipts'), false);
    assert.equal(health.isWell('a', 'eth_getBlockByHash'), true);
    pass(3_600_000);
    assert.equal(health.isWell('a', 'eth_getBlockReceipts'), true);
  });
});
