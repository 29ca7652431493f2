import { REWARDS_VERSION } from '../../protocol/rewards.ts';
import { type OperatorFlags, openOperator } from '../governance/operator.ts';
import { nameOf } from '../inspect/token-name.ts';
import type { Io } from '../io.ts';
import { openListOutput } from '../output.ts';
import { recomputeRewards, requireRewards } from './recompute.ts';
import { describePeriod } from './describe-period.ts';

export async function computeRewards(flags: OperatorFlags, io: Io): Promise<void> {
  using output = openListOutput(flags.json, io);
  await using operator = await openOperator(flags, io);
  const rewards = await requireRewards(operator.sides);
  const recomputed = await recomputeRewards(operator.sides, (line) => output.say(line));
  if (recomputed.tokens.length === 0)
    output.say('no period is finished: no fees have arrived in a week that is over at both chains');
  for (const token of recomputed.tokens) {
    const name = await nameOf(operator.sides.main, token);
    for (const period of recomputed.periods(token)) {
      output.result(describePeriod(name, period), { version: REWARDS_VERSION, rewards, token, ...period });
    }
  }
}
