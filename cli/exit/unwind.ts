import type { Address } from 'viem';

import { exitsAbi } from '../../protocol/abi.ts';
import type { Output } from '../output.ts';
import type { MainDepartures } from './main-departures.ts';
import type { Claimant, OpenExits } from './open-exits.ts';
import { sendExitCall } from './send.ts';

/** Departures between two running hashes that are kept: some 1.5M gas. */
const STEP = 1_000n;

/**
 * The hashes of the departures after `nonce`, up to a running hash that `Exits` knows. Keeps running hashes on the way, for all
 * holders, where the last is too far away.
 */
export async function laterItems(
  exits: OpenExits,
  claimant: Claimant,
  productToken: Address,
  { items, hashes }: Pick<MainDepartures, 'items' | 'hashes'>,
  nonce: bigint,
  output: Output,
): Promise<readonly `0x${string}`[]> {
  const count = BigInt(items.length);
  const target = upTo(nonce + 1n, count);
  const isKnown = async (place: bigint) => {
    if (place === count) return true;
    const args = [productToken, place] as const;
    const call = { address: exits.exits, abi: exitsAbi, functionName: 'hashBefore', args } as const;
    return BigInt(await exits.main.readContract(call)) !== 0n;
  };
  const missing: bigint[] = [];
  for (let place = target; !(await isKnown(place)); place = upTo(place + 1n, count)) missing.push(place);
  for (const place of missing.toReversed()) {
    const part = items.slice(Number(place), Number(upTo(place + 1n, count)));
    const args = [productToken, place, hashes[Number(place)], part];
    const what = `keep the running hash before deposit ${place}`;
    await sendExitCall(exits, claimant, { what, functionName: 'unwind', args }, output);
  }
  return items.slice(Number(nonce) + 1, Number(target));
}

/** The next multiple of the step, or the end. */
const upTo = (nonce: bigint, count: bigint): bigint => {
  const next = ((nonce + STEP - 1n) / STEP) * STEP;
  return next < count ? next : count;
};
