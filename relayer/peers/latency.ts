import type { Address } from 'viem';

/** The measured time in which each peer answers, in seconds. */
export interface PeerLatency {
  observe(peer: Address, seconds: number): void;
  /** The smoothed mean; undefined before the first answer. */
  mean(peer: Address): number | undefined;
  /** How long to wait for a peer before others are asked in its place. */
  patience(peer: Address): number;
}

interface Measured {
  readonly mean: number;
  readonly deviation: number;
}

/** Weights and initial value of RFC 6298, which estimates the timeout of a TCP segment alike. */
const MEAN_WEIGHT = 1 / 8;
const DEVIATION_WEIGHT = 1 / 4;
const DEVIATIONS = 4;
/** Without a measurement: TCP, TLS and a request to another continent. */
const FIRST_SECONDS = 1;
/** Longer than a healthy peer nearby needs, even with a busy processor. */
const SHORTEST_SECONDS = 0.25;
/** A peer that lags holds a request for up to 1.5 s: more is no distance. */
const LONGEST_SECONDS = 2;

export function createPeerLatency(): PeerLatency {
  const measured = new Map<Address, Measured>();
  return {
    observe(peer, seconds) {
      const before = measured.get(peer);
      const { mean, deviation } = before ?? { mean: seconds, deviation: seconds / 2 };
      const off = seconds - mean;
      measured.set(peer, {
        mean: mean + MEAN_WEIGHT * off,
        deviation: before === undefined ? deviation : deviation + DEVIATION_WEIGHT * (Math.abs(off) - deviation),
      });
    },
    mean: (peer) => measured.get(peer)?.mean,
    patience(peer) {
      const known = measured.get(peer);
      if (known === undefined) return FIRST_SECONDS;
      const expected = known.mean + DEVIATIONS * known.deviation;
      return Math.min(Math.max(expected, SHORTEST_SECONDS), LONGEST_SECONDS);
    },
  };
}
