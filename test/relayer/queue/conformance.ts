import assert from 'node:assert/strict';
import { afterEach, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

import { type BatchJob, type LaneId, type Queue, laneId, limits } from '../../../relayer/queue/queue.ts';
import { eventually } from '../../support/wait.ts';
import { Runs } from './runs.ts';

export const laneA = laneId('1-0xaa', 'mint-0x01');
export const batchA: BatchJob = { lane: laneA, firstNonce: '64', count: 3, kind: 'attest' };

const lanesOf = (bridge: string, count: number): LaneId[] =>
  Array.from({ length: count }, (_, index) => laneId(bridge, `mint-${index}`));
const bridges = (count: number): string[] => Array.from({ length: count }, (_, index) => `${index}-0xaa`);

const idle = { 'lanes waiting': 0, 'lanes active': 0, 'batches waiting': 0, 'batches active': 0 };

export const countsOf = async (queue: Queue): Promise<Record<string, number>> =>
  Object.fromEntries((await queue.counts()).map(({ queue: name, state, count }) => [`${name} ${state}`, count]));

/** Waits until the counts are these; those left out are zero. */
export async function settled(queue: Queue, expected: Partial<typeof idle> = {}): Promise<void> {
  const all = { ...idle, ...expected };
  await eventually(`counts ${JSON.stringify(expected)}`, async () => {
    const now = await countsOf(queue);
    return Object.entries(all).every(([name, count]) => now[name] === count);
  });
}

/** The rules that every queue keeps. @param openQueue One that shares nothing with the others. */
export function itConforms(openQueue: () => Promise<Queue>): void {
  const opened: { readonly queue: Queue; readonly runs: Runs }[] = [];
  afterEach(async () => {
    for (const { queue, runs } of opened.splice(0)) {
      const disposing = queue[Symbol.asyncDispose]();
      runs.endAll();
      await disposing;
    }
  });
  const open = async () => {
    const one = { queue: await openQueue(), runs: new Runs() };
    opened.push(one);
    return one;
  };
  const openStarted = async () => {
    const one = await open();
    one.queue.start(one.runs);
    return one;
  };

  it('runs nothing before it is started', async () => {
    const { queue, runs } = await open();
    await queue.wake(laneA);
    await queue.batch(batchA);
    assert.deepEqual(await countsOf(queue), { ...idle, 'lanes waiting': 1, 'batches waiting': 1 });
    queue.start(runs);
    await eventually('both run', () => runs.started.length === 2);
  });

  it('keeps one waiting wake of a lane, however often it is woken', async () => {
    const { queue, runs } = await open();
    for (let times = 0; times < 5; times++) await queue.wake(laneA);
    assert.equal((await countsOf(queue))['lanes waiting'], 1);
    queue.start(runs);
    await eventually('it runs', () => runs.running.length === 1);
    runs.end();
    await settled(queue);
    assert.deepEqual(runs.started, [laneA]);
  });

  it('runs a lane exactly once more that was woken during its run, and never twice at once', async () => {
    const { queue, runs } = await openStarted();
    await queue.wake(laneA);
    await eventually('the first run', () => runs.running.length === 1);
    for (let times = 0; times < 5; times++) await queue.wake(laneA);
    assert.equal(runs.running.length, 1);
    runs.end();
    await eventually('the second run', () => runs.started.length === 2);
    runs.end();
    await settled(queue);
    assert.deepEqual([runs.started.length, runs.most], [2, 1]);
  });

  it('keeps one waiting wake of a lane whose bridge runs as many as it may', async () => {
    const { queue, runs } = await openStarted();
    const marker = laneId('2-0xbb', 'mint-0x01');
    const [last = laneA, ...lanes] = lanesOf('1-0xaa', limits.runningPerBridge + 1).toReversed();
    for (const lane of lanes) await queue.wake(lane);
    await settled(queue, { 'lanes active': limits.runningPerBridge });
    await queue.wake(last);
    // Wakes are fetched in order: once the marker runs, the queue knows that `last` waits, and no longer counts it in
    // Redis, where a wake that meets its own job on the way would rightly run the lane once more.
    await queue.wake(marker);
    await eventually('the marker runs', () => runs.running.some(({ name }) => name === marker));
    runs.end(marker);
    for (let times = 0; times < 3; times++) {
      await queue.wake(last);
      await settled(queue, { 'lanes active': limits.runningPerBridge, 'lanes waiting': 1 });
    }
    runs.endAll();
    await eventually('the last one', () => runs.running.length === 1);
    runs.end(last);
    await settled(queue);
    assert.equal(runs.started.filter((lane) => lane === last).length, 1);
  });

  it('refuses a batch while the same one waits or runs, and takes it again afterwards', async () => {
    const { queue, runs } = await open();
    await queue.batch(batchA);
    await queue.batch(batchA);
    assert.equal((await countsOf(queue))['batches waiting'], 1);
    queue.start(runs);
    await eventually('it runs', () => runs.running.length === 1);
    await queue.batch(batchA);
    runs.end();
    await settled(queue);
    assert.equal(runs.started.length, 1);
    await queue.batch(batchA);
    await eventually('it runs again', () => runs.started.length === 2);
  });

  it('takes batches for different ones when kind, lane, first nonce or count differ', async () => {
    const { queue, runs } = await openStarted();
    await queue.batch(batchA);
    await queue.batch({ ...batchA, kind: 'approve' });
    await queue.batch({ ...batchA, lane: laneId('1-0xaa', 'withdraw-0x01') });
    await queue.batch({ ...batchA, firstNonce: '67' });
    await queue.batch({ ...batchA, count: 4 });
    await eventually('all run', () => runs.running.length === 5);
  });

  it('hands a handler the job as it was given, beyond 2^53, too', async () => {
    const { queue } = await open();
    const jobs: BatchJob[] = [];
    queue.start({ wake: () => assert.fail(), batch: (job) => Promise.resolve(void jobs.push(job)) });
    const job = { ...batchA, firstNonce: '18446744073709551617' };
    await queue.batch(job);
    await eventually('it came', () => jobs.length === 1);
    assert.deepEqual(jobs, [job]);
  });

  it('runs the batches of a bridge in the order in which they came', async () => {
    const { queue, runs } = await open();
    const nonces = Array.from({ length: 3 * limits.runningPerBridge }, (_, index) => String(index));
    for (const firstNonce of nonces) await queue.batch({ ...batchA, firstNonce });
    queue.start(runs);
    for (const _ of nonces) {
      await eventually('the next one', () => runs.running.length > 0);
      runs.end();
    }
    assert.deepEqual(
      runs.started.map((name) => name.split(' ').at(-1)),
      nonces,
    );
  });

  it('does not retry what rejects or throws, and runs what comes after', async () => {
    const { queue, runs } = await open();
    let thrown = 0;
    const wake = () => {
      thrown++;
      throw new Error('at once');
    };
    queue.start({ wake, batch: runs.batch });
    await queue.wake(laneA);
    await queue.batch(batchA);
    await eventually('both ran', () => thrown === 1 && runs.running.length === 1);
    runs.end(undefined, new Error('refused'));
    await settled(queue);
    assert.deepEqual([thrown, runs.started.length], [1, 1]);
    await queue.wake(laneA);
    await eventually('the next wake', () => thrown === 2);
  });

  it('runs 8 wakes and 8 batches of a bridge at once, and no more', async () => {
    const { queue, runs } = await openStarted();
    const lanes = lanesOf('1-0xaa', 12);
    for (const lane of lanes) await queue.wake(lane);
    for (const lane of lanes) await queue.batch({ ...batchA, lane });
    await settled(queue, { 'lanes active': 8, 'batches active': 8, 'lanes waiting': 4, 'batches waiting': 4 });
    assert.equal(runs.most, 16);
    runs.endAll();
    await settled(queue, { 'lanes active': 4, 'batches active': 4 });
  });

  it('runs 64 jobs of a kind at once, and beyond them only the first of a bridge', async () => {
    const { queue, runs } = await openStarted();
    for (const bridge of bridges(10)) for (const lane of lanesOf(bridge, 8)) await queue.wake(lane);
    // Eight bridges whose jobs hang leave the others one place each.
    await settled(queue, { 'lanes active': 66, 'lanes waiting': 14 });
    await queue.batch(batchA);
    await eventually('a batch meanwhile', () => runs.running.length === 67);
    assert.equal(runs.most, 67);
    runs.endAll();
    await settled(queue, { 'lanes active': 14 });
  });

  it('runs a bridge while another one has hundreds waiting', async () => {
    const { queue, runs } = await openStarted();
    for (let nonce = 0; nonce < 300; nonce++) await queue.batch({ ...batchA, firstNonce: String(nonce) });
    await eventually('8 run', () => runs.running.length === 8);
    await queue.batch({ ...batchA, lane: laneId('2-0xbb', 'mint-0x01') });
    await eventually('the other bridge', () => runs.running.some(({ name }) => name.startsWith('2-0xbb')));
    assert.equal(runs.started.length, 9);
  });

  it('gives bridges their turns one after the other when all places are taken', async () => {
    const { queue, runs } = await openStarted();
    for (const bridge of bridges(8)) for (const lane of lanesOf(bridge, 8)) await queue.wake(lane);
    await settled(queue, { 'lanes active': 64 });
    const rivals = ['8-0xbb', '9-0xcc'];
    for (const bridge of rivals) for (const lane of lanesOf(bridge, 8)) await queue.wake(lane);
    await settled(queue, { 'lanes active': 66, 'lanes waiting': 14 });
    await eventually('66 run', () => runs.running.length === 66);
    for (let beyond = 0; beyond < 2; beyond++) runs.end();
    for (let ended = 1; ended <= 6; ended++) {
      runs.end();
      await eventually('the next one', () => runs.started.length === 66 + ended);
    }
    const turns = rivals.map((bridge) => runs.started.slice(64).filter((lane) => lane.startsWith(bridge)).length);
    assert.deepEqual(turns, [4, 4]);
  });

  it('starts nothing more once it is disposed, and waits for what runs', async () => {
    const { queue, runs } = await openStarted();
    for (const lane of lanesOf('1-0xaa', 9)) await queue.wake(lane);
    await settled(queue, { 'lanes active': 8, 'lanes waiting': 1 });
    // Active in Redis may be handed out and not begun yet.
    await eventually('8 run', () => runs.running.length === 8);
    let isDisposed = false;
    const disposing = Promise.resolve(queue[Symbol.asyncDispose]()).then(() => (isDisposed = true));
    while (runs.running.length > 1) runs.end();
    for (let turns = 0; turns < 50; turns++) await turn();
    assert.deepEqual([isDisposed, runs.running.length, runs.started.length], [false, 1, 8]);
    assert.equal(runs.running[0]?.signal.aborted, false);
    runs.end();
    await disposing;
    assert.equal(runs.started.length, 8);
  });

  it('aborts the signals of what has not ended in time after it was disposed', async () => {
    const { queue, runs } = await openStarted();
    await queue.wake(laneA);
    await queue.batch(batchA);
    await eventually('both run', () => runs.running.length === 2);
    const signals = runs.running.map(({ signal }) => signal);
    const disposing = queue[Symbol.asyncDispose]();
    await eventually('their signals abort', () => signals.every(({ aborted }) => aborted));
    // A handler that ends by its signal has ended before the queue has.
    runs.endAll();
    await disposing;
  });
}
