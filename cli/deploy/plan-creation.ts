import { isAddressEqual } from 'viem';

import artifacts from '../../protocol/artifacts.json' with { type: 'json' };
import type { Signer } from '../../relayer/keys/signer.ts';
import type { Side } from '../../protocol/lane.ts';
import { type AnchorsStart, createAnchors } from './anchors.ts';
import { type Creation, type Origin, bytecodeOf, createPair, createdAddress } from './creation.ts';
import { createExits } from './exits.ts';
import { exitWindows } from './runtime-code.ts';
import { type CreationRecord, type PairRecord, recordsOf } from './journal.ts';
import type { BridgeSpec, ChainSpec } from './spec.ts';
import { type Network, readerFor, refusal } from './chain-clients.ts';
import type { Libraries } from './plan-libraries.ts';
import { type Found, type Tokens, sides } from './discover.ts';
import { stringify } from '../../protocol/json.ts';

/** The keys that pay, by the name of the chain. */
export type Deployers = ReadonlyMap<string, Signer>;

export const deployerOf = (deployers: Deployers, { name }: ChainSpec): Signer => {
  const signer = deployers.get(name);
  if (signer === undefined) throw new RangeError(`no deployer on ${name}`);
  return signer;
};

/** Hands out each deployer's nonces, from the first that nothing of this deployment needs. */
export async function openNonces(
  found: readonly Found[],
  chains: readonly ChainSpec[],
  network: Network,
  deployers: Deployers,
): Promise<(chain: ChainSpec) => Origin> {
  const unfinished = found.flatMap((one) => (one.kind === 'unfinished' ? recordsOf(one.record) : []));
  const next = new Map<string, Origin>();
  const problems: string[] = [];
  for (const chain of chains) {
    const { address: from } = deployerOf(deployers, chain);
    const reader = readerFor(network, chain);
    const nonce = await reader.getTransactionCount({ address: from });
    const pending = await reader.getTransactionCount({ address: from, blockTag: 'pending' });
    const own = unfinished.filter((record) => record.chainId === chain.chainId && isAddressEqual(record.from, from));
    if (pending > nonce && own.length === 0) {
      problems.push(
        `chains.${chain.name}: ${from} has ${pending - nonce} transactions that are in no block yet; wait for them`,
      );
    }
    const first = Math.max(nonce, ...own.map((record) => record.nonce + 1));
    next.set(chain.name, { chainId: chain.chainId, from, nonce: first });
  }
  if (problems.length > 0) throw refusal(problems);
  return (chain) => {
    const origin = next.get(chain.name);
    if (origin === undefined) throw new RangeError(`no nonces on ${chain.name}`);
    next.set(chain.name, { ...origin, nonce: origin.nonce + 1 });
    return origin;
  };
}

/** The creation plan of a missing bridge. */
export function planPair(
  spec: BridgeSpec,
  tokens: Tokens,
  take: (chain: ChainSpec) => Origin,
  known: Libraries,
  start: AnchorsStart | undefined,
): PairRecord {
  const pegs = spec.pegs.map((peg) => ({ ...peg, mainToken: tokens.mainTokenOf(peg) }));
  const librariesFor = (side: Side) =>
    known.plan(side === 'main' ? 'MainBridge' : 'ProductBridge', () => take(spec[side]), spec[side].chainId);
  // Before the bridges that link them.
  const libraries = { product: librariesFor('product'), main: librariesFor('main') };
  // Each chain's nonces ascend in the order of `recordsOf`.
  const registry = spec.exits && take(spec.product);
  const product = take(spec.product);
  const rewards = spec.rewards ? take(spec.main) : undefined;
  const anchorsOrigin = start && take(spec.main);
  const exitsOrigin = spec.exits && { productState: take(spec.main), exits: take(spec.main) };
  const origins = { product, rewards, main: take(spec.main) };
  const links = { product: libraries.product.links, main: libraries.main.links };
  const pair = createPair({ ...spec, pegs, exits: exitsOrigin && createdAddress(exitsOrigin.exits) }, origins, links);
  const productTokens = pegs.map(({ symbol }, index) => ({ symbol, address: pair.productTokens[index] ?? '0x' }));
  for (const { symbol, address } of productTokens) tokens.set(spec.name, symbol, address);
  const anchors = start && anchorsOrigin && createAnchors(anchorsOrigin, pair.main.address, spec, start);
  const bridges = { main: pair.main.address, product: pair.product.address };
  const exits =
    spec.exits && registry && exitsOrigin && anchors
      ? createExits({ registry, ...exitsOrigin }, { ...bridges, anchors: anchors.address }, spec.exits)
      : undefined;
  return {
    ...{ main: toRecord(pair.main), product: toRecord(pair.product), build, productTokens },
    ...{ rewards: pair.rewards && toRecord(pair.rewards), anchors: anchors && toRecord(anchors) },
    exitAddress: exits && toRecord(exits.registry),
    productState: exits && toRecord(exits.productState),
    exits: exits && toRecord(exits.exits),
    libraries: [...libraries.product.created, ...libraries.main.created],
  };
}

/** The plan of a standing bridge's missing `Anchors`. */
export const planAnchors = (
  spec: BridgeSpec,
  record: PairRecord,
  take: (chain: ChainSpec) => Origin,
  start: AnchorsStart,
): PairRecord => ({
  ...record,
  anchors: toRecord(createAnchors(take(spec.main), record.main.address, spec, start)),
});

const build = artifacts.sources;

export const isLocalBuild = (record: PairRecord): boolean => record.build === build;

const sharedNames = ['initialSigners', 'initialThreshold', 'initialDelays', 'initialPegs'] as const;
const argumentNames = {
  MainBridge: ['productChainId', 'productBridge', 'satellites', ...sharedNames],
  ProductBridge: ['mainChainId', 'mainBridge', 'mainRewards', ...sharedNames],
  Rewards: ['bridge'],
  Anchors: ['bridge', 'sourceChainId', 'firstBlock', 'firstTimestamp', 'maximumBlocksPerSecond'],
  ExitAddress: [],
  ProductState: ['productBridge', 'registry'],
  Exits: ['bridge', 'anchors', 'productState', ...exitWindows],
} as const;

function toRecord<contract extends keyof typeof argumentNames>(
  creation: Creation<readonly unknown[], contract>,
): CreationRecord<contract> {
  const { contract, origin, address, args, links, data } = creation;
  return {
    contract,
    ...origin,
    address,
    arguments: Object.fromEntries(argumentNames[contract].map((name, index) => [name, readable(args[index])])),
    encodedArguments: `0x${data.slice(bytecodeOf(contract).length)}`,
    links,
    data,
    attempts: [],
  };
}

/** As JSON can hold it: big numbers as decimal strings. */
const readable = (value: unknown): unknown => JSON.parse(stringify(value));

/** A record that another key began cannot be finished with this one. */
export function checkDeployer(spec: BridgeSpec, record: PairRecord, deployers: Deployers): void {
  const problems = sides.flatMap((side) => {
    const { address } = deployerOf(deployers, spec[side]);
    const { from } = record[side];
    if (isAddressEqual(from, address)) return [];
    return [`bridges.${spec.name}.${side}: it was begun with the key of ${from}; found the key of ${address}`];
  });
  if (problems.length > 0) throw refusal(problems);
}
