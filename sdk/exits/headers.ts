import { type Hash, type Hex, keccak256 } from 'viem';

import { PegwayError } from '../../protocol/errors.ts';
import type { RpcHeader } from '../../protocol/proof/header.ts';
import { headerOfHash } from '../../protocol/proof/header-of-hash.ts';
import { exitCalls } from '../exit-calls.ts';
import type { Preparation } from './calls.ts';
import type { ExitSources } from './sources.ts';

/** Headers per call: some 8M gas. */
const STEP = 200n;

/** Headers that are asked for at once. */
const AT_ONCE = 20n;

/** No proof within the anchored history: the headers lead to B. */
const noHistory = { siblings: [], peaks: [], tailRoot: `0x${'00'.repeat(32)}` } as const;

/** The headers from a block that `Exits` knows down to an older one, and the proof that the first is known. */
export interface HeaderPath {
  readonly headers: readonly Hex[];
  readonly history: typeof noHistory;
  /** Where B is too far above: blocks on the way to be kept, the highest first, for all holders. */
  readonly before: readonly Preparation[];
}

/** @param target The height of the older block. */
export async function headersDownTo(
  sources: Pick<ExitSources, 'main' | 'product' | 'exits'>,
  settled: { readonly number: bigint; readonly blockHash: Hash },
  target: bigint,
): Promise<HeaderPath> {
  const { main, product, exits } = sources;
  const before: Preparation[] = [];
  let from = settled.number;
  // A claim begins at the last of the blocks, in steps below B, that is not below its own.
  for (let place = settled.number - STEP; place >= target; place -= STEP) {
    const headers = await headersBetween(product, from, place);
    const hash = keccak256(headers.at(-1) ?? '0x');
    const call = { address: exits, abi: exitCalls, functionName: 'isAncestor', args: [hash] } as const;
    if (!(await main.reader.readContract(call))) {
      before.push({ functionName: 'link', args: [headers, noHistory], at: place });
    }
    from = place;
  }
  return { headers: await headersBetween(product, from, target), history: noHistory, before };
}

/** From the newer block down to the older, both included. */
async function headersBetween(
  { reader, headerRule }: ExitSources['product'],
  newest: bigint,
  oldest: bigint,
): Promise<Hex[]> {
  const request = reader.request as (call: { method: string; params: unknown[] }) => Promise<unknown>;
  const headerAt = async (number: bigint): Promise<Hex> => {
    const params = [`0x${number.toString(16)}`, false];
    const block = (await request({ method: 'eth_getBlockByNumber', params })) as RpcHeader | null;
    if (block === null) throw new PegwayError(`product chain: the node has no block ${number}`, { code: 'not-final' });
    return headerOfHash(block, block.hash, headerRule);
  };
  const headers: Hex[] = [];
  for (let number = newest; number >= oldest; number -= AT_ONCE) {
    const count = number - oldest + 1n < AT_ONCE ? number - oldest + 1n : AT_ONCE;
    const heights = Array.from({ length: Number(count) }, (_, index) => number - BigInt(index));
    headers.push(...(await Promise.all(heights.map(headerAt))));
  }
  return headers;
}
