import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Address, Hex } from 'viem';
import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts';

import type { BridgesView, Wire } from '../../protocol/api-types.ts';
import type { ConfigFile, FleetFile } from '../../relayer/config.ts';
import { YOUNG_GENERATION } from '../memory.ts';
import { type Child, watchChild } from './child.ts';
import { freePorts } from './free-ports.ts';

/** One signer of a devnet: its key, its files, its process. */
export interface FleetMember {
  readonly index: number;
  readonly address: Address;
  readonly privateKey: Hex;
  readonly apiUrl: string;
  readonly metricsUrl: string;
  readonly configFile: string;
  readonly dataDir: string;
}

export interface FleetKey {
  readonly privateKey: Hex;
  readonly address: Address;
}

export const nameOfMember = (index: number): string => `signer ${index}`;

export const newKeys = (count: number): FleetKey[] =>
  Array.from({ length: count }, () => {
    const privateKey = generatePrivateKey();
    return { privateKey, address: privateKeyToAddress(privateKey) };
  });

/** Writes a configuration for each signer. */
export async function configureFleet(options: {
  readonly directory: string;
  readonly keys: readonly FleetKey[];
  readonly chains: Pick<ConfigFile, 'main' | 'product' | 'anchors'> | Pick<FleetFile, 'chains' | 'bridges'>;
  readonly queue: string | undefined;
  readonly turnSeconds: number;
  readonly fallbackSeconds: number;
  readonly sweepSeconds: number;
}): Promise<FleetMember[]> {
  const { directory, keys, chains, ...shared } = options;
  const ports = await freePorts(keys.length * 2);
  const url = (port: number | undefined) => `http://127.0.0.1:${port}`;
  const members = keys.map((key, index): FleetMember => {
    const folder = join(directory, `signer-${index}`);
    return {
      ...key,
      index,
      apiUrl: url(ports[2 * index]),
      metricsUrl: `${url(ports[2 * index + 1])}/metrics`,
      configFile: join(folder, 'relayer.json'),
      dataDir: join(folder, 'data'),
    };
  });
  for (const member of members) {
    const { queue, ...settings } = shared;
    const config: ConfigFile | FleetFile = {
      ...chains,
      ...settings,
      ...(queue === undefined ? {} : { queue }),
      key: `plain:${member.privateKey}`,
      devnet: true,
      peers: members
        .filter((other) => other !== member)
        .map(({ address, apiUrl: url, index }) => ({ address, url, name: nameOfMember(index) })),
      listen: {
        public: new URL(member.apiUrl).host,
        private: new URL(member.metricsUrl).host,
      },
      dataDir: 'data',
    };
    mkdirSync(join(member.configFile, '..'), { recursive: true });
    writeFileSync(member.configFile, `${JSON.stringify(config, undefined, 2)}\n`, { mode: 0o600 });
  }
  return members;
}

/** This same command line, from sources or built. */
const cli = fileURLToPath(new URL(`../pegway${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url));

/** Starts a signer's relayer as a process of its own. `program` is a built command line; this one when omitted. */
export function startMember({ index, configFile }: FleetMember, program = cli): Child {
  const child = spawn(process.execPath, [YOUNG_GENERATION, program, 'relayer', '--config', configFile], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return watchChild(nameOfMember(index), child, join(configFile, '..', 'relayer.log'));
}

/** True when all bridges of the relayer are open. */
export async function isReady({ apiUrl }: FleetMember): Promise<boolean> {
  const answer = await fetch(`${apiUrl}/v1/bridges`, { signal: AbortSignal.timeout(2_000) });
  if (!answer.ok) return false;
  const { bridges } = (await answer.json()) as Wire<BridgesView>;
  return bridges.every(({ state }) => state === 'open');
}

/** As if its disk were gone; its key and its configuration are kept. */
export const wipe = ({ dataDir }: FleetMember): void => rmSync(dataDir, { recursive: true, force: true });
