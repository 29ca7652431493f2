import { readFileSync, rmSync, writeFileSync } from 'node:fs';

import { call } from '../../../cli/devnet/anvil.ts';
import type { Health } from '../../../relayer/api/health.ts';
import type { ConfigFile } from '../../../relayer/config.ts';
import { leaderOf } from '../../../protocol/turns.ts';
import { type Web3SignerServer, startWeb3Signer } from '../../relayer/keys/web3signer-server.ts';
import { type TestNet, type TestNetOptions, ONE, allSigners, asInDevnet, startTestNet } from '../../support/devnet.ts';
import { type RpcProxy, startRpcProxy } from '../../support/rpc-proxy.ts';
import { eventually } from '../../support/wait.ts';
import { type Scaled, hastyRules } from './hasty-rules.ts';
import { type Prometheus, prometheusAt } from './prometheus.ts';

/** A peg without transfers, until a test needs to control its leader. */
export const QUIET_PEG = 1;
/** Names of the frail signer's two routes to the main chain; each is a separate node to it. */
export const ways = ['one', 'two'] as const;

/** A devnet with a Prometheus, and one signer with fault injection in every part. */
export interface OpsNet extends TestNet {
  readonly prometheus: Prometheus;
  /** Has two nodes of the main chain and a remote paying key, and leads the first mint of the quiet peg. */
  readonly frail: number;
  /** The other five. */
  readonly others: readonly number[];
  /** Between the frail signer and the main chain. */
  readonly proxy: RpcProxy;
  /** Holds the frail signer's paying key. */
  readonly payer: Web3SignerServer;
  /** The frail signer's own health report. */
  health(): Promise<Health & { readonly status: number }>;
  becomesReady(): Promise<void>;
}

export interface OpsNetOptions extends TestNetOptions {
  /** That Prometheus notifies. */
  readonly alertmanager?: string;
  /** Rules with shorter times. */
  readonly scaled?: Readonly<Record<string, Scaled>>;
}

/** The route of every relayer to the product chain. */
export const PRODUCT_WAY = 'product';

export async function startOpsNet(more: OpsNetOptions = {}): Promise<OpsNet> {
  const { alertmanager, scaled, ...options } = more;
  const rules = hastyRules(scaled);
  const proxy = await startRpcProxy();
  const prometheus = {
    ...{ rules, scrapeSeconds: 2, evaluationSeconds: 1 },
    ...(alertmanager === undefined ? {} : { alertmanager }),
  };
  const net = await startTestNet({
    ...{ ...asInDevnet, anchorEverySeconds: 5, processes: false, prometheus },
    prepare({ product: { rpcUrl } }, members) {
      for (const { configFile } of members) {
        const config = JSON.parse(readFileSync(configFile, 'utf8')) as ConfigFile;
        config.product = { ...config.product, rpcUrls: [proxy.way(PRODUCT_WAY, rpcUrl)] };
        writeFileSync(configFile, JSON.stringify(config));
      }
      return Promise.resolve();
    },
    ...options,
  });
  const payer = await startWeb3Signer();
  const { main, product } = net.devnet.file;
  const frail = leaderOf({ direction: 'mint', productToken: net.tokens[QUIET_PEG] ?? '0x' }, 0n, allSigners.length);

  for (const { rpcUrl } of [main, product])
    await call(rpcUrl, 'anvil_setBalance', payer.address, `0x${ONE.toString(16)}`);
  await net.kill(frail);
  net.configure(frail, (config) => {
    config.main = {
      ...config.main,
      rpcUrls: ways.map((name) => proxy.way(name, main.rpcUrl)),
      rpcQuorum: 2,
      staleSeconds: 8,
      // Exceeds a loop's stall limit, so that a hang is detected as such.
      requestTimeoutSeconds: 300,
    };
    config.payingKey = `web3signer:${payer.url}?address=${payer.address}`;
    config.standSeconds = 10;
  });
  await net.restart(frail);

  const health = async () => {
    const response = await fetch(new URL('/health/ready', net.devnet.members[frail]?.metricsUrl));
    return { status: response.status, ...((await response.json()) as Health) };
  };
  return {
    ...net,
    prometheus: prometheusAt(net.devnet.file.prometheusUrl ?? ''),
    frail,
    others: allSigners.filter((index) => index !== frail),
    proxy,
    payer,
    health,
    async becomesReady() {
      await eventually('ready', async () => (await health()).status === 200, 90);
    },
    async stop() {
      proxy.faults.clear();
      await net.stop();
      await proxy.close();
      await payer.stop();
      rmSync(rules, { recursive: true, force: true });
    },
  };
}
