import { type Side, sides } from '../../protocol/lane.ts';
import { checkChain, checkPair } from '../../relayer/chain/chain-client.ts';
import { type Config, readConfig } from '../../relayer/config.ts';
import { openSigner } from '../../relayer/keys/open-signer.ts';
import type { Signer } from '../../relayer/keys/signer.ts';
import { readDevnetFile } from '../devnet/devnet-file.ts';
import type { DevnetFile } from '../devnet/start.ts';
import { requireAnswers } from '../inspect/answering.ts';
import { type PlaceFlags, findPlace } from '../inspect/find-config.ts';
import { type OpenChainClients, devnetBridge, openChainClients, signersOf } from '../inspect/target.ts';
import type { Io } from '../io.ts';
import { wrong } from '../output.ts';

/** Selects the bridge of a governance command and the nodes to read it through. */
export interface OperatorFlags extends PlaceFlags {
  /** Of the devnet. */
  readonly signer: string;
  readonly json: boolean;
}

/** One operator's access to a bridge: the nodes, key and peers of the relayer's configuration. */
export interface Operator extends AsyncDisposable {
  readonly config: Config;
  readonly sides: OpenChainClients;
  /** Public ports of the relayers that are known, this operator's own where it can be reached. */
  readonly relayerUrls: readonly string[];
  /** Of the devnet, when it is one. */
  readonly devnet: DevnetFile | undefined;
}

export function sideOf(text: string): Side {
  if (text === 'main' || text === 'product') return text;
  throw wrong(`chain: expected main or product, found ${text}`, 'for example: pegway governance show main');
}

/**
 * Opens the bridge that the flags name, and checks that both chains are the configured ones and the bridges a pair.
 * @throws {PegwayError} exit code 2 when they are not.
 */
export async function openOperator(flags: OperatorFlags, io: Pick<Io, 'env'>): Promise<Operator> {
  const operator = openUnchecked(flags, io);
  try {
    await Promise.all(sides.map((side) => checkSide(operator, side)));
    return operator;
  } catch (error) {
    await operator[Symbol.asyncDispose]();
    throw error;
  }
}

/** Asserts that a chain is the configured one, and that its bridge names the other. @throws {PegwayError} exit code 2 when not. */
export async function checkSide({ sides: { main, product } }: Pick<Operator, 'sides'>, side: Side): Promise<void> {
  const [own, other] = side === 'main' ? [main, product] : [product, main];
  await requireAnswers(own);
  await checkChain(own);
  await checkPair(own, other);
}

/** The same without a request to a node: an unreachable chain must not block pausing the other. */
export function openUnchecked(flags: OperatorFlags, io: Pick<Io, 'env'>): Operator {
  const place = findPlace(flags, io);
  const file = place.kind === 'devnet' ? readDevnetFile(place.directory) : undefined;
  const devnet = file && { ...file, ...devnetBridge(file, flags.bridge) };
  const member = devnet?.signers[Number(flags.signer)];
  if (devnet !== undefined && member === undefined) {
    throw wrong(
      `--signer: expected 0 to ${devnet.signers.length - 1}, found ${flags.signer}`,
      'a signer of the devnet',
    );
  }
  const config =
    place.kind === 'config'
      ? readConfig(place.file, io.env, flags.bridge)
      : readConfig(member?.configFile ?? '', io.env, devnet?.configName);
  const sides = openChainClients(config);
  return {
    config,
    sides,
    relayerUrls: signersOf(config).map(({ url }) => url),
    devnet,
    [Symbol.asyncDispose]: () => sides[Symbol.asyncDispose](),
  };
}

/** The key that signs: the one that is named, else the configuration's. */
export const openKey = ({ config }: Operator, uri: string | undefined): Promise<Signer> =>
  uri === undefined
    ? openSigner(config.key, { allowPlain: config.devnet, directory: config.directory })
    : openSigner(uri, { allowPlain: config.devnet });

/** The account that pays. Never a relayer's own by default: two programs would use the same nonces. */
export function openPayer({ config, devnet }: Operator, uri: string | undefined): Promise<Signer> {
  const holder = devnet?.holders.at(-1);
  if (uri === undefined && holder === undefined) {
    throw wrong(
      'no account to pay for the transaction is named',
      'add --payer URI: any key with coins, but not that of a running relayer; docs/keys.md has the URIs',
    );
  }
  return openSigner(uri ?? `plain:${holder?.privateKey ?? ''}`, { allowPlain: config.devnet });
}
