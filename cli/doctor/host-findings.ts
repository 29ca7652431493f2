import { existsSync, mkdtempSync, rmSync, statSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { BridgeState } from '../../relayer/chain/bridge-contract.ts';
import type { Config } from '../../relayer/config.ts';
import { type RedisFacts, examineRedis, requireUsable } from '../../relayer/queue/redis-connection.ts';
import { type Side, sides } from '../../protocol/lane.ts';
import type { StatusView } from '../../protocol/api-types.ts';
import { ask } from '../inspect/ask-relayers.ts';
import { type Finding, type Outcome, bad, look, ok, warn } from './finding.ts';

/** Free space of the data folder below which it is worth a word. */
const LITTLE_BYTES = 1_000_000_000;

/** Checks of a relayer's surroundings: queue, folder, peers. */
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
      warn('in the process of the relayer: no standby', 'set queue to a Redis of this signer’s own to run a standby'),
    );
    return;
  }
  let facts: RedisFacts | undefined;
  yield await look('queue', 'Redis answers', async () => {
    facts = await examineRedis(url);
    return ok(`version ${facts.version}, ${facts.milliseconds.toFixed(1)} ms`);
  });
  const found = facts;
  if (found === undefined) return;
  yield await look('queue', 'primary', () => {
    requireUsable({ ...found, maxmemoryPolicy: undefined });
    return ok(`role ${found.role}`);
  });
  yield await look('queue', 'maxmemory-policy', () => eviction(found));
  yield await look('queue', 'persistence', () => persistence(found));
}

function eviction(facts: RedisFacts): Outcome {
  if (facts.maxmemoryPolicy === undefined) {
    return warn('not known: Redis refuses CONFIG', 'make sure that it is noeviction: the provider’s console has it');
  }
  requireUsable({ ...facts, role: 'master' });
  return ok(facts.maxmemoryPolicy);
}

function persistence({ appendonly, save }: RedisFacts): Outcome {
  if (appendonly === undefined) return warn('not known: Redis refuses CONFIG', 'the provider’s console has it');
  if (appendonly === 'yes') return ok('append-only file');
  if (save !== undefined && save !== '') return ok(`snapshots (${save})`);
  return warn('none', 'a restart of Redis loses jobs, which the next sweep finds again; appendonly yes saves the wait');
}

/** Asserts that a peer answers, has the expected address and serves the same bridge. */
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
