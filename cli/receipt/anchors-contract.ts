import { type Address, type PublicClient, isAddressEqual, keccak256, zeroAddress } from 'viem';

import { anchorsAbi, exitsAbi, mainBridgeAbi } from '../../protocol/abi.ts';
import { PegwayError } from '../../protocol/errors.ts';
import { runtimeCode } from '../deploy/runtime-code.ts';

/** A node, and the chain that it answers for. */
export interface Node {
  readonly client: PublicClient;
  readonly chainId: number;
}

/** A contract of the receipt, and whether a node has it as Anchors. */
export interface WitnessedAnchors {
  readonly contract: Address;
  /** Undefined on an outer chain without a node: a receipt names neither it nor its bridge. */
  readonly chainId?: number;
  /** The bridge with the signers that the contract counts. */
  readonly bridge?: Address;
  readonly witness: 'not-asked' | 'confirmed' | 'no-node';
}

interface Expected {
  readonly bridge: Address;
  readonly sourceChainId: number;
}

/**
 * Requires that a contract is Anchors of a bridge: by its code, else because the exits of that bridge name it, which are immutable
 * in both. SECURITY: any contract can name any bridge, and emit `Anchored` without a signature.
 * @throws {PegwayError}
 */
export async function requireAnchors(
  { client, chainId }: Node,
  contract: Address,
  expected: Expected,
  field: string,
): Promise<void> {
  const { bridge, sourceChainId } = expected;
  const terms = await termsOf(client, contract);
  if (!isAddressEqual(terms.bridge, bridge) || terms.sourceChainId !== BigInt(sourceChainId)) {
    throw new PegwayError(
      `${field}: ${contract} anchors chain ${terms.sourceChainId} for the bridge ${terms.bridge}, expected chain ` +
        `${sourceChainId} for ${bridge}`,
      { code: 'receipt-invalid', hint: 'the anchor of the receipt is of another bridge' },
    );
  }
  const code = await codeProblem({ client, chainId }, contract, terms);
  if (code === undefined || (await namedByExits(client, bridge, contract))) return;
  throw new PegwayError(`${field}: ${code}, and no exits of ${bridge} name it`, {
    code: 'receipt-invalid',
    hint: 'do not rely on the anchor; if another release deployed the contract, verify with that release',
  });
}

/**
 * Looks for the chain on which a contract anchors another one, and for the bridge that it counts signatures of.
 * @param inner The id of the anchored chain.
 * @throws {PegwayError} when its code is not that of Anchors.
 */
export async function findOuter(
  contract: Address,
  inner: number | undefined,
  nodes: readonly Node[],
  field: string,
): Promise<WitnessedAnchors> {
  for (const node of nodes) {
    const { client, chainId } = node;
    if ((await client.getCode({ address: contract })) === undefined) continue;
    const terms = await termsOf(client, contract);
    if (terms.sourceChainId !== BigInt(inner ?? -1)) continue;
    const problem = await codeProblem(node, contract, terms);
    if (problem === undefined) return { contract, chainId, bridge: terms.bridge, witness: 'confirmed' };
    throw new PegwayError(`${field}: ${problem}`, {
      code: 'receipt-invalid',
      hint: 'do not rely on the anchor; if another release deployed the contract, verify with that release',
    });
  }
  return { contract, witness: 'no-node' };
}

type Terms = Awaited<ReturnType<typeof termsOf>>;

async function termsOf(client: PublicClient, address: Address) {
  const call = { address, abi: anchorsAbi } as const;
  const [bridge, sourceChainId, firstBlock, maximumBlocksPerSecond] = await Promise.all([
    client.readContract({ ...call, functionName: 'bridge' }),
    client.readContract({ ...call, functionName: 'sourceChainId' }),
    client.readContract({ ...call, functionName: 'firstBlock' }),
    client.readContract({ ...call, functionName: 'maximumBlocksPerSecond' }),
  ]);
  return { bridge, sourceChainId, firstBlock, maximumBlocksPerSecond };
}

/** Undefined when the code is this release's, with the terms that the contract answers. */
async function codeProblem({ client, chainId }: Node, address: Address, terms: Terms): Promise<string | undefined> {
  const { bridge, sourceChainId, firstBlock, maximumBlocksPerSecond } = terms;
  const code = (await client.getCode({ address })) ?? '0x';
  const expected = runtimeCode({
    ...{ contract: 'Anchors', chainId, address, bridge, firstBlock },
    ...{ sourceChainId: Number(sourceChainId), maximumBlocksPerSecond: Number(maximumBlocksPerSecond) },
  });
  if (code === expected) return undefined;
  return `the code of ${address} on chain ${chainId} has the hash ${keccak256(code)}, expected ${keccak256(expected)}, that of this release’s Anchors for ${bridge}`;
}

async function namedByExits(client: PublicClient, bridge: Address, contract: Address): Promise<boolean> {
  if ((await client.getCode({ address: bridge })) === undefined) return false;
  const exits = await client.readContract({ address: bridge, abi: mainBridgeAbi, functionName: 'exits' });
  if (exits === zeroAddress) return false;
  return isAddressEqual(
    await client.readContract({ address: exits, abi: exitsAbi, functionName: 'anchors' }),
    contract,
  );
}
