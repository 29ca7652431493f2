import {
  type EndpointState,
  type MethodClass,
  abandoned,
  answered,
  classOf,
  hedgeAfter,
  isProbeDue,
  isSilent,
  isSlow,
  newEndpoint,
  patience,
  probed,
  slowAbove,
  unanswered,
} from './endpoint-memory.ts';

/** The health of one chain's endpoints, in milliseconds of a monotonic clock. */
export interface EndpointHealth {
  readonly now: () => number;
  /** Counts a request as in flight, until the returned function is called. */
  sent(endpoint: string, method: string): () => void;
  answered(endpoint: string, method: string, latency: number): void;
  unanswered(endpoint: string, method: string): void;
  abandoned(endpoint: string, method: string, elapsed: number): void;
  /** Records that the endpoint does not support this method. */
  lacks(endpoint: string, method: string): void;
  /** Records the latency with which the quorum decided a read. */
  decided(method: string, latency: number): void;
  /** True for endpoints to query at once. The others are queried only when these do not suffice. */
  isWell(endpoint: string, method: string): boolean;
  /** True if slow for any class of methods: queried last where one endpoint is enough. */
  isSlow(endpoint: string): boolean;
  /** True if silent for any class of methods. */
  isSilent(endpoint: string): boolean;
  /** True if a slow endpoint is due for a probe, which detects its recovery. */
  isProbeDue(endpoint: string, method: string): boolean;
  /** As `isProbeDue`, and schedules the next probe. */
  takeProbe(endpoint: string, method: string): boolean;
  hedgeAfter(endpoint: string, method: string): number;
  patience(endpoint: string, method: string): number;
  /** True if another request would only lengthen the endpoint's queue: its window is full, and no probe is due. */
  isBusy(endpoint: string, method: string): boolean;
  /** Calls `wake` when the endpoint may be sent another request of this class, in turn. @returns how to cancel. */
  whenFree(endpoint: string, method: string, wake: () => void): () => void;
}

/** Endpoints change: retry a missing method after this long. */
const MISSING_MS = 3_600_000;
const QUORUM_LATENCIES = 64;
/** Requests that an endpoint may have lost hold up the next one for this long. */
const BUSY_MS = 10_000;

interface Flight {
  count: number;
  sentAt: number;
  readonly waiting: Set<() => void>;
}

const inFlightKey = (endpoint: string, kind: MethodClass): string => `${endpoint} ${kind}`;

export function createEndpointHealth(options: {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Called when an endpoint becomes slow for a class of methods, or has recovered for all of them. */
  readonly onChange?: (endpoint: string, isSlow: boolean) => void;
}): EndpointHealth {
  const { now, onChange } = options;
  const states = new Map<string, Map<MethodClass, EndpointState>>();
  const missing = new Map<string, number>();
  const inFlight = new Map<string, Flight>();
  const latencies = new Map<MethodClass, readonly number[]>();
  const thresholds = new Map<MethodClass, number>();
  const slow = new Set<string>();

  const threshold = (kind: MethodClass): number => thresholds.get(kind) ?? slowAbove([]);
  const stateOf = (endpoint: string, kind: MethodClass): EndpointState =>
    states.get(endpoint)?.get(kind) ?? newEndpoint;
  const some = (endpoint: string, is: (state: EndpointState, kind: MethodClass) => boolean): boolean =>
    [...(states.get(endpoint) ?? [])].some(([kind, state]) => is(state, kind));
  const isSlowAnywhere = (endpoint: string) => some(endpoint, (state, kind) => isSlow(state, threshold(kind)));

  function update(endpoint: string, kind: MethodClass, state: EndpointState): void {
    const known = states.get(endpoint) ?? new Map<MethodClass, EndpointState>();
    states.set(endpoint, known.set(kind, state));
    const isSlowNow = isSlowAnywhere(endpoint);
    if (isSlowNow === slow.has(endpoint)) return;
    if (isSlowNow) slow.add(endpoint);
    else slow.delete(endpoint);
    onChange?.(endpoint, isSlowNow);
  }

  function flightOf(endpoint: string, kind: MethodClass): Flight {
    const key = inFlightKey(endpoint, kind);
    const flight = inFlight.get(key) ?? { count: 0, sentAt: 0, waiting: new Set() };
    inFlight.set(key, flight);
    return flight;
  }

  return {
    now,
    sent(endpoint, method) {
      const kind = classOf(method);
      const flight = flightOf(endpoint, kind);
      flight.count++;
      flight.sentAt = now();
      return () => {
        flight.count--;
        for (const wake of flight.waiting) {
          if (flight.count >= stateOf(endpoint, kind).window) return;
          flight.waiting.delete(wake);
          wake();
        }
      };
    },
    whenFree(endpoint, method, wake) {
      const { waiting } = flightOf(endpoint, classOf(method));
      waiting.add(wake);
      return () => void waiting.delete(wake);
    },
    answered(endpoint, method, latency) {
      const kind = classOf(method);
      const before = stateOf(endpoint, kind);
      const after = answered(before, latency, threshold(kind), now());
      update(endpoint, kind, after);
      // Presume recovery for every class of methods: some are used too rarely to be probed.
      if (isSilent(before) && !isSlow(after, threshold(kind))) {
        for (const [other, state] of states.get(endpoint) ?? []) {
          if (isSilent(state)) update(endpoint, other, { ...newEndpoint, window: state.window });
        }
      }
    },
    unanswered(endpoint, method) {
      const kind = classOf(method);
      update(endpoint, kind, unanswered(stateOf(endpoint, kind), threshold(kind), now()));
    },
    abandoned(endpoint, method, elapsed) {
      const kind = classOf(method);
      update(endpoint, kind, abandoned(stateOf(endpoint, kind), elapsed, threshold(kind), now()));
    },
    lacks: (endpoint, method) => void missing.set(`${endpoint} ${method}`, now() + MISSING_MS),
    decided(method, latency) {
      const kind = classOf(method);
      const latest = [...(latencies.get(kind) ?? []), latency].slice(-QUORUM_LATENCIES);
      latencies.set(kind, latest);
      thresholds.set(kind, slowAbove(latest));
    },
    isWell: (endpoint, method) =>
      !isSlow(stateOf(endpoint, classOf(method)), threshold(classOf(method))) &&
      (missing.get(`${endpoint} ${method}`) ?? 0) <= now(),
    isSlow: isSlowAnywhere,
    isSilent: (endpoint) => some(endpoint, isSilent),
    isProbeDue: (endpoint, method) => isProbeDue(stateOf(endpoint, classOf(method)), threshold(classOf(method)), now()),
    takeProbe(endpoint, method) {
      const kind = classOf(method);
      const state = stateOf(endpoint, kind);
      if (!isProbeDue(state, threshold(kind), now())) return false;
      update(endpoint, kind, probed(state, now()));
      return true;
    },
    hedgeAfter: (endpoint, method) => hedgeAfter(stateOf(endpoint, classOf(method))),
    patience(endpoint, method) {
      const kind = classOf(method);
      const state = stateOf(endpoint, kind);
      const silent = some(endpoint, isSilent) ? patience({ ...state, silences: Infinity }) : Infinity;
      return Math.min(patience(state, inFlight.get(inFlightKey(endpoint, kind))?.count), silent);
    },
    isBusy(endpoint, method) {
      const kind = classOf(method);
      const state = stateOf(endpoint, kind);
      const { count, sentAt } = flightOf(endpoint, kind);
      return count >= state.window && now() - sentAt < BUSY_MS && !isProbeDue(state, threshold(kind), now());
    },
  };
}
