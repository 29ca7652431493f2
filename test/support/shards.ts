// Several processes of one signer, on one Redis.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts';

import { call } from '../../cli/devnet/anvil.ts';
import type { Child } from '../../cli/devnet/child.ts';
import { type FleetMember, startMember } from '../../cli/devnet/devnet-fleet.ts';
import { freePorts } from '../../cli/devnet/free-ports.ts';
import type { PrepareFleet } from '../../cli/devnet/start-fleet.ts';
import { type FleetFile, bridgeIdOf } from '../../relayer/config.ts';
import { shardOf } from '../../relayer/shards/assignment.ts';
import { bundledProgram } from './bundled-program.ts';

/** A process of the first signer. */
export interface Process {
  readonly member: FleetMember;
  child: Child;
}

const read = (file: string): FleetFile => JSON.parse(readFileSync(file, 'utf8')) as FleetFile;

/** Keys of as many accounts that each pay for a bridge at least. */
function payingKeys({ chains, bridges }: FleetFile, count: number): readonly `0x${string}`[] {
  const ids = Object.values(bridges).map(({ main }) =>
    bridgeIdOf({ main: { chainId: chains[main.chain]?.chainId ?? 0, bridge: main.bridge as `0x${string}` } }),
  );
  for (;;) {
    const keys = Array.from({ length: count }, generatePrivateKey);
    const accounts = keys.map(privateKeyToAddress);
    if (new Set(ids.map((id) => shardOf(id, accounts))).size === count) return keys;
  }
}

/** Gives the first signer so many shards, with funded accounts. */
export const withShards =
  (count: number): PrepareFleet =>
  async ({ main: { rpcUrl } }, [first]) => {
    const configFile = first?.configFile ?? '';
    const file = read(configFile);
    const keys = payingKeys(file, count);
    const shards = keys.map((key) => ({ payingKey: `plain:${key}` }));
    writeFileSync(configFile, JSON.stringify({ ...file, shards }));
    for (const key of keys) await call(rpcUrl, 'anvil_setBalance', privateKeyToAddress(key), '0x56bc75e2d63100000');
  };

/** Starts one more process of a signer; returns before it is ready. */
export async function startFurtherProcess(member: FleetMember, name: string): Promise<Process> {
  const [publicPort, privatePort] = await freePorts(2);
  const listen = { public: `127.0.0.1:${publicPort}`, private: `127.0.0.1:${privatePort}` };
  const folder = join(dirname(member.configFile), name);
  const configFile = join(folder, 'relayer.json');
  mkdirSync(folder);
  writeFileSync(configFile, JSON.stringify({ ...read(member.configFile), listen }));
  const started: FleetMember = {
    ...{ ...member, configFile, dataDir: join(folder, 'data') },
    ...{ apiUrl: `http://${listen.public}`, metricsUrl: `http://${listen.private}/metrics` },
  };
  return { member: started, child: startMember(started, await bundledProgram()) };
}
