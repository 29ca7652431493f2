import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';

import type { BridgesView, StatusView, Wire } from '../../protocol/api-types.ts';
import type { ShardState } from '../../relayer/shards/shard-states.ts';
import type { Departure } from '../../sdk/index.ts';
import { type TestNet, startTestNet } from '../support/devnet.ts';
import { type RedisServer, redisForTests, withoutRedis } from '../support/redis.ts';
import { type Process, startFurtherProcess, withShards } from '../support/shards.ts';
import { type UsedBridge, useBridge } from '../support/use-bridge.ts';
import { eventually } from '../support/wait.ts';

const SHARDS = 3;

describe('processes of one signer', { skip: withoutRedis }, () => {
  let redis: Pick<RedisServer, 'url' | 'stop'>;
  let net: TestNet;
  let bridges: readonly UsedBridge[];
  let first: Process;
  let second: Process;
  let third: Process | undefined;

  before(async () => {
    redis = await redisForTests();
    net = await startTestNet({
      ...{ bridges: 4, redisUrl: redis.url, prepare: withShards(SHARDS), processes: [0] },
    });
    bridges = [net.devnet.file, ...net.devnet.file.others].map((bridge) => useBridge(net, bridge));
    first = { member: net.devnet.members[0]!, child: net.devnet.relayer(0) };
    // With two signers gone, nothing moves without this one.
    await net.kill(1, 2);
    second = await startProcess('second');
  });
  after(async () => {
    second.child.kill('SIGKILL');
    third?.child.kill('SIGKILL');
    first.child.kill('SIGCONT');
    await net.stop();
    await redis.stop();
  });

  /** Starts one more process of the first signer. */
  const startProcess = (name: string): Promise<Process> => startFurtherProcess(first.member, name);
  const held = async ({ member }: Process): Promise<readonly string[]> => {
    const text = await (await fetch(member.metricsUrl)).text();
    return [...text.matchAll(/^pegway_shard_held\{shard="(\w+)"\} 1$/gm)].map(([, shard]) => shard ?? '');
  };
  const list = async ({ member }: Process) =>
    ((await (await fetch(`${member.apiUrl}/v1/bridges`)).json()) as Wire<BridgesView>).bridges;
  /** Resolves when these processes hold so many shards each, and all bridges are open. */
  const share = async (processes: readonly Process[], counts: readonly number[]): Promise<void> => {
    await eventually(`shares of ${counts.join(', ')}`, async () => {
      const shards = await Promise.all(processes.map(held));
      const isShared =
        shards
          .map(({ length }) => length)
          .toSorted()
          .join() === counts.toSorted().join();
      return isShared && new Set(shards.flat()).size === SHARDS && (await areOpen(processes));
    });
  };
  const areOpen = async (processes: readonly Process[]): Promise<boolean> =>
    (await Promise.all(processes.map(list))).flat().every(({ state }) => state === 'open');
  /** One at each bridge, one after the other: the holder's account has one nonce at a time. */
  const depositAll = async (): Promise<Departure[]> => {
    const departures: Departure[] = [];
    for (const bridge of bridges) departures.push(await bridge.deposit());
    return departures;
  };
  /** Each arrives, and is executed once. */
  const arriveOnce = async (departures: readonly Departure[]): Promise<void> => {
    for (const [place, departure] of departures.entries()) {
      await bridges[place]!.arrives(departure);
      assert.equal(await bridges[place]!.executions(departure), 1);
    }
  };

  it('each take a share of the shards, and carry all bridges', async () => {
    await share([first, second], [1, 2]);
    await arriveOnce(await depositAll());
    for (const one of [first, second]) {
      const answer = await fetch(new URL('/health/ready', one.member.metricsUrl));
      const { shards } = (await answer.json()) as { readonly shards: readonly ShardState[] };
      const own = await held(one);
      assert.deepEqual(
        shards.map((state) => (state.held ? 'held' : state.code)),
        shards.map(({ shard }) => (own.includes(shard) ? 'held' : 'held-elsewhere')),
      );
      assert.deepEqual([answer.status, shards.length], [200, SHARDS]);
    }
  });

  it('answer for each other’s bridges, and pass on no request of a stranger as one of theirs', async () => {
    const processes = async (one: Process) => (await list(one)).map(({ process }) => process);
    await eventually('the same holders in both lists', async () => {
      const [here, there] = await Promise.all([first, second].map(processes));
      return here?.join() === there?.join() && new Set(here).size === 2;
    });
    for (const { member } of [first, second]) {
      for (const bridge of bridges) {
        const answer = await fetch(`${member.apiUrl}/bridges/${bridge.name}/v1/status`);
        assert.equal(answer.status, 200);
        const { bridges: served } = (await answer.json()) as Wire<StatusView>;
        assert.equal(served.product.bridge, bridge.product.bridge);
      }
      const headers = { 'pegway-sender': '192.0.2.1', 'pegway-forwarded': '00'.repeat(32) };
      const forged = await fetch(`${member.apiUrl}/v1/bridges`, { headers });
      assert.equal(forged.status, 403);
    }
  });

  it('take over what a killed one held, with transfers on their way', async (test) => {
    const departures = await depositAll();
    second.child.kill('SIGKILL');
    const killed = performance.now();
    await share([first], [SHARDS]);
    test.diagnostic(`all bridges open again ${((performance.now() - killed) / 1_000).toFixed(1)} s after the kill`);
    await arriveOnce(departures);
  });

  it('give a share to those that join, with transfers on their way', async () => {
    const departures = await depositAll();
    second = await startProcess('second-again');
    third = await startProcess('third');
    await share([first, second, third], [1, 1, 1]);
    await arriveOnce(departures);
    await arriveOnce(await depositAll());
  });

  it('take over from one that hangs, which does nothing with its shard when it goes on', async (test) => {
    const [lost] = await held(first);
    first.child.kill('SIGSTOP');
    const stopped = performance.now();
    const departures = await depositAll();
    await share([second, third!], [1, 2]);
    test.diagnostic(`all bridges open again ${((performance.now() - stopped) / 1_000).toFixed(1)} s after the stop`);
    await arriveOnce(departures);
    first.child.kill('SIGCONT');
    await share([first, second, third!], [1, 1, 1]);
    assert.match(first.child.log(), new RegExp(`"shard":"${lost}","how":"lost"`));
    await arriveOnce(await depositAll());
  });
});
