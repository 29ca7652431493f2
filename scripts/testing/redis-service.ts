// A Redis server that lives as long as one suite.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { freePort } from '../../cli/devnet/free-ports.ts';

export interface Service {
  environment: Record<string, string>;
  stop: () => Promise<void>;
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

export async function startRedis(): Promise<Service> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'pegway-redis-'));
  // BullMQ needs `noeviction`, as in production: an evicted key is a lost job.
  const options = {
    bind: '127.0.0.1',
    port,
    dir: folder,
    save: '',
    appendonly: 'no',
    'maxmemory-policy': 'noeviction',
  };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const server = spawn('redis-server', args, { stdio: 'ignore' });
  const exited = once(server, 'exit');

  for (let tries = 0; !(await accepts(port)); tries++) {
    if (server.exitCode !== null || tries === 100) throw new Error(`redis-server did not start on port ${port}`);
    await sleep(50);
  }

  const stop = async (): Promise<void> => {
    server.kill();
    await exited;
    await rm(folder, { recursive: true, force: true });
  };
  return { environment: { REDIS_URL: `redis://127.0.0.1:${port}` }, stop };
}
