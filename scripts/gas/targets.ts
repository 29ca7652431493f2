// The most that a transfer may cost. `npm run bench:gas` fails when one is missed.
import type { Pair } from './peers.ts';

export const targets: Readonly<Record<string, Readonly<Record<number, Pair>>>> = {
  mint: { 1: [95_000, 78_000], 10: [33_000, 16_000] },
  'mint, limited': { 1: [101_000, 84_000], 100: [26_300, 9_300] },
  withdraw: { 1: [98_000, 81_000], 10: [33_500, 16_500], 100: [26_900, 9_900] },
  deposit: { 1: [95_000, 95_000] },
  redeem: { 1: [75_000, 75_000] },
};

/** EIP-170: the longest runtime code that a contract may have, in bytes. */
export const MAXIMUM_CODE = 24_576;
