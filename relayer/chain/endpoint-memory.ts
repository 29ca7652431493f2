/*
 * Latency, timeouts and probe schedule of one endpoint for one class of methods, as pure state. All times are
 * milliseconds of one monotonic clock, which the caller reads.
 */

/** Groups methods of comparable latency. */
export type MethodClass = 'head' | 'read' | 'logs' | 'receipts' | 'send';

const classes: Readonly<Record<string, MethodClass>> = {
  eth_blockNumber: 'head',
  eth_getBlockByNumber: 'head',
  eth_getLogs: 'logs',
  eth_getBlockByHash: 'receipts',
  eth_getBlockReceipts: 'receipts',
  eth_sendRawTransaction: 'send',
};

export const classOf = (method: string): MethodClass => classes[method] ?? 'read';

export interface EndpointState {
  /** Latest latencies, oldest first. */
  readonly samples: readonly number[];
  /** 95th percentile of the samples; undefined until there are enough of them. */
  readonly p95: number | undefined;
  readonly ewma: number | undefined;
  /** Consecutive timeouts. */
  readonly silences: number;
  /** Probes since the endpoint became slow. */
  readonly probes: number;
  /** Time of the next probe; undefined while the endpoint is healthy. */
  readonly probeAt: number | undefined;
  /**
   * Requests that may be in flight. A silent endpoint gets one, and twice as many with each response in time: all that
   * wait for it would silence it again, as it works also on those that were given up.
   */
  readonly window: number;
}

export const newEndpoint: EndpointState = {
  samples: [],
  p95: undefined,
  ewma: undefined,
  silences: 0,
  probes: 0,
  probeAt: undefined,
  window: Infinity,
};

const SAMPLES = 32;
const EWMA_WEIGHT = 1 / 8;
const SLOW_SILENCES = 2;
export const SLOW_FLOOR_MS = 500;
/** A busy machine holds up a node, or this process, for a second or two: no reason to fail a read that no other node can serve. */
export const NEEDED_FLOOR_MS = 3_000;
/** An endpoint is slow above this multiple of the quorum's median latency. */
const SLOW_FACTOR = 4;
const FIRST_PROBE_MS = 1_000;
const LONGEST_PROBE_MS = 60_000;
/** Lower bound of the hedge delay: a shorter one would double the requests to a healthy chain. */
const SHORTEST_HEDGE_MS = 250;
/** In flight at an endpoint without longer latencies, about: one HTTP request carries as many. */
const REQUESTS_AT_ONCE = 100;
/** Above this many requests at once, an endpoint that was silent counts as well. */
const WIDEST_WINDOW = 128;
/** Minimum number of samples for a percentile. */
const ENOUGH_SAMPLES = 8;

/** The slow threshold, from the latencies with which the quorum was reached. */
export const slowAbove = (quorumLatencies: readonly number[]): number =>
  Math.max(SLOW_FLOOR_MS, SLOW_FACTOR * (percentile(quorumLatencies, 0.5) ?? 0));

export const isSilent = ({ silences }: EndpointState): boolean => silences >= SLOW_SILENCES;

/** Slow endpoints are queried only when the quorum cannot be reached without them. */
export const isSlow = (state: EndpointState, threshold: number): boolean =>
  isSilent(state) || (state.ewma ?? 0) > threshold;

/** Records a response, be it a result or an error, after `latency`. A response in time ends a slow spell. */
export function answered(state: EndpointState, latency: number, threshold: number, now: number): EndpointState {
  const window = latency <= threshold ? widened(state.window) : state.window;
  if (isSlow(state, threshold) && latency <= threshold) {
    return { ...newEndpoint, window, samples: [latency], ewma: latency };
  }
  const samples = [...state.samples, latency].slice(-SAMPLES);
  const p95 = samples.length < ENOUGH_SAMPLES ? undefined : percentile(samples, 0.95);
  const ewma = state.ewma === undefined ? latency : state.ewma + EWMA_WEIGHT * (latency - state.ewma);
  return scheduled({ ...state, window, samples, p95, ewma, silences: 0 }, threshold, now);
}

const widened = (window: number): number => (window >= WIDEST_WINDOW ? Infinity : window * 2);

/** Records a timeout. */
export function unanswered(state: EndpointState, threshold: number, now: number): EndpointState {
  const silences = state.silences + 1;
  const window = silences >= SLOW_SILENCES ? 1 : Math.max(1, Math.floor(state.window / 2));
  return scheduled({ ...state, silences, window }, threshold, now);
}

/**
 * Records a request abandoned after `elapsed`: a timeout, if the endpoint was slow by then. An endpoint that has never
 * answered gets the least time: where the others are slow themselves, no request to it would ever last long enough.
 */
export function abandoned(state: EndpointState, elapsed: number, threshold: number, now: number): EndpointState {
  const limit = state.samples.length === 0 ? SLOW_FLOOR_MS : threshold;
  return elapsed > limit ? unanswered(state, threshold, now) : state;
}

const scheduled = (state: EndpointState, threshold: number, now: number): EndpointState =>
  isSlow(state, threshold) && state.probeAt === undefined
    ? { ...state, probes: 0, probeAt: now + FIRST_PROBE_MS }
    : state;

export const isProbeDue = (state: EndpointState, threshold: number, now: number): boolean =>
  isSlow(state, threshold) && now >= (state.probeAt ?? 0);

/** Records a probe sent now; the next ones follow after 1, 2, 4 … 60 s. */
export const probed = (state: EndpointState, now: number): EndpointState => ({
  ...state,
  probes: state.probes + 1,
  probeAt: now + Math.min(FIRST_PROBE_MS * 2 ** (state.probes + 1), LONGEST_PROBE_MS),
});

/** Hedge delay: how long to wait for an endpoint before querying another one as well. */
export const hedgeAfter = ({ p95 = 0 }: EndpointState): number => Math.max(SHORTEST_HEDGE_MS, p95);

/**
 * Timeout of a request once all other endpoints have responded without a quorum. The read then fails: loops retry it, but
 * commands and requests to the public port fail with it.
 * @param inFlight Requests of this class at the endpoint. Those of a burst queue there, and earlier latencies do not
 * predict the last one's: without more time for more of them, all would fail together and be sent again.
 */
export function patience(state: EndpointState, inFlight = 0): number {
  if (isSilent(state)) return SLOW_FLOOR_MS;
  if (state.p95 === undefined) return Infinity;
  const rounds = 1 + Math.floor(inFlight / REQUESTS_AT_ONCE);
  return Math.max(NEEDED_FLOOR_MS, rounds * Math.max(SLOW_FLOOR_MS, 2 * state.p95));
}

export function percentile(values: readonly number[], fraction: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)];
}
