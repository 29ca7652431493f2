// Maximum gas of a transfer. `npm run bench:gas` fails when a target is missed.
import type { Pair } from './peers.ts';

export const targets: Readonly<Record<string, Readonly<Record<number, Pair>>>> = {
  mint: { 1: [94_000, 77_000], 10: [32_000, 15_000], 100: [25_700, 8_600] },
  'mint, limited': { 1: [100_000, 83_000], 10: [33_000, 16_000], 100: [26_000, 8_900] },
  withdraw: { 1: [99_000, 82_000], 10: [33_500, 16_500], 100: [26_900, 9_900] },
  deposit: { 1: [64_000, 64_000] },
  'deposit, with a fee': { 1: [70_000, 70_000] },
  'deposit, with a fee and exits': { 1: [75_000, 75_000] },
  redeem: { 1: [58_000, 58_000] },
  'redeem, with a fee': { 1: [65_000, 65_000] },
  collectFees: { 1: [60_000, 60_000] },
  publish: { 1: [80_000, 80_000] },
  claim: { 1: [70_000, 70_000] },
  anchor: { 1: [75_000, 75_000] },
};

/** EIP-170: maximum size of a contract's runtime code, in bytes. */
export const MAXIMUM_CODE = 24_576;

/** Bytes that both bridges reserve for a future fix. */
export const FREE_CODE = 500;
