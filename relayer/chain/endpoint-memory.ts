/*
 * What is remembered of one endpoint for one class of methods, as pure state: latency, silences, and when to probe it. All
 * times are in milliseconds of one monotonic clock, which the caller reads.
 */

/** Methods whose latencies are comparable. */
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
  readonly ewma: number | undefined;
  /** Consecutive requests without an answer in time. */
  readonly silences: number;
  /** Probes since it became slow. */
  readonly probes: number;
  /** When it is probed next; undefined while it is well. */
  readonly probeAt: number | undefined;
}

export const newEndpoint: EndpointState = {
  samples: [],
  ewma: undefined,
  silences: 0,
  probes: 0,
  probeAt: undefined,
};

const SAMPLES = 32;
const EWMA_WEIGHT = 1 / 8;
const SLOW_SILENCES = 2;
const SLOW_FLOOR_MS = 500;
/** Times the median with which the quorum answers. */
const SLOW_FACTOR = 4;
const FIRST_PROBE_MS = 1_000;
const LONGEST_PROBE_MS = 60_000;
/** A shorter wait before the next endpoint is asked, too, would double the requests of a healthy chain. */
const SHORTEST_HEDGE_MS = 250;
/** Samples below which nothing is concluded from a percentile. */
const ENOUGH_SAMPLES = 8;

/** The latency above which an endpoint is slow, from the latencies with which the quorum was reached. */
export const slowAbove = (quorumLatencies: readonly number[]): number =>
  Math.max(SLOW_FLOOR_MS, SLOW_FACTOR * (percentile(quorumLatencies, 0.5) ?? 0));

export const isSilent = ({ silences }: EndpointState): boolean => silences >= SLOW_SILENCES;

/** A slow endpoint is asked only where the quorum is not reached without it. */
export const isSlow = (state: EndpointState, threshold: number): boolean =>
  isSilent(state) || (state.ewma ?? 0) > threshold;

/** It answered: with a result or an error of its own, after `latency`. An answer in time ends a slow spell. */
export function answered(state: EndpointState, latency: number, threshold: number, now: number): EndpointState {
  if (isSlow(state, threshold) && latency <= threshold) return { ...newEndpoint, samples: [latency], ewma: latency };
  const samples = [...state.samples, latency].slice(-SAMPLES);
  const ewma = state.ewma === undefined ? latency : state.ewma + EWMA_WEIGHT * (latency - state.ewma);
  return scheduled({ ...state, samples, ewma, silences: 0 }, threshold, now);
}

/** It did not answer. */
export const unanswered = (state: EndpointState, threshold: number, now: number): EndpointState =>
  scheduled({ ...state, silences: state.silences + 1 }, threshold, now);

/** A request to it was abandoned after `elapsed`: a silence, if it was slow by then. */
export const abandoned = (state: EndpointState, elapsed: number, threshold: number, now: number): EndpointState =>
  elapsed > threshold ? unanswered(state, threshold, now) : state;

const scheduled = (state: EndpointState, threshold: number, now: number): EndpointState =>
  isSlow(state, threshold) && state.probeAt === undefined
    ? { ...state, probes: 0, probeAt: now + FIRST_PROBE_MS }
    : state;

export const isProbeDue = (state: EndpointState, threshold: number, now: number): boolean =>
  isSlow(state, threshold) && now >= (state.probeAt ?? 0);

/** It is asked as a probe now; the next one follows after 1, 2, 4 … 60 s. */
export const probed = (state: EndpointState, now: number): EndpointState => ({
  ...state,
  probes: state.probes + 1,
  probeAt: now + Math.min(FIRST_PROBE_MS * 2 ** (state.probes + 1), LONGEST_PROBE_MS),
});

/** How long an endpoint is waited for before another one is asked as well. */
export const hedgeAfter = ({ samples }: EndpointState): number =>
  Math.max(SHORTEST_HEDGE_MS, samples.length < ENOUGH_SAMPLES ? 0 : (percentile(samples, 0.95) ?? 0));

/**
 * How long an answer is waited for, from the request on, where all other endpoints have answered and the quorum is not
 * reached: a read then fails, and its caller repeats it.
 */
export function patience(state: EndpointState): number {
  if (isSilent(state)) return SLOW_FLOOR_MS;
  if (state.samples.length < ENOUGH_SAMPLES) return Infinity;
  return Math.max(SLOW_FLOOR_MS, 2 * (percentile(state.samples, 0.95) ?? 0));
}

export function percentile(values: readonly number[], fraction: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)];
}
