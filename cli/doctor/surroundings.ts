import { existsSync, mkdtempSync, rmSync, statSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { Redis } from 'ioredis';
import { Client } from 'pg';

import type { BridgeState } from '../../relayer/chain/bridge-contract.ts';
import type { Config } from '../../relayer/config.ts';
import { isRedis } from '../../relayer/queue/queue.ts';
import { type Side, sides } from '../../protocol/lane.ts';
import type { StatusView } from '../../protocol/api-types.ts';
import { ask } from '../inspect/ask.ts';
import { type Finding, type Outcome, bad, look, ok, warn } from './finding.ts';

const ANSWER_MILLISECONDS = 3_000;
/** Free space of the data folder below which it is worth a word. */
const LITTLE_BYTES = 1_000_000_000;

/** What stands around a relayer on its machine: queue, folder, peers. */
export async function* surroundingFindings(
  config: Config,
  states: Readonly<Record<Side, BridgeState>> | undefined,
): AsyncGenerator<Finding> {
  yield await look('machine', 'Node', () => nodeVersion(process.version));
  yield await look('data folder', 'writable', () => folder(config.dataDir));
  yield* queueFindings(config.queue);
  for (const peer of config.peers) {
    yield await look(`peer ${peer.address}`, 'status', () => peerStatus(config, peer));
  }
  if (states !== undefined) yield await look('peers', 'complete', () => unnamed(config, states));
}

const nodeVersion = (version: string): Outcome =>
  Number(version.slice(1).split('.')[0]) >= 24 ? ok(version) : bad(version, 'install Node 24 or newer');

/** Makes and removes a folder in it; makes the data folder itself only in thought. */
function folder(dataDir: string): Outcome {
  let there = dataDir;
  while (!existsSync(there)) there = dirname(there);
  rmSync(mkdtempSync(join(there, '.pegway-doctor-')), { recursive: true });
  const { bavail, bsize } = statfsSync(there);
  const free = bavail * bsize;
  const found = `${dataDir}, ${(free / 1e9).toFixed(1)} GB free`;
  if (there === dataDir && (statSync(dataDir).mode & 0o077) !== 0) {
    return warn(`${found}, open to other users`, `chmod 700 ${dataDir}`);
  }
  return free < LITTLE_BYTES
    ? warn(found, 'journal and records need little, but a full disk stops signing')
    : ok(found);
}

async function* queueFindings(url: string | undefined): AsyncGenerator<Finding> {
  if (url === undefined) {
    yield await look('queue', 'kind', () =>
      warn('embedded PGlite, some 400 MB of memory', 'set queue to a Redis of this signer’s own for production'),
    );
    return;
  }
  if (!isRedis(url)) {
    yield await look('queue', 'kind', () => postgres(url));
    return;
  }
  const redis = new Redis(url, {
    ...{ lazyConnect: true, maxRetriesPerRequest: 0, connectTimeout: ANSWER_MILLISECONDS },
    retryStrategy: () => null,
  });
  // What went wrong is told by the command that fails.
  redis.on('error', () => undefined);
  try {
    const answers = await look('queue', 'Redis answers', async () => {
      await redis.connect();
      const began = performance.now();
      await redis.ping();
      const version = /redis_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? '?';
      return ok(`version ${version}, ${(performance.now() - began).toFixed(1)} ms`);
    });
    yield answers;
    if (answers.outcome === 'bad') return;
    yield await look('queue', 'maxmemory-policy', () => evictionOf(redis));
    yield await look('queue', 'persistence', () => persistenceOf(redis));
  } finally {
    redis.disconnect();
  }
}

/** Undefined: a managed Redis may refuse CONFIG. */
const settingOf = (redis: Redis, name: string): Promise<string | undefined> =>
  redis.config('GET', name).then(
    (answer) => (answer as readonly string[])[1],
    () => undefined,
  );

async function evictionOf(redis: Redis): Promise<Outcome> {
  const policy = await settingOf(redis, 'maxmemory-policy');
  if (policy === undefined)
    return warn('it does not tell', 'make sure that it is noeviction: the provider’s console has it');
  if (policy === 'noeviction') return ok(policy);
  return bad(`${policy}, expected noeviction`, 'redis-cli CONFIG SET maxmemory-policy noeviction, and in redis.conf');
}

async function persistenceOf(redis: Redis): Promise<Outcome> {
  const [appendonly, save] = await Promise.all([settingOf(redis, 'appendonly'), settingOf(redis, 'save')]);
  if (appendonly === undefined) return warn('it does not tell', 'the provider’s console has it');
  if (appendonly === 'yes') return ok('append-only file');
  if (save !== undefined && save !== '') return ok(`snapshots (${save})`);
  return warn('none', 'a restart of Redis loses jobs, which the next sweep finds again; appendonly yes saves the wait');
}

async function postgres(url: string): Promise<Outcome> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: ANSWER_MILLISECONDS });
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    return ok(`Postgres ${rows[0]?.server_version ?? '?'}`);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** That it answers, is who it is said to be, and serves the same bridge. */
async function peerStatus(config: Config, { address, url }: Config['peers'][number]): Promise<Outcome> {
  const told = await ask<StatusView>(url, '/v1/status');
  if ('error' in told)
    return warn(`${told.url} does not answer: ${told.error}`, 'ask its operator; four must be reachable');
  if (!('value' in told)) return bad(`${told.url} answers ${told.reason}`, 'is that the public port of a relayer?');
  const { value, seconds } = told;
  if (value.address !== address) return bad(`${told.url} is ${value.address}`, 'correct the peer’s address or url');
  const other = sides.find(
    (side) =>
      value.bridges[side].bridge !== config[side].bridge || value.bridges[side].chainId !== config[side].chainId,
  );
  if (other !== undefined) {
    return bad(
      `its ${other} bridge is ${value.bridges[other].bridge}`,
      'one of the two configurations is of another bridge',
    );
  }
  return ok(`${told.url}, ${Math.round(seconds * 1_000)} ms, version ${value.version}`);
}

function unnamed({ peers }: Config, states: Readonly<Record<Side, BridgeState>>): Outcome {
  const named = new Set(peers.map(({ address }) => address));
  const all = [...new Set(sides.flatMap((side) => states[side].signers))];
  const missing = all.filter((signer) => !named.has(signer));
  // One is this signer itself.
  if (missing.length <= 1) return ok(`${peers.length} named`);
  return warn(
    `${missing.length} of ${all.length} signers are not named: ${missing.join(', ')}`,
    'add them to peers (this signer itself need not be): those not named are not asked for signatures',
  );
}
