import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

import pino from 'pino';
import { numberToHex } from 'viem';
import { privateKeyToAddress } from 'viem/accounts';

import { freePorts } from '../../cli/devnet/free-ports.ts';
import type { BridgesView } from '../../protocol/api-types.ts';
import { parseProcessConfig } from '../../relayer/config.ts';
import { type RelayerProcess, startProcess } from '../../relayer/process.ts';
import { shardOf } from '../../relayer/shards/assignment.ts';
import { readShards } from '../../relayer/shards/read-shards.ts';
import { redisForTests, withoutRedis } from '../support/redis.ts';
import { eventually } from '../support/wait.ts';
import { type FakeNode, startNode } from './chain/support/node.ts';

const keyOf = (digit: string): `0x${string}` => `0x${digit.repeat(64)}`;
const key = keyOf('7');
const paying = ['1', '2', '3', '4'].map(keyOf);
const accounts = paying.map(privateKeyToAddress);
/** One for each shard. */
const bridges = accounts.map((shard) => {
  for (let number = 1; ; number++) {
    const address = `0x${number.toString(16).padStart(40, '0')}`;
    if (shardOf(`1-${address}`, accounts) === shard) return address;
  }
});

describe('processes of one signer with several bridges', { skip: withoutRedis }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'pegway-shards-'));
  let redis: Awaited<ReturnType<typeof redisForTests>>;
  let nodes: readonly FakeNode[];
  const running: RelayerProcess[] = [];
  before(async () => {
    redis = await redisForTests();
    // Of chains that answer nothing but their id: no bridge opens, which concerns no shard.
    nodes = await Promise.all(
      [1, 2].map((chainId) => startNode((method) => (method === 'eth_chainId' ? numberToHex(chainId) : undefined))),
    );
  });
  after(async () => {
    await Promise.all(running.map((one) => one[Symbol.asyncDispose]()));
    await Promise.all(nodes.map((node) => node.close()));
    await redis.stop();
    rmSync(directory, { recursive: true });
  });

  const start = async (name: string) => {
    const [publicPort, privatePort] = await freePorts(2);
    const [main, product] = nodes;
    const file = {
      chains: { main: { chainId: 1, rpcUrls: [main?.url] }, product: { chainId: 2, rpcUrls: [product?.url] } },
      bridges: Object.fromEntries(
        bridges.map((bridge, index) => [
          `bridge-${index}`,
          { main: { chain: 'main', bridge }, product: { chain: 'product', bridge } },
        ]),
      ),
      shards: paying.map((one) => ({ payingKey: `plain:${one}` })),
      ...{ key: `plain:${key}`, devnet: true, dataDir: name, queue: redis.url },
      listen: { public: `127.0.0.1:${publicPort}`, private: `127.0.0.1:${privatePort}` },
    };
    const relayer = await startProcess(parseProcessConfig(file, {}, directory), {
      ...{ log: pino({ level: 'silent' }), signal: new AbortController().signal },
    });
    running.push(relayer);
    return { relayer, url: `http://127.0.0.1:${publicPort}`, metrics: `http://127.0.0.1:${privatePort}/metrics` };
  };
  const held = async ({ metrics }: { readonly metrics: string }): Promise<number> =>
    [...(await (await fetch(metrics)).text()).matchAll(/^pegway_shard_held\{.*\} 1$/gm)].length;
  const list = async ({ url }: { readonly url: string }) =>
    ((await (await fetch(`${url}/v1/bridges`)).json()) as BridgesView).bridges;
  const problemAt = async ({ url }: { readonly url: string }, index: number) => {
    const answer = await fetch(`${url}/v1/bridges/bridge-${index}/status`);
    return { status: answer.status, ...((await answer.json()) as { reason: string; message: string }) };
  };

  it('share them, answer for each other, and end without a trace', async () => {
    const first = await start('first');
    await eventually('all shards at the first', async () => (await held(first)) === 4);
    const second = await start('second');
    await eventually('two each', async () => (await held(first)) === 2 && (await held(second)) === 2);

    const processes = async (one: { readonly url: string }) => (await list(one)).map(({ process }) => process);
    await eventually('the same holders in both lists', async () => {
      const [here, there] = await Promise.all([first, second].map(processes));
      return here?.join() === there?.join() && new Set(here).size === 2 && !here?.includes(undefined);
    });
    // Either answers in the words of the one that holds the bridge.
    for (const index of bridges.keys()) {
      const answers = await Promise.all([first, second].map((one) => problemAt(one, index)));
      for (const { status, reason, message } of answers) {
        assert.deepEqual({ status, reason }, { status: 503, reason: 'bridge-closed' });
        assert.match(message, new RegExp(`^bridge bridge-${index} is not open`));
      }
    }
    const { members, shards } = await readShards(redis.url, privateKeyToAddress(key), accounts);
    assert.equal(members.length, 2);
    assert.equal(new Set(shards.map(({ holder }) => holder)).size, 2);

    await first.relayer[Symbol.asyncDispose]();
    await eventually('all shards at the second', async () => (await held(second)) === 4);
    await second.relayer[Symbol.asyncDispose]();
    const left = await readShards(redis.url, privateKeyToAddress(key), accounts);
    assert.deepEqual(left.members, []);
    assert.ok(left.shards.every(({ holder }) => holder === undefined));
  });
});
