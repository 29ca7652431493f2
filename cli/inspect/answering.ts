import type { Hex } from 'viem';

import { PegwayError, messageOf } from '../../protocol/errors.ts';
import type { Side } from '../../protocol/lane.ts';
import type { Endpoint } from '../../relayer/chain/json-rpc-endpoint.ts';
import { RpcError } from '../../relayer/chain/rpc-errors.ts';
import type { RpcQuorum } from '../../relayer/chain/rpc-quorum.ts';

/** A silent node is named before a person gives up: within ten seconds of the command's start. */
export const ANSWER_SECONDS = 6;

/** The node's chain id. @throws {PegwayError} when the node is silent for 6 s; else whatever the request throws. */
export async function chainIdOf(endpoint: Endpoint): Promise<Hex> {
  const late = AbortSignal.timeout(ANSWER_SECONDS * 1_000);
  try {
    return await endpoint.request<Hex>('eth_chainId', [], late);
  } catch (error) {
    if (error !== late.reason) throw error;
    throw new PegwayError(`${endpoint.name}: no answer within ${ANSWER_SECONDS} s`, { cause: error });
  }
}

interface Nodes {
  readonly side: Side;
  readonly nodes: Pick<RpcQuorum, 'endpoints' | 'quorum'>;
}

/**
 * Resolves as soon as each chain has as many answering nodes as its quorum needs.
 * @throws {PegwayError} naming the chain and each node that does not answer.
 */
export async function requireAnswers(...chains: readonly Nodes[]): Promise<void> {
  await Promise.all(chains.map(requireChain));
}

function requireChain({ side, nodes: { endpoints, quorum } }: Nodes): Promise<void> {
  const failures: string[] = [];
  let answered = 0;
  return new Promise((resolve, reject) => {
    for (const endpoint of endpoints) {
      const settle = (failure: string | undefined): void => {
        if (failure === undefined) answered++;
        else failures.push(failure);
        if (answered >= quorum) resolve();
        if (failure === undefined || endpoints.length - failures.length >= quorum) return;
        const hint = `try again, or name another node in rpcUrls of the ${side} chain`;
        reject(new PegwayError(`the ${side} chain does not answer: ${failures.join('; ')}`, { hint }));
      };
      void chainIdOf(endpoint).then(
        () => settle(undefined),
        // A node's own error, such as a rate limit, is reported where it matters.
        (error: unknown) => settle(error instanceof RpcError ? undefined : messageOf(error)),
      );
    }
  });
}
