import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { Redis } from 'ioredis';

import { type Child, watchChild } from '../../relayer/cli/devnet/child.ts';
import { freePort, freePorts } from '../../relayer/cli/devnet/ports.ts';
import type { ConfigFile } from '../../relayer/config.ts';
import { type Cable, layCable } from '../support/cable.ts';
import { type TestNet, allSigners, startTestNet } from '../support/devnet.ts';
import { type RpcProxy, startRpcProxy } from '../support/rpc-proxy.ts';
import { eventually } from '../support/wait.ts';

export type Side = 'main' | 'product';

/** Signers that ask three nodes of which two must agree; the others have one, which is their own and tells no lies. */
export const careful = [0, 1, 2, 3] as const;
export const trusting = [4, 5] as const;
export const nodesOf = (signer: number): readonly number[] =>
  careful.some((index) => index === signer) ? [0, 1, 2] : [0];
/** It has a second process that stands by. */
export const DOUBLE = 3;

export const wayOf = (signer: number, side: Side, node: number): string => `${signer}/${side}/${node}`;

/** Two chains, six signers (one of them with a standby), their Redis, and everything between them within reach of faults. */
export interface ChaosNet extends TestNet {
  readonly proxy: RpcProxy;
  /** To each signer's public port, for its peers. */
  readonly peerCables: readonly Cable[];
  readonly redisCable: Cable;
  readonly redis: { kill(): Promise<void>; start(): Promise<void>; flush(): Promise<void> };
  readonly standby: { process(): Child; start(): void };
  /** Logs of all relayer processes. */
  readonly logFiles: readonly string[];
}

export async function startChaosNet(): Promise<ChaosNet> {
  const redis = await ownRedis();
  const redisCable = await layCable({ host: '127.0.0.1', port: redis.port });
  process.env['NODE_OPTIONS'] = `--import=${fileURLToPath(new URL('skew.mjs', import.meta.url))}`;
  const net = await startTestNet({ redisUrl: `redis://127.0.0.1:${redisCable.port}` });
  const proxy = await startRpcProxy();
  const peerCables = await Promise.all(
    net.devnet.members.map(({ apiUrl }) => layCable({ host: '127.0.0.1', port: Number(new URL(apiUrl).port) })),
  );
  await net.kill(...allSigners);

  for (const index of allSigners) {
    net.configure(index, (config) => {
      for (const side of ['main', 'product'] as const) {
        const { rpcUrl } = net.devnet.file[side];
        const nodes = nodesOf(index);
        config[side].rpcUrls = nodes.map((node) => proxy.way(wayOf(index, side, node), rpcUrl));
        config[side].rpcQuorum = Math.min(2, nodes.length);
        config[side].requestTimeoutSeconds = 5;
      }
      config.peers = (config.peers ?? []).map((peer) => {
        const target = net.devnet.members.findIndex(({ address }) => address === peer.address);
        return { ...peer, url: `http://127.0.0.1:${peerCables[target]?.port}` };
      });
    });
  }
  await net.restart(...allSigners);

  const double = net.devnet.members[DOUBLE]?.configFile ?? '';
  const standby = await startStandby(double);
  const logFiles = [
    ...net.devnet.members.map(({ configFile }) => join(dirname(configFile), 'relayer.log')),
    join(dirname(double), 'standby.log'),
  ];

  /** A process of the double may stand by for good: then it is only alive. */
  const restart = async (...indices: number[]): Promise<void> => {
    const others = indices.filter((index) => index !== DOUBLE);
    if (others.length < indices.length) {
      net.restart(DOUBLE).catch(() => undefined);
      const live = new URL('/health/live', net.devnet.members[DOUBLE]?.metricsUrl);
      await eventually('the double lives', async () => (await fetch(live)).ok);
    }
    await net.restart(...others);
  };

  return {
    ...net,
    restart,
    ...{ proxy, peerCables, redisCable, redis, standby, logFiles },
    async stop() {
      standby.process().kill('SIGKILL');
      await net.stop();
      await proxy.close();
      for (const cable of [...peerCables, redisCable]) await cable.close();
      await redis.kill();
    },
  };
}

async function startStandby(configFile: string): Promise<ChaosNet['standby']> {
  const config = JSON.parse(readFileSync(configFile, 'utf8')) as ConfigFile;
  const [publicPort, privatePort] = await freePorts(2);
  config.listen = { public: `127.0.0.1:${publicPort}`, private: `127.0.0.1:${privatePort}` };
  config.dataDir = 'standby-data';
  const file = join(dirname(configFile), 'standby.json');
  writeFileSync(file, JSON.stringify(config));
  const cli = fileURLToPath(new URL('../../relayer/cli/pegway.ts', import.meta.url));
  let child: Child;
  const start = () => {
    const spawned = spawn(process.execPath, [cli, 'relayer', '--config', file], { stdio: ['ignore', 'pipe', 'pipe'] });
    child = watchChild('standby', spawned, join(dirname(file), 'standby.log'));
  };
  start();
  return { process: () => child, start };
}

/** A Redis that keeps nothing: killed, it has forgotten everything. */
async function ownRedis() {
  const port = await freePort();
  let server: ChildProcess;
  const client = () =>
    new Redis(port, '127.0.0.1', { maxRetriesPerRequest: 0, retryStrategy: () => null, lazyConnect: true });
  const ask = async (command: (redis: Redis) => Promise<unknown>): Promise<boolean> => {
    const redis = client();
    redis.on('error', () => undefined);
    return redis
      .connect()
      .then(() => command(redis))
      .then(
        () => true,
        () => false,
      )
      .finally(() => redis.disconnect());
  };
  const start = async () => {
    const options = ['--save', '', '--appendonly', 'no', '--maxmemory-policy', 'noeviction'];
    server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', ...options], { stdio: 'ignore' });
    await eventually('Redis is up', () => ask((redis) => redis.ping()));
  };
  await start();
  return {
    port,
    start,
    async kill() {
      const ended = once(server, 'exit');
      server.kill('SIGKILL');
      await ended;
    },
    async flush() {
      await ask((redis) => redis.flushall());
    },
  };
}
