import type { Address, Hex } from 'viem';

import { exitCalls } from '../exit-calls.ts';
import type { Preparation } from './calls.ts';
import type { MainDepartures } from './main-departures.ts';
import type { ExitSources } from './sources.ts';

/** Departures between two running hashes that are kept: some 1.5M gas. */
const STEP = 1_000n;

/** The way from a departure to a running hash that `Exits` knows. */
export interface LaterItems {
  /** The hashes of the departures after it. */
  readonly items: readonly Hex[];
  /** Where the last running hash is too far away: those on the way to be kept, the latest first, for all holders. */
  readonly before: readonly Preparation[];
}

export async function laterItems(
  { main, exits }: Pick<ExitSources, 'main' | 'exits'>,
  productToken: Address,
  { items, hashes }: Pick<MainDepartures, 'items' | 'hashes'>,
  nonce: bigint,
): Promise<LaterItems> {
  const count = BigInt(items.length);
  const target = upTo(nonce + 1n, count);
  const isKnown = async (place: bigint) => {
    if (place === count) return true;
    const args = [productToken, place] as const;
    const call = { address: exits, abi: exitCalls, functionName: 'hashBefore', args } as const;
    return BigInt(await main.reader.readContract(call)) !== 0n;
  };
  const missing: bigint[] = [];
  for (let place = target; !(await isKnown(place)); place = upTo(place + 1n, count)) missing.push(place);
  const before = missing.toReversed().map((at): Preparation => {
    const part = items.slice(Number(at), Number(upTo(at + 1n, count)));
    return { functionName: 'unwind', args: [productToken, at, hashes[Number(at)], part], at };
  });
  return { items: items.slice(Number(nonce) + 1, Number(target)), before };
}

/** The next multiple of the step, or the end. */
const upTo = (nonce: bigint, count: bigint): bigint => {
  const next = ((nonce + STEP - 1n) / STEP) * STEP;
  return next < count ? next : count;
};
