import { shortfallOf } from '../../relayer/rewards/promises.ts';
import { distributionOf } from '../../relayer/rewards/rewards-contract.ts';
import { type OperatorFlags, openOperator } from '../governance/operator.ts';
import type { TokenName } from '../inspect/format.ts';
import { nameOf } from '../inspect/token-name.ts';
import type { Io } from '../io.ts';
import { openListOutput } from '../output.ts';
import { recomputeRewards, requireRewards } from './recompute.ts';

/** @returns exit status 1 when a published root differs from the recomputation, or more is promised than `Rewards` can pay. */
export async function verifyRewards(flags: OperatorFlags, io: Io): Promise<number> {
  using output = openListOutput(flags.json, io);
  await using operator = await openOperator(flags, io);
  const { main } = operator.sides;
  const rewards = await requireRewards(operator.sides);
  const recomputed = await recomputeRewards(operator.sides, (line) => output.say(line));
  const { number: at } = await main.finalHead();
  let faults = 0;
  for (const token of recomputed.tokens) {
    const published = await distributionOf(main.nodes, rewards, token);
    const periods = recomputed.periods(token);
    const own = periods[Number(published.period) - 1];
    const isRight = published.period === 0n || (own?.root === published.root && own.total === published.total);
    const shortfall = await shortfallOf(main, { rewards, token, own: periods, at });
    if (!isRight || shortfall !== undefined) faults++;
    if (shortfall !== undefined) output.say(shortfall);
    output.result(
      describe(await nameOf(main, token), published.period, periods.length, isRight, own?.root, published.root),
      {
        ...{ token, published: published.period, computed: periods.length, isRight, shortfall },
        ...{ root: published.root, total: published.total, ownRoot: own?.root, ownTotal: own?.total },
      },
    );
  }
  return faults > 0 ? 1 : 0;
}

function describe(
  { symbol }: TokenName,
  published: bigint,
  computed: number,
  isRight: boolean,
  own: string | undefined,
  root: string,
): string {
  if (published === 0n) return `${symbol}: nothing is published yet, ${computed} periods are finished`;
  if (isRight) return `${symbol}: period ${published} of ${computed} is published, and its root is right`;
  return `${symbol}: period ${published} is published with root ${root}, but the recomputed one is ${own ?? 'missing'}`;
}
