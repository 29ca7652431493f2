import { BaseError, RpcRequestError, type Transport, custom } from 'viem';

import { jsonRpc } from '../../sdk/index.ts';

/** A failed call shows within this: the page then names the chain. Another node, where there is one, has half of it. */
const PATIENCE_SECONDS = 7;
/** A request that fails within this was lost rather than unanswered, so the same node is asked once more. */
const LOST_MS = 1_000;

/**
 * One node of several: the one in use serves every call until it does not answer; then the next one does. viem's
 * `fallback` starts each call at the first node, so that a hanging one would delay all of them. An error that a node
 * answers is final.
 */
export function failover(rpcUrls: readonly string[]): Transport {
  const timeoutSeconds = rpcUrls.length === 1 ? PATIENCE_SECONDS : PATIENCE_SECONDS / 2;
  return (parameters) => {
    const nodes = rpcUrls.map((url) => jsonRpc(url, { timeoutSeconds, retryCount: 0 })(parameters));
    let current = 0;

    async function request(body: { readonly method: string; readonly params?: unknown }): Promise<unknown> {
      const place = current;
      const startedAt = performance.now();
      try {
        return await nodes[place]?.request(body);
      } catch (error) {
        if (isAnswer(error)) throw error;
        const isLost = performance.now() - startedAt < LOST_MS;
        if (nodes.length === 1 && !isLost) throw error;
        if (current === place) current = (place + 1) % nodes.length;
        return nodes[current]?.request(body);
      }
    }
    return custom({ request }, { key: 'failover', name: 'JSON-RPC with failover', retryCount: 0 })(parameters);
  };
}

const isAnswer = (error: unknown): boolean =>
  error instanceof BaseError && error.walk((cause) => cause instanceof RpcRequestError) !== null;
