import type { Side } from '../../protocol/lane.ts';
import { readLast, readTerms } from '../../relayer/anchors/anchors-contract.ts';
import type { ChainClient } from '../../relayer/chain/chain-client.ts';
import type { Config } from '../../relayer/config.ts';
import { type Finding, type Outcome, bad, look, ok, warn } from './finding.ts';

/** An idle chain is anchored again after half a day. In seconds. */
const OLD_SECONDS = 86_400n;

/** The anchors that the configuration names, and whether this relayer can take part; nothing without the setting. */
export async function* anchorFindings(
  config: Pick<Config, 'anchors'>,
  { main, product }: Readonly<Record<Side, ChainClient>>,
): AsyncGenerator<Finding> {
  if (config.anchors === undefined) return;
  const { contract } = config.anchors;
  const named = await look('anchors', 'contract', async () => {
    const { firstBlock } = await readTerms(main, product, contract);
    return ok(`${contract} anchors chain ${product.chainId} from block ${firstBlock} on`);
  });
  yield named;
  if (named.outcome === 'bad') return;
  yield await look('anchors', 'last', async () => {
    const [last, { timestamp }] = await Promise.all([readLast(main.nodes, contract, 'latest'), main.finalHead()]);
    return lastOf({ ...last, age: timestamp - last.attestedAt });
  });
  yield await look('anchors', 'old blocks', async () => {
    const { firstBlock } = await readTerms(main, product, contract);
    const head = await product.finalHead();
    if (head.number < firstBlock) return warn('the first block is not final yet', 'run this again later');
    await product.headerAt(firstBlock);
    return ok(`the nodes have block ${firstBlock}: lost data is read again from there`);
  });
}

/** Pure. @param age In seconds. */
export function lastOf({
  number,
  signerEpoch,
  isCorrecting,
  age,
}: {
  readonly number: bigint;
  readonly signerEpoch: bigint;
  readonly isCorrecting: boolean;
  readonly age: bigint;
}): Outcome {
  if (isCorrecting) {
    return warn('a correction of the last anchor waits', 'find out why the quorum replaces it before you sign');
  }
  if (signerEpoch === 0n) return warn('nothing is anchored yet', 'a quorum of relayers with `anchors` will do it');
  const found = `block ${number}, ${age} s ago`;
  if (age <= OLD_SECONDS) return ok(found);
  return bad(found, 'see AnchorOld in docs/operations.md: holders can open an exit after `exitDelay`');
}
