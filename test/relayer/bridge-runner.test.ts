import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';

import pino from 'pino';
import { type Address, isAddressEqual, numberToHex, zeroAddress } from 'viem';

import { PegwayError } from '../../protocol/errors.ts';
import type { Side } from '../../protocol/lane.ts';
import { createBeat } from '../../relayer/async/beat.ts';
import type { Account } from '../../relayer/account.ts';
import { createFaultScopes } from '../../relayer/async/fault-scopes.ts';
import { type BridgeRunner, type BridgeRunnerOptions, runBridge } from '../../relayer/bridge-runner.ts';
import { parseProcessConfig } from '../../relayer/config.ts';
import { createMetrics } from '../../relayer/monitoring/metrics.ts';
import { type Problems, createProblems } from '../../relayer/monitoring/problems.ts';
import { createWatchdog } from '../../relayer/monitoring/watchdog.ts';
import type { LaneId } from '../../relayer/queue/queue.ts';
import { simulateChains } from '../../scripts/growth/simulated.ts';
import { eventually } from '../support/wait.ts';
import { type FakeNode, startNode } from './chain/support/node.ts';
import { pairNode } from './chain/support/pair-node.ts';
import { bridges, keys } from './support.ts';

const log = pino({ level: 'silent' });
const [mainBridge, productBridge] = bridges;
/** Of the second bridge. */
const [otherMain, otherProduct] = [numberToHex(0xaa, { size: 20 }), numberToHex(0xbb, { size: 20 })];
const pairs = [
  [mainBridge, productBridge],
  [otherMain, otherProduct],
] as const;
const counterpart = (bridge: Address): Address => {
  const pair = pairs.find((one) => one.some((address) => isAddressEqual(address, bridge)))!;
  return isAddressEqual(pair[0], bridge) ? pair[1] : pair[0];
};

/** Runs the two bridges of a process over simulated chains: everything but chains, accounts and queue is real. */
describe('a bridge of several', () => {
  const faults = createFaultScopes();
  let directory: string;
  let nodes: readonly FakeNode[];
  let stopping: AbortController;
  let runners: readonly BridgeRunner[];
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'pegway-runner-'));
    const other = (chainId: number) => (bridge: Address) => ({ chainId, bridge: counterpart(bridge) });
    nodes = await Promise.all([startNode(pairNode(1, other(2))), startNode(pairNode(2, other(1)))]);
    stopping = new AbortController();
    runners = [];
  });
  afterEach(async () => {
    await Promise.all(runners.map((runner) => runner[Symbol.asyncDispose]()));
    stopping.abort();
    await Promise.all(nodes.map((node) => node.close()));
    rmSync(directory, { recursive: true });
  });

  interface Started {
    readonly runner: BridgeRunner;
    readonly problems: Problems;
    /** Lanes that were woken. */
    readonly woken: LaneId[];
    /** Subscribers to the final heads of its chains. */
    readonly followers: Set<unknown>;
    /** Runs in the bridge's code at the next check of the lease, which each plan makes. */
    inCode: (() => void) | undefined;
    /** Thrown by the metrics that the process sets at each scrape. */
    metricsError: Error | undefined;
  }

  const configs = () => {
    const [main, product] = nodes;
    const bridge = (one: Address, two: Address) => ({
      main: { chain: 'ethereum', bridge: one },
      product: { chain: 'boats', bridge: two },
    });
    const file = {
      chains: { ethereum: { chainId: 1, rpcUrls: [main?.url] }, boats: { chainId: 2, rpcUrls: [product?.url] } },
      bridges: { usd: bridge(mainBridge, productBridge), eur: bridge(otherMain, otherProduct) },
      ...{ key: `plain:0x${'11'.repeat(32)}`, devnet: true, dataDir: 'data' },
    };
    return parseProcessConfig(file, {}, directory).bridges;
  };

  const start = (index: number, change: Partial<BridgeRunnerOptions> = {}): Started => {
    const config = configs()[index]!;
    const simulated = simulateChains(1, 0, {
      rewards: () => zeroAddress,
      exits: () => zeroAddress,
      anchors: () => zeroAddress,
    });
    const problems = createProblems(() => undefined);
    const woken: LaneId[] = [];
    const followers = new Set<unknown>();
    const hooks: Pick<Started, 'inCode' | 'metricsError'> = { inCode: undefined, metricsError: undefined };
    const metrics = createMetrics();
    const { paused } = metrics;
    const { set } = paused;
    Object.assign(paused, {
      set(...args: readonly unknown[]) {
        if (hooks.metricsError !== undefined) throw hooks.metricsError;
        Reflect.apply(set, paused, args);
      },
    });
    const held = (): boolean => {
      const { inCode } = hooks;
      hooks.inCode = undefined;
      inCode?.();
      return true;
    };
    const place = (side: Side) => ({
      chain: {
        reader: {
          bridgeAt: () => simulated.chains[side],
          forget: () => undefined,
          nodes: simulated.chains[side].nodes,
        },
        follow(follower: unknown) {
          followers.add(follower);
          return () => void followers.delete(follower);
        },
      } as unknown as BridgeRunnerOptions['places'][Side]['chain'],
      account: account(),
    });
    const signer = keys[0]!;
    const runner = runBridge({
      ...{ config, isOnly: false, isRetried: true, places: { main: place('main'), product: place('product') } },
      keys: {
        all: () => [],
        attestingWith: () => Promise.resolve({ use: 'attest', part: 'attest key', lastSuccessAt: 0, signer }),
      } as unknown as BridgeRunnerOptions['keys'],
      ...{ metrics, ownProblems: problems, faults, log, signal: stopping.signal },
      queue: {
        wake: (lane: LaneId) => Promise.resolve(void woken.push(lane)),
        batch: () => Promise.resolve(),
      } as unknown as BridgeRunnerOptions['queue'],
      peerClient: {
        request: () => Promise.reject(new Error('no peers')),
        [Symbol.asyncDispose]: () => Promise.resolve(),
      },
      lease: { held, maySign: () => true },
      signedBy: undefined,
      watchdog: createWatchdog(now),
      shared: { problems: { list: () => [] }, watchdog: createWatchdog(now) },
      patiently: () => (_part, action) => action(),
      inTurn: (open) => open(),
      ...{ now, beat: createBeat(now) },
      ...change,
    });
    runners = [...runners, runner];
    return Object.assign(hooks, { runner, problems, woken, followers });
  };
  const now = () => performance.now() / 1_000;
  const account = () =>
    ({
      ...{ address: keys[0]!.address, tip: undefined, balance: undefined, subscribe: () => () => undefined },
      transactions: { recover: () => Promise.resolve(), pending: () => [] },
    }) as unknown as Account;
  const codes = ({ problems }: Started) => problems.list().map(({ code }) => code);
  /** Opens both bridges. */
  const startBoth = async (): Promise<[Started, Started]> => {
    const both: [Started, Started] = [start(0), start(1)];
    await Promise.all(both.map(({ runner }) => runner.opened));
    return both;
  };

  const boom = new Error('boom');
  const isReopened = ({ runner, problems }: Started, before: unknown): boolean =>
    runner.open !== undefined && runner.open !== before && problems.list().length === 0;
  const plan = ({ runner, woken }: Started) => runner.plan(woken[0]!, stopping.signal);

  it('is closed and opened again when its code throws in a timer, and the others stay as they are', async () => {
    const [usd, eur] = await startBoth();
    const [before, other] = [usd.runner.open, eur.runner.open];
    assert.ok(before !== undefined && other !== undefined);
    const handled = Promise.withResolvers<boolean>();
    // As the process's handler of uncaught exceptions.
    usd.inCode = () => void setTimeout(() => handled.resolve(faults.handle(boom)));
    await plan(usd);
    assert.equal(await handled.promise, true);
    assert.deepEqual(usd.problems.list(), [{ part: 'code', code: 'internal', message: 'boom' }]);
    await eventually('it is open again', () => isReopened(usd, before));
    // The closed one follows its chains no longer.
    assert.equal(usd.followers.size, 2);
    assert.equal(eur.runner.open, other);
    assert.deepEqual(codes(eur), []);
    await plan(eur);
  });

  it('is opened again when a call of the process throws in it, and the call ends well', async () => {
    const [usd, eur] = await startBoth();
    const [before, other] = [usd.runner.open, eur.runner.open];
    usd.metricsError = boom;
    for (const { runner } of [usd, eur]) runner.measure();
    usd.metricsError = undefined;
    assert.deepEqual(codes(usd), ['internal']);
    await eventually('it is open again', () => isReopened(usd, before));
    assert.equal(eur.runner.open, other);
    assert.deepEqual(codes(eur), []);
  });

  it('starts no job while it is closed, and passes jobs on once it is open again', async () => {
    const [usd] = await startBoth();
    const before = usd.runner.open;
    usd.metricsError = boom;
    usd.runner.measure();
    usd.metricsError = undefined;
    await eventually('it is closed', () => usd.runner.open === undefined);
    let planned = 0;
    usd.inCode = () => {
      planned += 1;
    };
    await plan(usd);
    assert.equal(planned, 0);
    assert.equal(usd.runner.healthInputs().started, false);
    await eventually('it is open again', () => isReopened(usd, before));
    await plan(usd);
    assert.equal(planned, 1);
  });

  it('repeats a start that failed, and names the reason until it has succeeded', async () => {
    const failing = Promise.withResolvers<never>();
    let tries = 0;
    const inTurn: BridgeRunnerOptions['inTurn'] = (open) => (++tries === 1 ? failing.promise : open());
    const usd = start(0, { inTurn });
    failing.reject(new PegwayError('no node answers', { code: 'rpc-unreachable' }));
    await eventually('the reason', () => codes(usd)[0] === 'rpc-unreachable');
    await usd.runner.opened;
    assert.deepEqual(codes(usd), []);
    assert.ok(usd.runner.open !== undefined);
  });

  it('rejects its start where a failed one is not repeated', async () => {
    const usd = start(0, { isRetried: false, inTurn: () => Promise.reject(boom) });
    await assert.rejects(usd.runner.opened, boom);
  });

  it('is not opened again by a fault after its disposal', async () => {
    const [usd] = await startBoth();
    let late = (): boolean => assert.fail('no job ran');
    usd.inCode = () => {
      late = AsyncLocalStorage.bind(() => faults.handle(boom));
    };
    await plan(usd);
    await usd.runner[Symbol.asyncDispose]();
    const opened = usd.woken.length;
    assert.equal(late(), true);
    await plan(usd);
    await usd.runner[Symbol.asyncDispose]();
    assert.equal(usd.runner.open, undefined);
    assert.equal(usd.followers.size, 0);
    assert.equal(usd.woken.length, opened);
  });

  it('starts no job once its disposal has begun, and a fault of its code remains reported', async () => {
    const [usd] = await startBoth();
    let fault = (): boolean => assert.fail('no job ran');
    usd.inCode = () => {
      fault = AsyncLocalStorage.bind(() => faults.handle(boom));
    };
    await plan(usd);
    const ending = usd.runner[Symbol.asyncDispose]();
    assert.equal(fault(), true);
    let planned = 0;
    usd.inCode = () => {
      planned += 1;
    };
    await plan(usd);
    await ending;
    assert.equal(planned, 0);
    // Reopening would clear it.
    assert.deepEqual(codes(usd), ['internal']);
  });

  it('passes what its code throws on to the process if it is the only one', async () => {
    const only = start(0, { isOnly: true });
    await only.runner.opened;
    const handled = Promise.withResolvers<boolean>();
    only.inCode = () => void setTimeout(() => handled.resolve(faults.handle(boom)));
    await plan(only);
    assert.equal(await handled.promise, false);
    only.metricsError = boom;
    assert.throws(() => only.runner.measure(), boom);
    only.metricsError = undefined;
    assert.deepEqual(codes(only), []);
  });
});
