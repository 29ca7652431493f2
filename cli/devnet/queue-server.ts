import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { type Child, watchChild } from './child.ts';
import { freePort } from './free-ports.ts';

export interface QueueServer {
  readonly kind: 'Redis' | 'Redis of this devnet' | 'in this process';
  /** Undefined when each relayer has an in-process queue. */
  readonly url: string | undefined;
}

/** The operator's Redis, else a local `redis-server` if installed, else none: a queue in each relayer. */
export async function startQueueServer(
  directory: string,
  options: { readonly redisUrl: string | undefined; readonly own: 'best' | 'none' },
  /** Called with the process before it is ready, so that it can be ended in any case. */
  onChild: (child: Child) => void,
): Promise<QueueServer> {
  const { redisUrl, own } = options;
  if (redisUrl !== undefined) return { kind: 'Redis', url: redisUrl };
  if (own === 'best' && spawnSync('redis-server', ['--version']).status === 0) return startRedis(directory, onChild);
  return { kind: 'in this process', url: undefined };
}

async function startRedis(directory: string, onChild: (child: Child) => void): Promise<QueueServer> {
  const port = await freePort();
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--maxmemory-policy', 'noeviction'];
  const server = spawn('redis-server', [...args, '--dir', directory], { stdio: ['ignore', 'pipe', 'pipe'] });
  const child = watchChild('redis-server', server, join(directory, 'redis.log'));
  onChild(child);
  await child.until(() =>
    Promise.resolve(
      spawnSync('redis-cli', ['-p', String(port), 'ping'])
        .stdout.toString()
        .includes('PONG'),
    ),
  );
  return { kind: 'Redis of this devnet', url: `redis://127.0.0.1:${port}` };
}
