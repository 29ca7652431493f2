import { parseEndpointUrl } from '../../protocol/endpoint-url.ts';
import { causeWords, redactError, silenceWords } from '../../protocol/failure-words.ts';
import { ProofError } from '../../protocol/proof/error.ts';
import { type Call, type Silence, encode, match } from '../../protocol/json-rpc.ts';
import { type Delivery, type Reply, createBatchSizer } from './request-batching.ts';
import { type BodySink, openHttpClient } from './http-client.ts';
import { type HttpFacts, RpcError, UnreachableError } from './rpc-errors.ts';

/** One configured node, queried by raw JSON-RPC. Requests of one tick share an HTTP request. */
export interface Endpoint {
  /** Position in the configuration and host, for logs and metrics; without the path, which may hold a secret. */
  readonly name: string;
  /**
   * @throws {RpcError} the node's own error.
   * @throws {UnreachableError} the outcome of the request is unknown.
   * @throws the signal's reason, once aborted. No observer counts this: it does not reflect on the node.
   */
  request<T>(method: string, params: readonly unknown[], signal?: AbortSignal): Promise<T>;
  /**
   * As `request`, alone in its HTTP request: `sink` reads the body as it arrives, and its frame has the result.
   * @throws {ProofError} of the sink, too.
   */
  stream<T>(method: string, params: readonly unknown[], sink: BodySink, signal: AbortSignal): Promise<T>;
}

/** An endpoint with its connections. Disposal fails the requests in flight and all later ones. */
export interface OpenEndpoint extends Endpoint, AsyncDisposable {}

export type RpcObserver = (event: {
  endpoint: string;
  method: string;
  outcome: 'ok' | 'error' | 'unreachable';
}) => void;

/** An HTTP response arrived; `bytes` is the size of its body on the wire. */
export type HttpObserver = (event: { endpoint: string; bytes: number }) => void;

export interface EndpointOptions {
  /** Credentials in the URL are sent as an `Authorization` header. */
  readonly url: string;
  /** Position in the configuration. */
  readonly index: number;
  readonly timeoutSeconds: number;
  readonly observe?: RpcObserver;
  readonly onResponse?: HttpObserver;
  /** Decompressed, in bytes; default 128 MiB. */
  readonly largestBody?: number;
  /** Maximum number of requests in one HTTP request; default 100. Lower limits of the node are learned. */
  readonly largestBatch?: number;
  /** Monotonic seconds. */
  readonly now?: () => number;
}

/** In bytes. Without a bound, one node could crash a relayer. Receipts are read as a stream: they may exceed this. */
const LARGEST_BODY = 128 * 1_024 ** 2;

const LARGEST_BATCH = 100;

/** A request that is not settled yet: by a response, a failure, or its caller's signal. */
interface Pending extends Delivery {
  readonly call: Call;
  resolve(result: unknown): void;
  reject(error: unknown): void;
  /** Set while the request is in flight. */
  leave: () => void;
}

const seconds = (): number => performance.now() / 1_000;

/**
 * Opens one node's endpoint. Never retries: `RpcQuorum` retries reads, since the quorum is known there.
 * SECURITY: responses are matched by id alone, see `protocol/json-rpc.ts`.
 */
export function openEndpoint(options: EndpointOptions): OpenEndpoint {
  const { url, index, timeoutSeconds, observe, onResponse, largestBody = LARGEST_BODY, now = seconds } = options;
  const { largestBatch = LARGEST_BATCH } = options;
  const endpoint = parseEndpointUrl(url);
  const name = `${index}-${endpoint.host}`;
  const client = openHttpClient({
    ...{ endpoint, timeoutSeconds, largestBody },
    onResponse: (bytes) => onResponse?.({ endpoint: name, bytes }),
  });
  let lastId = 0;
  let waiting: Pending[] = [];

  async function exchange(batch: readonly Pending[], sink?: BodySink): Promise<Reply> {
    const controller = new AbortController();
    const travelling = new Set(batch);
    for (const one of batch) {
      one.leave = () => {
        travelling.delete(one);
        if (travelling.size === 0) controller.abort(new Error('aborted'));
      };
    }
    const calls = batch.map(({ call }) => call);
    try {
      const response = await client.post(encode(calls), controller, sink);
      const outcomes = match(
        calls.map(({ id }) => id),
        response.body,
      );
      return { kind: 'response', response, outcomes };
    } catch (error) {
      return { kind: 'failed', error };
    }
  }

  function settle(pending: Pending, reply: Reply): void {
    if (pending.isSettled) return;
    pending.isSettled = true;
    const { id, method } = pending.call;
    const outcome = reply.kind === 'response' ? (reply.outcomes.get(id) ?? missing) : undefined;
    if (outcome?.kind === 'result') {
      observe?.({ endpoint: name, method, outcome: 'ok' });
      return pending.resolve(outcome.result);
    }
    const facts = reply.kind === 'response' ? factsOf(reply.response) : {};
    if (outcome?.kind === 'error') {
      observe?.({ endpoint: name, method, outcome: 'error' });
      return pending.reject(new RpcError(name, method, redactError(outcome.error, endpoint.redact), facts));
    }
    const words =
      reply.kind === 'failed'
        ? endpoint.redact(causeWords(reply.error))
        : silenceWords(outcome ?? missing, reply.response, endpoint.redact);
    observe?.({ endpoint: name, method, outcome: 'unreachable' });
    if (reply.kind === 'failed' && reply.error instanceof ProofError) return pending.reject(reply.error);
    pending.reject(new UnreachableError(name, method, words, facts));
  }

  const sizer = createBatchSizer({
    exchange: (batch: readonly Pending[]) => exchange(batch),
    settle,
    largestBatch,
    now,
  });

  function flush(): void {
    const calls = waiting.filter(({ isSettled }) => !isSettled);
    waiting = [];
    sizer.send(calls);
  }

  /** @param send Sends the request, now or with others of this tick. */
  function start<T>(
    method: string,
    params: readonly unknown[],
    signal: AbortSignal | undefined,
    send: (pending: Pending) => void,
  ): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    const call = { id: ++lastId, method, params };
    const pending: Pending = { call, isSettled: false, resolve, reject, leave: () => undefined };
    const onAbort = (): void => {
      if (pending.isSettled) return;
      pending.isSettled = true;
      pending.leave();
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    send(pending);
    return promise.finally(() => signal?.removeEventListener('abort', onAbort)) as Promise<T>;
  }

  return {
    name,
    request: (method, params, signal) =>
      start(method, params, signal, (pending) => {
        waiting.push(pending);
        if (waiting.length === 1) setTimeout(flush, 0);
      }),
    stream: (method, params, sink, signal) =>
      start(method, params, signal, (pending) => {
        void exchange([pending], sink).then((reply) => settle(pending, reply));
      }),
    [Symbol.asyncDispose]: () => client.close(),
  };
}

const missing: Silence = { kind: 'silence', reason: 'missing' };

const factsOf = (response: { status: number; retryAfterSeconds: number | undefined }): HttpFacts =>
  response.status >= 200 && response.status < 300
    ? {}
    : { status: response.status, retryAfterSeconds: response.retryAfterSeconds };
