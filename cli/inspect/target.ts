import { PegwayError } from '../../protocol/errors.ts';
import { type Side, sides } from '../../protocol/lane.ts';
import type { ChainClient } from '../../relayer/chain/chain-client.ts';
import { openChainClient } from '../../relayer/chain/chain-reader.ts';
import { type Config, bridgeIdOf, readConfig } from '../../relayer/config.ts';
import { localUrl } from '../../relayer/host-port.ts';
import { readDevnetFile } from '../devnet/devnet-file.ts';
import type { DevnetBridge, DevnetFile } from '../devnet/describe-devnet.ts';
import type { Io } from '../io.ts';
import { type PlaceFlags, findPlace } from './find-config.ts';

/** One bridge, as configured for one signer, and the addresses of the signers' relayers. */
export interface Target {
  readonly config: Config;
  /** Public ports; the first is the configured signer's own. */
  readonly relayers: readonly string[];
}

/** @throws {PegwayError} exit code 2 when there is neither a configuration nor a devnet, or no such bridge in it. */
export function targetOf(flags: PlaceFlags, io: Pick<Io, 'env'>): Target {
  const place = findPlace(flags, io);
  if (place.kind === 'config') {
    const config = readConfig(place.file, io.env, flags.bridge);
    return { config, relayers: relayersOf(config) };
  }
  const { signers, configName } = devnetBridge(readDevnetFile(place.directory), flags.bridge);
  const [first] = signers;
  if (first === undefined) throw new PegwayError(`the devnet in ${place.directory} has no signers`, { exitCode: 2 });
  return { config: readConfig(first.configFile, io.env, configName), relayers: signers.map(({ apiUrl }) => apiUrl) };
}

/** Public ports of a bridge's relayers, this one's first; of a relayer of several bridges, below the bridge. */
export function relayersOf(config: Config): string[] {
  const path = config.name === '' ? '' : `/bridges/${bridgeIdOf(config)}`;
  return [localUrl(config.listen.public), ...config.peers.map(({ url }) => url.replace(/\/$/, ''))].map(
    (url) => url + path,
  );
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

/** Both chains over the configured nodes, without metrics. */
export function openChainClients(config: Config): OpenChainClients {
  const quiet = { request: () => undefined, disagreement: () => undefined };
  const [main, product] = sides.map((side) => openChainClient(side, config[side], quiet));
  if (main === undefined || product === undefined) throw new RangeError('two sides');
  return {
    main,
    product,
    async [Symbol.asyncDispose]() {
      await Promise.all([main, product].map((side) => side[Symbol.asyncDispose]()));
    },
  };
}
