import type { EndpointHealth } from './endpoint-health.ts';
import { NEEDED_FLOOR_MS, SLOW_FLOOR_MS } from './endpoint-memory.ts';
import type { BodySink } from './http-client.ts';
import type { Endpoint } from './json-rpc-endpoint.ts';
import { RpcError, UnreachableError } from './rpc-errors.ts';

/** Outcome of one endpoint: its result, or the reason for the lack of one. */
export type Answer<T> =
  | { readonly endpoint: string; readonly result: T }
  | { readonly endpoint: string; readonly error: unknown };

/**
 * Sends requests to one endpoint; the end of the read aborts them. A response that `sink` reads in pieces may take long:
 * while it progresses, the read neither turns to the next endpoint nor gives up.
 */
export type Request = <T>(method: string, params: readonly unknown[], sink?: BodySink) => Promise<T>;

export interface Progress {
  /** Pending endpoints that are worth waiting for. */
  readonly outstanding: number;
  /** In milliseconds since `need` results arrived; 0 before. */
  readonly waited: number;
}

export interface Read<T, R> {
  /** Latency is measured for this method. */
  readonly method: string;
  /** Queries one endpoint, by one request or several. */
  readonly attempt: (request: Request, endpoint: string) => Promise<T>;
  /** Minimum number of results for a decision. */
  readonly need: number;
  /** True to query endpoints in turn, with a hedge delay, instead of all at once. */
  readonly inTurn?: boolean;
  /**
   * True for requests with a duration that earlier ones do not predict: unless the endpoint is silent, each runs to its
   * response or timeout.
   */
  readonly isPatient?: boolean;
  /**
   * Returns the value once the responses suffice; undefined to wait for more. Throws an error that ends the read at
   * once.
   */
  readonly decide: (answers: readonly Answer<T>[], progress: Progress) => { readonly value: R } | undefined;
  /** The value when all have responded without a decision, or the rest timed out; throws if there is none. */
  readonly otherwise: (answers: readonly Answer<T>[]) => R;
  /** In milliseconds after `need` results: when to call `decide` again without a new response. */
  readonly graces?: readonly number[];
  /** Receives each response that arrives after the decision, within `BACKGROUND_MS`. */
  readonly onLate?: (answer: Answer<T>) => void;
}

/** How long the other endpoints are observed after a decision, before their requests are aborted. */
const BACKGROUND_MS = 500;

interface Asked {
  readonly at: number;
  readonly abort: AbortController;
  /** A probe runs to its response or timeout, to measure the latency of a slow endpoint. */
  readonly isProbe: boolean;
  /** When a piece of a streamed response last arrived. */
  progressAt?: number;
}

interface Held {
  readonly at: number;
  readonly cancel: () => void;
}

/** A request to one endpoint, as its `request` and `stream` take it. */
type Sent = readonly [method: string, params: readonly unknown[], signal?: AbortSignal, sink?: BodySink | undefined];

/** Sends one request and records its outcome. A request aborted by its caller has none. */
export async function observed<T>(
  endpoint: Endpoint,
  health: EndpointHealth,
  [method, params, signal, sink]: Sent,
): Promise<T> {
  const { name } = endpoint;
  const at = health.now();
  const ended = health.sent(name, method);
  let answeredAt: number | undefined;
  try {
    const result =
      sink === undefined || signal === undefined
        ? await endpoint.request<T>(method, params, signal)
        : await endpoint.stream<T>(
            method,
            params,
            onWrite(sink, () => (answeredAt ??= health.now())),
            signal,
          );
    // The size of a body that is read in pieces is not the endpoint's choice.
    health.answered(name, method, (answeredAt ?? health.now()) - at);
    return result;
  } catch (error) {
    if (error instanceof UnreachableError) health.unanswered(name, method);
    else if (error instanceof RpcError) {
      health.answered(name, method, health.now() - at);
      if (error.rpcCode === METHOD_NOT_FOUND) health.lacks(name, method);
    }
    throw error;
  } finally {
    ended();
  }
}

const METHOD_NOT_FOUND = -32_601;

const onWrite = (sink: BodySink, notice: () => void): BodySink => ({
  write(chunk) {
    notice();
    sink.write(chunk);
  },
  frame: () => sink.frame(),
});

/**
 * Reads from several endpoints and resolves as soon as their responses suffice. Healthy endpoints are queried first;
 * slow ones once the quorum might not be reached without them.
 */
export function read<T, R>(endpoints: readonly Endpoint[], health: EndpointHealth, what: Read<T, R>): Promise<R> {
  const { method, attempt, need, inTurn = false, isPatient = false, decide, otherwise, graces = [], onLate } = what;
  const { promise, resolve, reject } = Promise.withResolvers<R>();
  const { now } = health;
  const begun = now();
  const answers: Answer<T>[] = [];
  const asked = new Map<Endpoint, Asked>();
  /** Endpoints that are queried once they have answered earlier requests. */
  const held = new Map<Endpoint, Held>();
  const isWell = ({ name }: Endpoint) => health.isWell(name, method);
  /** Endpoints not queried yet, the best first. */
  const rest = endpoints.toSorted((a, b) => rank(a) - rank(b));
  let isDecided = false;
  let isOver = false;
  let hasPolled = false;
  let moreAt = Infinity;
  let neededAt: number | undefined;
  let timer: NodeJS.Timeout | undefined;

  function rank(endpoint: Endpoint): number {
    if (!isWell(endpoint)) return 2;
    return inTurn && health.isSlow(endpoint.name) ? 1 : 0;
  }

  function ask(endpoint: Endpoint): void {
    const at = now();
    const { name } = endpoint;
    const place = rest.indexOf(endpoint);
    if (place >= 0) rest.splice(place, 1);
    // A node that answers late would never catch up with requests that are sent again while it still works on the former;
    // nor would this relayer, if all that wait for the node failed at once and were repeated.
    if (health.isBusy(name, method)) {
      held.set(endpoint, { at: held.get(endpoint)?.at ?? at, cancel: health.whenFree(name, method, evaluate) });
      return;
    }
    held.delete(endpoint);
    // One to a silent endpoint runs to its response, which shows the recovery.
    const isProbe = health.takeProbe(name, method) || health.isSilent(name);
    const one: Asked = { at, abort: new AbortController(), isProbe };
    const { signal } = one.abort;
    asked.set(endpoint, one);
    moreAt = at + health.hedgeAfter(endpoint.name, method);
    const progress = (): void => {
      one.progressAt = now();
      moreAt = Math.max(moreAt, now() + health.hedgeAfter(endpoint.name, method));
    };
    const request: Request = (name, params, sink) =>
      observed(endpoint, health, [name, params, signal, sink === undefined ? undefined : onWrite(sink, progress)]);
    attempt(request, endpoint.name).then(
      (result) => take(endpoint, { endpoint: endpoint.name, result }),
      (error: unknown) => {
        if (!signal.aborted) take(endpoint, { endpoint: endpoint.name, error });
      },
    );
  }

  function take(endpoint: Endpoint, answer: Answer<T>): void {
    asked.delete(endpoint);
    if (isOver) return;
    if (isDecided) return onLate?.(answer);
    answers.push(answer);
    evaluate();
  }

  const results = () => answers.filter((answer) => 'result' in answer).length;

  function evaluate(): void {
    if (isDecided) return;
    clearTimeout(timer);
    if (results() >= need) neededAt ??= now();
    let decision: { readonly value: R } | undefined;
    try {
      const outstanding = [...asked.keys()].filter(isWell).length;
      decision = decide(answers, { outstanding, waited: neededAt === undefined ? 0 : now() - neededAt });
    } catch (error) {
      return end(() => reject(error));
    }
    if (decision !== undefined) {
      const { value } = decision;
      health.decided(method, now() - begun);
      return end(() => resolve(value));
    }
    for (const [endpoint, { cancel }] of held) {
      if (health.isBusy(endpoint.name, method)) continue;
      cancel();
      ask(endpoint);
    }
    askMore();
    const lasting = [...[...asked].map(patienceOf), ...[...held.values()].map(({ at }) => at + NEEDED_FLOOR_MS)];
    const givenUpAt = rest.length > 0 ? Infinity : Math.max(0, ...lasting);
    if (now() >= givenUpAt) {
      if (hasPolled) return giveUp();
      // A busy event loop finds the timer due before it has read the responses that arrived meanwhile.
      hasPolled = true;
      setImmediate(evaluate);
      return;
    }
    hasPolled = false;
    const graceAt = graces.map((grace) => (neededAt ?? Infinity) + grace).find((at) => at > now()) ?? Infinity;
    // Other reads may find meanwhile that a pending endpoint is silent.
    const patienceAt = lasting.length > 0 ? now() + SLOW_FLOOR_MS : Infinity;
    const next = Math.min(graceAt, rest.length > 0 ? moreAt : patienceAt, givenUpAt);
    if (next !== Infinity) timer = setTimeout(evaluate, Math.ceil(Math.max(next - now(), 1)));
  }

  function giveUp(): void {
    for (const [{ name }, { at }] of asked) {
      const error = new UnreachableError(name, method, `within ${((now() - at) / 1_000).toFixed(1)} s`);
      answers.push({ endpoint: name, error });
    }
    for (const { name } of held.keys()) {
      const error = new UnreachableError(name, method, 'an earlier request is still unanswered');
      answers.push({ endpoint: name, error });
    }
    try {
      const value = otherwise(answers);
      end(() => resolve(value));
    } catch (error) {
      end(() => reject(error), 0);
    }
  }

  function patienceOf([{ name }, { at, progressAt }]: readonly [Endpoint, Asked]): number {
    if (isPatient && (progressAt !== undefined || !health.isSilent(name))) return Infinity;
    return at + health.patience(name, method);
  }

  function askMore(): void {
    while (rest.length > 0) {
      const waiting = [...asked.keys()].filter(isWell).length;
      const maySuffice = waiting > 0 && waiting + (inTurn ? 0 : results()) >= need;
      if (maySuffice && now() < moreAt) return;
      const [next] = rest;
      if (next === undefined) return;
      ask(next);
    }
  }

  function end(settle: () => void, background = BACKGROUND_MS): void {
    isDecided = true;
    clearTimeout(timer);
    for (const { cancel } of held.values()) cancel();
    settle();
    const finish = (): void => {
      isOver = true;
      for (const [{ name }, { at, abort, isProbe, progressAt }] of asked) {
        if (isProbe) continue;
        health.abandoned(name, method, now() - (progressAt ?? at));
        abort.abort(new Error('not needed'));
      }
    };
    if (asked.size === 0) return;
    if (background === 0) finish();
    else setTimeout(() => setImmediate(finish), background).unref();
  }

  const first = inTurn ? rest.slice(0, 1) : rest.filter(isWell);
  for (const endpoint of first) ask(endpoint);
  for (const endpoint of [...rest]) {
    if (!isWell(endpoint) && health.isProbeDue(endpoint.name, method)) ask(endpoint);
  }
  evaluate();
  return promise;
}
