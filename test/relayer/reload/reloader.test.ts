import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { PegwayError } from '../../../protocol/errors.ts';
import { parseProcessConfig } from '../../../relayer/config.ts';
import { createMetrics } from '../../../relayer/monitoring/metrics.ts';
import { createProblems } from '../../../relayer/monitoring/problems.ts';
import type { ReloadPlan } from '../../../relayer/reload/plan-reload.ts';
import { createReloader } from '../../../relayer/reload/reloader.ts';
import { bridges } from '../support.ts';

const configOf = (change: object = {}) =>
  parseProcessConfig(
    {
      main: { chainId: 1, bridge: bridges[0], rpcUrls: ['http://main'] },
      product: { chainId: 2, bridge: bridges[1], rpcUrls: ['http://product'] },
      ...{ key: 'keystore:attest.json', ...change },
    },
    {},
    '/etc/pegway',
  );

/** A reloader of a file that the test edits; each `round` is one poll, or one request. */
function reloading() {
  const file = { version: 'a', content: {} as object | PegwayError };
  const state = { running: configOf(), now: 0, refuse: undefined as PegwayError | undefined, requested: false };
  const [applied, logged]: [ReloadPlan[], string[]] = [[], []];
  const [metrics, problems] = [createMetrics(), createProblems(() => undefined)];
  const note = (details: object, message: string) => void logged.push(`${message}: ${JSON.stringify(details)}`);
  const reload = createReloader({
    source: {
      version: () => file.version,
      read() {
        if (file.content instanceof PegwayError) throw file.content;
        return configOf(file.content);
      },
      request: () => undefined,
      requested: () => Promise.resolve(state.requested),
    },
    running: () => state.running,
    check: () => (state.refuse === undefined ? Promise.resolve() : Promise.reject(state.refuse)),
    apply(plan) {
      applied.push(plan);
      state.running = plan.next;
      return Promise.resolve();
    },
    ...{ metrics, problems, log: { info: note, warn: note }, signal: new AbortController().signal },
    now: () => state.now,
  });
  return {
    ...{ file, state, applied, logged, problems },
    edit(content: object | PegwayError) {
      Object.assign(file, { version: `${file.version}+`, content });
    },
    async rounds(count: number, requested = false) {
      state.requested = requested;
      for (let round = 0; round < count; round++) await reload();
    },
    refused: async () => (await metrics.configRefused.get()).values[0]?.value,
    outcomes: async () => (await metrics.configReloaded.get()).values.map(({ labels }) => labels.outcome),
  };
}

describe('a reload', () => {
  it('applies an edit once it has been unchanged for one poll', async () => {
    const { edit, rounds, applied, outcomes, refused } = reloading();
    await rounds(2);
    edit({ log: 'debug' });
    await rounds(1);
    assert.equal(applied.length, 0);
    await rounds(5);
    assert.deepEqual(
      applied.map(({ next }) => next.log),
      ['debug'],
    );
    assert.deepEqual([await outcomes(), await refused()], [['applied'], 0]);
  });

  it('applies at once at a request', async () => {
    const { edit, rounds, applied } = reloading();
    edit({ log: 'debug' });
    await rounds(1, true);
    assert.equal(applied.length, 1);
  });

  it('is not made of a file that is still being written', async () => {
    const { edit, rounds, applied, problems } = reloading();
    for (let part = 0; part < 5; part++) {
      edit(new PegwayError('not JSON', { exitCode: 2 }));
      await rounds(1);
    }
    assert.deepEqual([applied, problems.list()], [[], []]);
  });

  it('refuses a wrong file once, with the reason in log, problems and metrics, and what runs stays', async () => {
    const { edit, rounds, applied, logged, problems, refused, outcomes, state } = reloading();
    edit(new PegwayError('relayer.json is not JSON', { exitCode: 2 }));
    state.now = 100;
    await rounds(20);
    assert.deepEqual(applied, []);
    assert.equal(logged.length, 1);
    assert.match(logged[0] ?? '', /refused.*relayer\.json is not JSON/);
    const [problem] = problems.list();
    assert.deepEqual([problem?.part, problem?.code], ['configuration', 'reload-refused']);
    assert.deepEqual([await refused(), await outcomes()], [1, ['refused']]);
  });

  it('refuses with the word restart what takes effect at a start only', async () => {
    const { edit, rounds, problems } = reloading();
    edit({ dataDir: 'elsewhere' });
    await rounds(2);
    assert.match(problems.list()[0]?.message ?? '', /restart: dataDir/);
  });

  it('is in order again when the wrong edit is undone', async () => {
    const { edit, rounds, problems, refused } = reloading();
    edit({ dataDir: 'elsewhere' });
    await rounds(2);
    edit({});
    await rounds(2);
    assert.deepEqual([problems.list(), await refused()], [[], 0]);
  });

  it('repeats what a node did not answer until it does, and logs it once', async () => {
    const { edit, rounds, applied, logged, state, problems } = reloading();
    state.refuse = new PegwayError('no node answers', { code: 'rpc-unreachable' });
    edit({ log: 'debug' });
    await rounds(2);
    state.now = 9;
    state.refuse = undefined;
    await rounds(2);
    assert.equal(applied.length, 0);
    state.now = 10;
    await rounds(1);
    assert.equal(applied.length, 1);
    assert.deepEqual(problems.list(), []);
    assert.equal(logged.filter((line) => line.includes('refused')).length, 1);
  });
});
