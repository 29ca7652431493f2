import { type Hash, type Hex, keccak256 } from 'viem';

import { exitsAbi } from '../../protocol/abi.ts';
import { PegwayError } from '../../protocol/errors.ts';
import { type RpcHeader, encodeHeader } from '../../protocol/proof/header.ts';
import { toHex } from '../../protocol/proof/hex.ts';
import type { Output } from '../output.ts';
import type { Claimant, OpenExits } from './open-exits.ts';
import { sendExitCall } from './send.ts';

/** Headers per call: some 8M gas. */
const STEP = 200n;

/** No proof within the anchored history: the headers lead to B. */
const noHistory = { siblings: [], peaks: [], tailRoot: `0x${'00'.repeat(32)}` } as const;

/** Where headers begin, and the proof that this block is known. */
export interface HeaderPath {
  readonly headers: readonly Hex[];
  readonly history: typeof noHistory;
}

/**
 * The headers from a block that `Exits` knows down to an older one. Keeps blocks on the way, for all holders, where B is too far
 * above it.
 */
export async function headersDownTo(
  exits: OpenExits,
  claimant: Claimant,
  settled: { readonly number: bigint; readonly blockHash: Hash },
  target: bigint,
  output: Output,
): Promise<HeaderPath> {
  // Blocks in steps below B, the highest first; a claim begins at the last of them that is not below its block.
  const places: bigint[] = [];
  for (let place = settled.number - STEP; place >= target; place -= STEP) places.push(place);
  let from = settled.number;
  for (const place of places) {
    const headers = await headersBetween(exits, from, place);
    const hash = keccak256(headers.at(-1) ?? '0x');
    const call = { address: exits.exits, abi: exitsAbi, functionName: 'isAncestor', args: [hash] } as const;
    if (!(await exits.main.readContract(call))) {
      const what = `keep block ${place} of the product chain`;
      await sendExitCall(exits, claimant, { what, functionName: 'link', args: [headers, noHistory] }, output);
    }
    from = place;
  }
  return { headers: await headersBetween(exits, from, target), history: noHistory };
}

/** From the newer block down to the older, both included. */
async function headersBetween({ product, config }: OpenExits, newest: bigint, oldest: bigint): Promise<Hex[]> {
  const headers: Hex[] = [];
  for (let number = newest; number >= oldest; number--) {
    const params = [`0x${number.toString(16)}`, false];
    const request = product.request as (call: { method: string; params: unknown[] }) => Promise<unknown>;
    const block = (await request({ method: 'eth_getBlockByNumber', params })) as RpcHeader | null;
    if (block === null) throw new PegwayError(`product chain: the node has no block ${number}`, { code: 'not-final' });
    headers.push(toHex(encodeHeader(block, config.product.headerRule)));
  }
  return headers;
}
