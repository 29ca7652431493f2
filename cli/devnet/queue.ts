import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { type Child, watchChild } from './child.ts';
import { freePort } from './free-ports.ts';

export interface QueueServer {
  readonly kind: 'Redis' | 'Redis of this devnet' | 'embedded PGlite';
  readonly url: string;
}

/** The operator's Redis, else a `redis-server` of our own when there is one, else one embedded server for all six. */
export async function startQueueServer(
  directory: string,
  options: { readonly redisUrl: string | undefined; readonly own: 'best' | 'embedded' },
  /** Told of the process before it is ready, so that it can be ended whatever happens. */
  onChild: (child: Child) => void,
): Promise<QueueServer> {
  const { redisUrl, own } = options;
  if (redisUrl !== undefined) return { kind: 'Redis', url: redisUrl };
  if (own === 'best' && spawnSync('redis-server', ['--version']).status === 0) return startRedis(directory, onChild);
  return startEmbedded(directory, onChild);
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

async function startEmbedded(directory: string, onChild: (child: Child) => void): Promise<QueueServer> {
  const own = `../../relayer/queue/serve${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`;
  const script = fileURLToPath(new URL(own, import.meta.url));
  const server = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'pipe'] });
  const child = watchChild('queue server', server, join(directory, 'queue.log'));
  onChild(child);
  let said = '';
  server.stdout.on('data', (data: Buffer) => (said += data.toString()));
  await child.until(() => Promise.resolve(said.includes('\n')));
  return { kind: 'embedded PGlite', url: said.trim() };
}
