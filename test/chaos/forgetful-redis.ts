import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

import { Redis } from 'ioredis';

import { freePort } from '../../cli/devnet/free-ports.ts';
import { eventually } from '../support/wait.ts';

/** A Redis that keeps nothing: killed, it has forgotten everything. */
export async function startRedis() {
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
