import { type PublicClient, zeroAddress } from 'viem';

import { messageOf } from '../../protocol/errors.ts';
import { type RpcHeader, headerHash, headerRules } from '../../protocol/proof/header.ts';
import { type Network, readerFor } from './chain-clients.ts';
import type { BridgeSpec } from './spec.ts';

/**
 * What `Anchors` and `Exits` need of the product chain and could never be mended later: block hashes that are the keccak256 of
 * a header, and state proofs. One line per problem.
 */
export async function productProblems(spec: BridgeSpec, network: Network): Promise<string[]> {
  if (spec.anchors === undefined) return [];
  const reader = readerFor(network, spec.product);
  const request = reader.request as (call: { method: string; params: readonly unknown[] }) => Promise<unknown>;
  const block = (await request({ method: 'eth_getBlockByNumber', params: ['latest', false] })) as RpcHeader;
  const path = `bridges.${spec.name}`;
  const problems: string[] = [];
  if (!headerRules.some((rule) => hashesTo(block, rule))) {
    problems.push(
      `${path}.anchors: expected none, since block ${block.hash} of ${spec.product.name} is not the hash of a header that contracts can read`,
    );
  }
  const unproven = spec.exits === undefined ? undefined : await proofProblem(reader);
  if (unproven !== undefined) {
    problems.push(
      `${path}.exits: expected a node of ${spec.product.name} that answers eth_getProof, by which holders prove what they own: ${unproven}`,
    );
  }
  return problems;
}

function hashesTo(block: RpcHeader, rule: (typeof headerRules)[number]): boolean {
  try {
    return headerHash(block, rule) === block.hash;
  } catch {
    return false;
  }
}

async function proofProblem(reader: PublicClient): Promise<string | undefined> {
  try {
    await reader.getProof({ address: zeroAddress, storageKeys: [], blockTag: 'latest' });
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}
