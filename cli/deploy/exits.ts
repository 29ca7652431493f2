import {
  type Address,
  type ContractConstructorArgs,
  type PublicClient,
  encodeDeployData,
  isAddressEqual,
  keccak256,
  zeroAddress,
} from 'viem';

import { exitsAbi, productStateAbi } from '../../protocol/abi.ts';
import { duration } from '../governance/chain-time.ts';
import { anchorsOf } from './anchors.ts';
import { type Network, readerFor } from './chain-clients.ts';
import { type Creation, type Origin, bytecodeOf, createdAddress } from './creation.ts';
import type { Difference } from './differences.ts';
import type { Standing } from './discover.ts';
import { type ExitWindows, type Identity, exitWindows, immutableIn, runtimeCode } from './runtime-code.ts';

type ExitsArguments = ContractConstructorArgs<typeof exitsAbi>;
type StateArguments = ContractConstructorArgs<typeof productStateAbi>;

/** The accounts and nonces that create the three contracts; the registry is on the product chain. */
export interface ExitOrigins {
  readonly registry: Origin;
  readonly productState: Origin;
  readonly exits: Origin;
}

export interface ExitCreations {
  readonly registry: Creation<readonly [], 'ExitAddress'>;
  readonly productState: Creation<StateArguments, 'ProductState'>;
  readonly exits: Creation<ExitsArguments, 'Exits'>;
}

/** The contracts that pay holders without the signers. The main bridge names `Exits`; its address follows from the nonce. */
export function createExits(
  origins: ExitOrigins,
  { main, product, anchors }: { readonly main: Address; readonly product: Address; readonly anchors: Address },
  windows: ExitWindows,
): ExitCreations {
  const registry = createdAddress(origins.registry);
  const productState = createdAddress(origins.productState);
  const stateArguments: StateArguments = [product, registry];
  const [exitDelay, noticePeriod, advanceWindow, claimWindow] = exitWindows.map((name) => BigInt(windows[name]));
  const args = [main, anchors, productState, exitDelay, noticePeriod, advanceWindow, claimWindow] as ExitsArguments;
  const stateData = { abi: productStateAbi, bytecode: bytecodeOf('ProductState'), args: stateArguments };
  return {
    registry: {
      ...{ contract: 'ExitAddress', origin: origins.registry, address: registry, args: [], links: {} },
      data: bytecodeOf('ExitAddress'),
    },
    productState: {
      ...{ contract: 'ProductState', origin: origins.productState, address: productState, args: stateArguments },
      ...{ links: {}, data: encodeDeployData(stateData) },
    },
    exits: {
      ...{ contract: 'Exits', origin: origins.exits, address: createdAddress(origins.exits), args, links: {} },
      data: encodeDeployData({ abi: exitsAbi, bytecode: bytecodeOf('Exits'), args }),
    },
  };
}

/** Compares the three contracts of a standing bridge with the file and the local build; {@link Difference} by value. */
export async function exitsDifferences(
  { spec, record, readings: { main, product } }: Standing,
  network: Network,
): Promise<Difference[]> {
  const address = main.satellites.exits;
  // That the bridge names none is a difference of the bridge.
  if (spec.exits === undefined || address === zeroAddress) return [];

  const differences: Difference[] = [];
  const path = `bridges.${spec.name}.exits`;
  const tell = (side: 'main' | 'product', at: string, expected: string, found: string) => {
    if (expected !== found) differences.push({ bridge: spec.name, side, path: at, expected, found });
  };
  const tellAddress = (expected: Address | undefined, found: Address, name: string) => {
    if (expected === undefined || isAddressEqual(expected, found)) return;
    tell('main', path, `${name} ${expected}`, `${name} ${found}`);
  };
  const here = readerFor(network, spec.main);
  const found = await readTerms(here, address);
  if (found === undefined) {
    tell('main', path, 'an Exits contract', `another contract, or none, at ${address}`);
    return differences;
  }
  const { windows, deployedAt } = found;
  for (const name of exitWindows) {
    tell('main', `${path}.${name}`, duration(BigInt(spec.exits[name])), duration(BigInt(windows[name])));
  }
  tellAddress(main.address, found.bridge, 'exits of the bridge');
  tellAddress(anchorsOf(spec, record), found.anchors, 'exits by the anchors');
  tellAddress(product.address, found.productBridge, 'exits by the state of the product bridge');
  tellAddress(record?.productState?.address, found.productState, 'exits by ProductState');
  tellAddress(record?.exitAddress?.address, found.registry, 'exits by ExitAddress');
  // Of no use to a thief in the past, since exits need an anchor; in the future it would keep exits closed.
  if (deployedAt > main.timestamp) tell('main', path, 'exits created in the past', `created at ${deployedAt}`);

  const { exits: _exits, productBridge, registry, ...terms } = { exits: address, ...found };
  await tellCode('main', here, { contract: 'Exits', chainId: main.chainId, address, ...terms });
  const state = { contract: 'ProductState', address: found.productState, productBridge, registry } as const;
  await tellCode('main', here, state);
  await tellCode('product', readerFor(network, spec.product), { contract: 'ExitAddress', address: registry });
  return differences;

  async function tellCode(side: 'main' | 'product', reader: PublicClient, identity: Identity): Promise<void> {
    const code = (await reader.getCode({ address: identity.address })) ?? '0x';
    const expected = runtimeCode(identity);
    if (code === expected) return;
    const what = `the local build's code of ${identity.contract}, hash ${keccak256(expected)}`;
    tell(side, path, what, code === '0x' ? `no contract at ${identity.address}` : `hash ${keccak256(code)}`);
  }
}

/** The immutables of `Exits` and its `ProductState`; undefined when there is no such contract. */
async function readTerms(reader: PublicClient, address: Address) {
  const code = await reader.getCode({ address });
  const deployedAt = code === undefined ? undefined : immutableIn('Exits', '_DEPLOYED_AT', code);
  if (deployedAt === undefined) return undefined;
  const at = { address, abi: exitsAbi } as const;
  const [bridge, anchors, productState, ...seconds] = await Promise.all([
    reader.readContract({ ...at, functionName: 'bridge' }),
    reader.readContract({ ...at, functionName: 'anchors' }),
    reader.readContract({ ...at, functionName: 'productState' }),
    ...exitWindows.map((functionName) => reader.readContract({ ...at, functionName })),
  ]);
  const windows = Object.fromEntries(
    exitWindows.map((name, index) => [name, Number(seconds[index])]),
  ) as unknown as ExitWindows;
  const state = { address: productState, abi: productStateAbi } as const;
  const [productBridge, registry] = await Promise.all([
    reader.readContract({ ...state, functionName: 'productBridge' }).catch(() => zeroAddress),
    reader.readContract({ ...state, functionName: 'registry' }).catch(() => zeroAddress),
  ]);
  return { bridge, anchors, productState, productBridge, registry, windows, deployedAt: BigInt(deployedAt) };
}
