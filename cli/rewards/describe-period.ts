import type { RewardPeriod } from '../../protocol/rewards.ts';
import { type TokenName, amountOf } from '../inspect/format.ts';

/** A period for people. */
export function describePeriod(token: TokenName, period: RewardPeriod): string {
  const { endsAt, distributed, carried, total, root, shares } = period;
  const ends = new Date(Number(endsAt) * 1_000).toISOString();
  const amount = (value: bigint) => amountOf(value, token);
  return [
    `${token.symbol}, period ${period.period}, until ${ends}`,
    `  distributed ${amount(distributed)}, carried on ${amount(carried)}, total so far ${amount(total)}`,
    `  root ${root}`,
    ...shares.map(({ account, earned }) => `  ${account} has earned ${amount(earned)}`),
  ].join('\n');
}
