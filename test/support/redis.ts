import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Redis } from 'ioredis';

import { freePort } from '../../cli/devnet/free-ports.ts';
import { eventually } from './wait.ts';

export const hasRedisServer = spawnSync('redis-server', ['--version']).status === 0;

export interface RedisServer {
  readonly port: number;
  readonly url: string;
  command(name: string, ...words: string[]): Promise<unknown>;
  /** Its process neither answers nor closes a connection. */
  pause(): void;
  resume(): void;
  stop(): Promise<void>;
}

/** A Redis of a test's own, which keeps nothing on the disk. With `port: 0` it is asked nothing, and may not be up yet. */
export async function startRedisServer(settings: Readonly<Record<string, string>> = {}): Promise<RedisServer> {
  const port = await freePort();
  const directory = await mkdtemp(join(tmpdir(), 'pegway-redis-'));
  const all = { port: String(port), bind: '127.0.0.1', dir: directory, save: '', 'maxmemory-policy': 'noeviction' };
  const args = Object.entries({ ...all, ...settings }).flatMap(([name, value]) => [`--${name}`, value]);
  const server = spawn('redis-server', args, { stdio: 'ignore' });
  const ended = once(server, 'exit');

  const command = async (name: string, ...words: string[]): Promise<unknown> => {
    const password = settings['requirepass'];
    const redis = new Redis(port, '127.0.0.1', {
      ...{ lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 },
      ...(password === undefined ? {} : { password }),
    });
    redis.on('error', () => undefined);
    try {
      await redis.connect();
      return await redis.call(name, ...words);
    } finally {
      redis.disconnect();
    }
  };
  if (settings['port'] === undefined) await eventually('Redis is up', () => command('PING'));

  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    command,
    pause: () => void server.kill('SIGSTOP'),
    resume: () => void server.kill('SIGCONT'),
    async stop() {
      server.kill('SIGKILL');
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The operator's Redis (`REDIS_URL`), else one of the test's own. */
export async function redisForTests(): Promise<Pick<RedisServer, 'url' | 'stop'>> {
  const url = process.env['REDIS_URL'];
  return url === undefined ? startRedisServer() : { url, stop: () => Promise.resolve() };
}

/** For the `skip` of a suite that needs `redisForTests`. */
export const withoutRedis: string | false =
  process.env['REDIS_URL'] === undefined && !hasRedisServer && 'needs redis-server or REDIS_URL';

/** For the `skip` of a suite that starts servers of its own. */
export const withoutRedisServer: string | false = !hasRedisServer && 'needs redis-server';
