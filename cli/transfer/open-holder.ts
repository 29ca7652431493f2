import { setTimeout as sleep } from 'node:timers/promises';

import type { Account, Address, Chain, Transport, WalletClient } from 'viem';

import { parseEndpointUrl } from '../../protocol/endpoint-url.ts';
import { PegwayError, messageOf } from '../../protocol/errors.ts';
import { type Side, sides } from '../../protocol/lane.ts';
import { openSigner } from '../../relayer/keys/open-signer.ts';
import type { BridgeClient, BridgePair } from '../../sdk/index.ts';
import { clientsOf, readerOf } from '../deploy/chain-clients.ts';
import { readDevnetFile } from '../devnet/devnet-file.ts';
import { ANSWER_SECONDS } from '../inspect/answering.ts';
import { type PlaceFlags, findPlace } from '../inspect/find-config.ts';
import type { Io } from '../io.ts';
import { wrong } from '../output.ts';
import { type HolderFile, nodeOf, readHolderFile } from './holder-file.ts';
import { accountOf } from './signer-account.ts';

export interface HolderFlags extends PlaceFlags {
  /** Of the devnet. */
  readonly holder: string;
  readonly key?: string;
}

/** The two chains of a bridge, to read. */
export interface OpenPair {
  readonly file: Pick<HolderFile, 'main' | 'product' | 'devnet'>;
  readonly pair: BridgePair;
  /** URIs of keys with coins and tokens on a devnet. */
  readonly devnetKeys: readonly string[];
}

/** The account that owns the tokens, with clients of both chains. */
export interface OpenHolder {
  readonly address: Address;
  readonly sides: Readonly<Record<Side, BridgeClient>>;
  readonly finality: Readonly<Record<Side, HolderFile['main']['finality']>>;
  close(): Promise<void>;
}

/**
 * Opens the bridge that the flags name, and asks both nodes for their chain id.
 * @throws {PegwayError} when a node does not answer within 6 s, naming its chain; exit code 2 when it is another chain.
 */
export async function openPair(flags: PlaceFlags, io: Pick<Io, 'env'>): Promise<OpenPair> {
  const place = findPlace(flags, io);
  const devnet = place.kind === 'devnet' ? readDevnetFile(place.directory) : undefined;
  const file =
    place.kind === 'config' ? readHolderFile(place.file) : devnet === undefined ? undefined : ofDevnet(devnet);
  if (file === undefined) throw new RangeError('neither a file nor a devnet');
  const side = (chain: HolderFile['main']) => ({
    bridge: chain.bridge,
    reader: readerOf(nodeOf(chain), chain.chainId),
  });
  await Promise.all(sides.map((name) => checkNode(name, file[name])));
  const devnetKeys = devnet?.holders.map(({ privateKey }) => `plain:${privateKey}`) ?? [];
  return { file, pair: { main: side(file.main), product: side(file.product) }, devnetKeys };
}

const ofDevnet = ({ main, product }: Pick<ReturnType<typeof readDevnetFile>, 'main' | 'product'>) => {
  const chain = ({ chainId, bridge, rpcUrl }: typeof main): HolderFile['main'] => ({
    ...{ chainId, bridge, rpcUrls: [rpcUrl], finality: 'finalized' },
  });
  return { main: chain(main), product: chain(product), devnet: true };
};

async function checkNode(side: Side, chain: HolderFile['main']): Promise<void> {
  const url = nodeOf(chain);
  const { host } = parseEndpointUrl(url);
  const unanswered = (why: string) =>
    new PegwayError(`the node of the ${side} chain, ${host}, does not answer: ${why}`, {
      hint: `nothing was signed or sent; try again, or name another node in ${side}.rpcUrls`,
    });
  const late = new AbortController();
  const silence = sleep(ANSWER_SECONDS * 1_000, undefined, { signal: late.signal }).then(
    () => unanswered(`nothing within ${ANSWER_SECONDS} s`),
    () => undefined,
  );
  // Once: a refused connection is not worth three more tries.
  const asked = readerOf(url, chain.chainId, { retryCount: 0 })
    .getChainId()
    .catch((error: unknown) => unanswered(messageOf(error)));
  const found = await Promise.race([asked, silence]);
  late.abort();
  if (found instanceof PegwayError) throw found;
  if (found === chain.chainId) return;
  throw wrong(
    `the node of the ${side} chain, ${host}, is of chain ${found ?? '?'}, expected ${chain.chainId}`,
    `correct ${side}.chainId or ${side}.rpcUrls`,
  );
}

/** The key that `--key` names; on a devnet one of its holders. */
export async function openHolder(flags: HolderFlags, io: Pick<Io, 'env'>): Promise<OpenHolder> {
  const { file, devnetKeys } = await openPair(flags, io);
  const uri = flags.key ?? devnetKeys[Number(flags.holder)];
  if (uri === undefined && devnetKeys.length > 0) {
    throw wrong(`--holder: expected 0 to ${devnetKeys.length - 1}, found ${flags.holder}`, 'a holder of the devnet');
  }
  if (uri === undefined) throw wrong('no holder is named', 'add --key URI; docs/keys.md has the URIs');
  const signer = await openSigner(uri, { allowPlain: file.devnet });
  const account = accountOf(signer);
  const client = (chain: HolderFile['main']): BridgeClient => {
    const { reader, writer } = clientsOf({ chainId: chain.chainId, rpcUrl: nodeOf(chain), account });
    return { bridge: chain.bridge, reader, writer: writer as WalletClient<Transport, Chain, Account> };
  };
  return {
    address: signer.address,
    sides: { main: client(file.main), product: client(file.product) },
    finality: { main: file.main.finality, product: file.product.finality },
    close: () => signer.close(),
  };
}
