import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Address } from 'viem';

import type { DevnetBridge } from '../../cli/devnet/describe-devnet.ts';
import type { FleetMember } from '../../cli/devnet/devnet-fleet.ts';
import type { ConfigFile, FleetFile } from '../../relayer/config.ts';
import { type Side, sides } from '../../protocol/lane.ts';
import { type Cable, layCable } from '../support/cable.ts';
import { type ChainDriver, driveAnvil } from '../support/chain-driver.ts';
import { type TestNet, type TestNetOptions, asInDevnet, startTestNet } from '../support/devnet.ts';
import { startGethNet } from '../support/geth/net.ts';
import { type RpcProxy, startRpcProxy } from '../support/rpc-proxy.ts';
import { eventually } from '../support/wait.ts';
import { startHardhatNode } from './hardhat-node.ts';
import { startRedis } from './forgetful-redis.ts';
import { type Standby, startStandby } from './standby.ts';

/** Signers with three nodes and a quorum of two; the others have a single node of their own, which is honest. */
export const careful = [0, 1, 2, 3] as const;
/** All relayers: those of six signers, and a spare for signer rotations. */
export const everyone = [0, 1, 2, 3, 4, 5, 6] as const;
export const nodesOf = (signer: number): readonly number[] =>
  careful.some((index) => index === signer) ? [0, 1, 2] : [0];
/** The signer with a second, standby process. */
export const DOUBLE = 3;
/** Uses Hardhat's nodes, which lack `eth_getBlockReceipts`: it trusts its own node's logs. */
const HARDHAT = 5;

export const wayOf = (signer: number, side: Side, node: number): string => `${signer}/${side}/${node}`;

/** The same node under two names, so that a quorum of two proves its events. */
const waysTo = (url: string): readonly string[] => [url, url.replace('127.0.0.1', 'localhost')];

/**
 * Two chains, six signers (one with a standby) and a spare, and their Redis, with fault injection on every connection.
 */
export interface ChaosNet extends TestNet {
  readonly drivers: Readonly<Record<Side, ChainDriver>>;
  readonly proxy: RpcProxy;
  /** Connections to each signer's public port, for its peers. */
  readonly peerCables: readonly Cable[];
  readonly redisCable: Cable;
  readonly redis: { kill(): Promise<void>; start(): Promise<void>; flush(): Promise<void> };
  /** Undefined when relayers share one process. */
  readonly standby: Standby | undefined;
  /** False when the relayers run in this process. */
  readonly hasProcesses: boolean;
  /** Logs of all relayer processes. */
  readonly logFiles: readonly string[];
  /** Product tokens of pegs robbed by a malicious quorum: no rule applies to them any longer. */
  readonly robbed: Set<Address>;
}

/** Client of both chains. geth is reorganised through the Engine API; anvil needs nothing but npm. */
export const chaosChains = ['anvil', 'geth'] as const;
export type ChaosChains = (typeof chaosChains)[number];

/** Parts that only some faults need. */
export interface ChaosNetOptions {
  readonly chains: ChaosChains;
  /** Each relayer is a process of its own, with a wrong clock, and one signer has a standby. */
  readonly hasProcesses: boolean;
  /** One signer queries Hardhat's nodes. */
  readonly hasHardhat: boolean;
  /** Nodes are queried through a proxy, which makes them fail. It would take a core with many bridges. */
  readonly hasProxy: boolean;
  /** Between the two chains. Of several, one process of each signer runs all: without a spare signer and a standby. */
  readonly bridges: number;
}

async function startAnvilNet(options: TestNetOptions): Promise<Pick<ChaosNet, 'drivers'> & TestNet> {
  const net = await startTestNet(options);
  const { main, product } = net.devnet.file;
  return { ...net, drivers: { main: driveAnvil(main), product: driveAnvil(product) } };
}

export async function startChaosNet(what: ChaosNetOptions): Promise<ChaosNet> {
  const { chains, hasProcesses, hasHardhat, hasProxy, bridges } = what;
  const isFleet = bridges > 1;
  const redis = await startRedis();
  const redisCable = await layCable({ host: '127.0.0.1', port: redis.port });
  const proxy = await startRpcProxy();
  const peerCables: Cable[] = [];
  const hardhat: { close(): Promise<void> }[] = [];
  const lay = async (bridge: Omit<DevnetBridge, 'signers'>, members: readonly FleetMember[]) => {
    const urls = { main: '', product: '' };
    for (const side of hasHardhat ? sides : []) {
      const node = await startHardhatNode(bridge[side], chains === 'geth' ? 'finalized' : 'latest');
      hardhat.push(node);
      urls[side] = node.url;
    }
    for (const { apiUrl } of members) {
      peerCables.push(await layCable({ host: '127.0.0.1', port: Number(new URL(apiUrl).port) }));
    }
    for (const { index, configFile } of members) {
      const config = JSON.parse(readFileSync(configFile, 'utf8')) as ConfigFile | FleetFile;
      const chainOf = (side: Side) =>
        'chains' in config
          ? Object.values(config.chains).find((one) => one.chainId === bridge[side].chainId)
          : config[side];
      for (const side of sides) {
        const chain = chainOf(side);
        if (chain === undefined) throw new RangeError(`no ${side} chain`);
        const nodes = nodesOf(index);
        const isHardhat = hasHardhat && index === HARDHAT;
        const node = isHardhat ? urls[side] : bridge[side].rpcUrl;
        chain.rpcUrls = hasProxy
          ? nodes.map((number) => proxy.way(wayOf(index, side, number), node))
          : waysTo(node).slice(0, nodes.length);
        chain.rpcQuorum = Math.min(2, chain.rpcUrls.length);
        chain.requestTimeoutSeconds = 5;
        if (isHardhat) chain.proof = 'witnesses';
      }
      config.peers = (config.peers ?? []).map((peer) => {
        const target = members.findIndex(({ address }) => address === peer.address);
        return { ...peer, url: `http://127.0.0.1:${peerCables[target]?.port}` };
      });
      writeFileSync(configFile, JSON.stringify(config));
    }
  };

  if (hasProcesses) process.env['NODE_OPTIONS'] = `--import=${fileURLToPath(new URL('skew.mjs', import.meta.url))}`;
  const options: TestNetOptions = {
    redisUrl: `redis://127.0.0.1:${redisCable.port}`,
    observers: isFleet ? 0 : everyone.length - 6,
    bridges,
    prepare: lay,
    ...asInDevnet,
    // Two cores need longer for transfers in hundreds of lanes, and approvals on chain would double the work; and a
    // comparison of all lanes takes them seconds.
    ...(bridges > 10 ? { turnSeconds: 10, fallbackSeconds: 60, sweepSeconds: 30 } : {}),
    processes: hasProcesses,
  };
  const net = chains === 'geth' ? await startGethNet('osaka', options) : await startAnvilNet(options);
  const double = net.devnet.members[DOUBLE]?.configFile ?? '';
  const standby = hasProcesses && !isFleet ? await startStandby(double) : undefined;
  const logFiles = [
    ...net.devnet.members.map(({ configFile }) => join(dirname(configFile), 'relayer.log')),
    ...(standby === undefined ? [] : [join(dirname(double), 'standby.log')]),
  ];

  /** On a busy machine a start may exceed the devnet's timeout: leave the verdict to the end of the run. */
  const restartOne = async (index: number): Promise<void> => {
    const live = new URL('/health/live', net.devnet.members[index]?.metricsUrl);
    const starting = net.restart(index).catch((error: unknown) => {
      if (!net.devnet.relayer(index).isRunning()) throw error;
    });
    // A process of the pair may remain standby: require only that it is alive.
    if (standby === undefined || index !== DOUBLE) return starting;
    const alive = eventually('the double lives', async () => (await fetch(live)).ok).catch(() => undefined);
    starting.catch(() => undefined);
    await Promise.race([starting, alive]);
  };
  const restart = async (...indices: number[]): Promise<void> => {
    await Promise.all(indices.map(restartOne));
  };

  return {
    ...net,
    restart,
    ...{ proxy, peerCables, redisCable, redis, standby, hasProcesses, logFiles, robbed: new Set<Address>() },
    async stop() {
      standby?.process().kill('SIGKILL');
      await net.stop();
      await proxy.close();
      for (const one of [...hardhat, ...peerCables, redisCable]) await one.close();
      await redis.kill();
    },
  };
}
