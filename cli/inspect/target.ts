import type { Address } from 'viem';

import { PegwayError } from '../../protocol/errors.ts';
import { type Side, sides } from '../../protocol/lane.ts';
import type { ChainClient } from '../../relayer/chain/chain-client.ts';
import { openChainClient } from '../../relayer/chain/chain-reader.ts';
import { type Config, bridgeIdOf, readConfig, readProcessConfig } from '../../relayer/config.ts';
import { localUrl } from '../../relayer/host-port.ts';
import { readDevnetFile } from '../devnet/devnet-file.ts';
import type { DevnetBridge, DevnetFile } from '../devnet/describe-devnet.ts';
import { nameOfMember } from '../devnet/devnet-fleet.ts';
import type { Io } from '../io.ts';
import { requireAnswers } from './answering.ts';
import { type PlaceFlags, findPlace } from './find-config.ts';

/** The relayer of one signer, and its operator as the configuration names it. */
export interface SignerRelayer {
  /** Public port; of a relayer of several bridges, below the bridge. */
  readonly url: string;
  /** Address of its attesting key; undefined for the configured signer's own. */
  readonly address?: Address | undefined;
  readonly name?: string | undefined;
  readonly contact?: string | undefined;
}

/** One bridge, as configured for one signer, and the signers' relayers. */
export interface Target {
  readonly config: Config;
  /** The first is the configured signer's own. */
  readonly signers: readonly SignerRelayer[];
  /** Their public ports. */
  readonly relayers: readonly string[];
}

/** @throws {PegwayError} exit code 2 when there is neither a configuration nor a devnet, or no such bridge in it. */
export function targetOf(flags: PlaceFlags, io: Pick<Io, 'env'>): Target {
  const place = findPlace(flags, io);
  if (place.kind === 'config') {
    const config = readConfig(place.file, io.env, flags.bridge);
    return target(config, signersOf(config));
  }
  return devnetTarget(devnetBridge(readDevnetFile(place.directory), flags.bridge), place.directory, io);
}

/** The bridge that the flags name, else every bridge of the configuration or devnet. @throws as {@link targetOf}. */
export function targetsOf(flags: PlaceFlags, io: Pick<Io, 'env'>): Target[] {
  if (flags.bridge !== undefined) return [targetOf(flags, io)];
  const place = findPlace(flags, io);
  if (place.kind === 'config') {
    return readProcessConfig(place.file, io.env).bridges.map((config) => target(config, signersOf(config)));
  }
  const file = readDevnetFile(place.directory);
  return [file, ...file.others].map(({ name }) => devnetTarget(devnetBridge(file, name), place.directory, io));
}

function devnetTarget(
  { signers, configName }: ReturnType<typeof devnetBridge>,
  directory: string,
  io: Pick<Io, 'env'>,
): Target {
  const [first] = signers;
  if (first === undefined) throw new PegwayError(`the devnet in ${directory} has no signers`, { exitCode: 2 });
  return target(
    readConfig(first.configFile, io.env, configName),
    signers.map(({ apiUrl: url, address, index }) => ({ url, address, name: nameOfMember(index) })),
  );
}

const target = (config: Config, signers: readonly SignerRelayer[]): Target => ({
  ...{ config, signers },
  relayers: signers.map(({ url }) => url),
});

/** The relayers of a bridge, this one's first. */
export function signersOf(config: Config): SignerRelayer[] {
  const path = config.name === '' ? '' : `/bridges/${bridgeIdOf(config)}`;
  return [{ url: localUrl(config.listen.public) }, ...config.peers].map(({ url, ...operator }) => ({
    ...operator,
    url: url.replace(/\/$/, '') + path,
  }));
}

/** One bridge of a devnet, the first by default, and its name in its signers' configurations if these have several. */
export function devnetBridge(
  file: DevnetFile,
  name: string | undefined,
): DevnetBridge & { readonly configName: string | undefined } {
  const all = [file, ...file.others];
  const found = name === undefined ? file : all.find((one) => one.name === name);
  if (found === undefined) {
    throw new PegwayError(`--bridge: the devnet has no bridge ${name}: ${all.map((one) => one.name).join(', ')}`, {
      exitCode: 2,
    });
  }
  const isShared = found.signers.some(({ apiUrl }) => apiUrl.includes('/bridges/'));
  return { ...found, configName: isShared ? found.name : undefined };
}

/** Both chains, with a common disposal of their connections. */
export interface OpenChainClients extends Readonly<Record<Side, ChainClient>>, AsyncDisposable {}

/**
 * As `openChainClients`, once enough nodes of both chains answer.
 * @throws {PegwayError} after 6 s, naming the silent nodes.
 */
export async function openAnsweringClients(config: Config): Promise<OpenChainClients> {
  const chains = openChainClients(config);
  try {
    await requireAnswers(chains.main, chains.product);
    return chains;
  } catch (error) {
    await chains[Symbol.asyncDispose]();
    throw error;
  }
}

/** A command has no loop that repeats a read: a person would have to. */
const RATE_LIMIT_SECONDS = 10;

/** Both chains over the configured nodes, without metrics. Waits out the nodes' rate limits. */
export function openChainClients(config: Config): OpenChainClients {
  const quiet = { request: () => undefined, disagreement: () => undefined };
  const [main, product] = sides.map((side) => openChainClient(side, config[side], quiet, RATE_LIMIT_SECONDS));
  if (main === undefined || product === undefined) throw new RangeError('two sides');
  return {
    main,
    product,
    async [Symbol.asyncDispose]() {
      await Promise.all([main, product].map((side) => side[Symbol.asyncDispose]()));
    },
  };
}
