import { type EIP1193RequestFn, http } from 'viem';

import { PegwayError, messageOf } from '../../protocol/errors.ts';

/** One configured node, asked by raw JSON-RPC. Calls of one tick travel in one HTTP request. */
export interface Endpoint {
  /** Its place in the configuration and its host: what logs and metrics call it; no path, which may hold a secret. */
  readonly name: string;
  request<T>(method: string, params: readonly unknown[]): Promise<T>;
}

export type RpcObserver = (event: {
  endpoint: string;
  method: string;
  outcome: 'ok' | 'error' | 'unreachable';
}) => void;

/** An HTTP request was answered; `bytes` as the node declared them, 0 when it did not. */
export type HttpObserver = (event: { endpoint: string; bytes: number }) => void;

/** A node answered with a JSON-RPC error. */
export class RpcError extends PegwayError {
  override readonly name = 'RpcError';
  readonly rpcCode: number | undefined;
  /** Revert data, where the node gave any. */
  readonly data: `0x${string}` | undefined;

  constructor(endpoint: string, method: string, cause: unknown) {
    super(`${method} at ${endpoint}: ${wordsOf(cause)}`, { cause });
    const inner = innermost(cause);
    this.rpcCode = typeof inner.code === 'number' ? inner.code : undefined;
    this.data = revertData(inner.data);
  }
}

/** A node did not answer: nothing is known of what was asked. */
export class UnreachableError extends PegwayError {
  override readonly name = 'UnreachableError';

  constructor(endpoint: string, method: string, cause: unknown) {
    super(`${method} at ${endpoint}: no answer (${messageOf(cause)})`, { cause, code: 'rpc-unreachable' });
  }
}

/** The node's own words where there are any: viem's for the same code would send an operator the wrong way. */
const wordsOf = (cause: unknown): string =>
  cause instanceof Error && 'details' in cause && typeof cause.details === 'string' ? cause.details : messageOf(cause);

interface WithCode {
  readonly code?: unknown;
  readonly data?: unknown;
}

/** viem wraps what the node said; the innermost error with a code is the node's own. */
function innermost(error: unknown): WithCode {
  let found: WithCode = {};
  for (let inner: unknown = error; inner instanceof Error; inner = inner.cause) {
    if ('code' in inner && typeof inner.code === 'number') found = inner;
  }
  return found;
}

/** Nodes put revert data into `data`, as hex, or one level deeper. */
function revertData(data: unknown): `0x${string}` | undefined {
  if (typeof data === 'string' && data.startsWith('0x')) return data as `0x${string}`;
  if (typeof data === 'object' && data !== null && 'data' in data) return revertData(data.data);
  return undefined;
}

const isAnswer = (error: unknown): boolean => typeof innermost(error).code === 'number';

/**
 * In bytes. The receipts of one block are some MB, yet whoever pays for a block's gas can have 15 MB of them: a transfer in such
 * a block must arrive, too. Without a bound one node could end a relayer.
 */
const LARGEST_ANSWER = 128 * 1_024 ** 2;

/** No retries here: reads are retried by `Nodes`, which knows how many nodes must answer. */
export function createEndpoint(
  url: string,
  index: number,
  timeoutSeconds: number,
  observe: RpcObserver,
  onResponse: HttpObserver = () => undefined,
): Endpoint {
  const name = `${index}-${new URL(url).host}`;
  const transport = http(url, {
    batch: { wait: 0, batchSize: 100 },
    retryCount: 0,
    maxResponseBodySize: LARGEST_ANSWER,
    timeout: timeoutSeconds * 1_000,
    onFetchResponse: ({ headers }) => onResponse({ endpoint: name, bytes: Number(headers.get('content-length') ?? 0) }),
  })({ retryCount: 0 });
  const send = transport.request as EIP1193RequestFn;

  return {
    name,
    async request<T>(method: string, params: readonly unknown[]): Promise<T> {
      try {
        const result: T = await send({ method, params } as never);
        observe({ endpoint: name, method, outcome: 'ok' });
        return result;
      } catch (cause) {
        const answered = isAnswer(cause);
        observe({ endpoint: name, method, outcome: answered ? 'error' : 'unreachable' });
        throw answered ? new RpcError(name, method, cause) : new UnreachableError(name, method, cause);
      }
    },
  };
}
