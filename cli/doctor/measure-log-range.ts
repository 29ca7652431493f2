/** Larger ranges bring no gain. */
const ENOUGH = 131_072n;

export interface LogRange {
  /** The most blocks that one query was answered for; 0: none. */
  readonly largest: bigint;
  /** True when a larger range was refused. */
  readonly limited: boolean;
}

/**
 * How many blocks one `eth_getLogs` may span at a node, by asking: from the configured range upwards by doubling, downwards by
 * halving, and between the two to the block.
 * @param works Whether a query of so many blocks is answered.
 * @param chain Number of existing blocks: the upper limit of a range.
 */
export async function measureLogRange(
  works: (blocks: bigint) => Promise<boolean>,
  configured: bigint,
  chain: bigint,
): Promise<LogRange> {
  const most = chain < ENOUGH ? chain : ENOUGH;
  let good = 0n;
  let refused: bigint | undefined;
  for (let blocks = configured < most ? configured : most; ;) {
    if (await works(blocks)) {
      good = blocks;
      if (refused !== undefined || blocks === most) break;
      blocks = blocks * 2n < most ? blocks * 2n : most;
    } else {
      refused = blocks;
      if (good > 0n || blocks === 1n) break;
      blocks /= 2n;
    }
  }
  while (refused !== undefined && refused - good > 1n) {
    const middle = (good + refused) / 2n;
    if (await works(middle)) good = middle;
    else refused = middle;
  }
  return { largest: good, limited: refused !== undefined };
}
