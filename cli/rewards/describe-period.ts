import type { Address } from 'viem';

import type { RewardPeriod } from '../../protocol/rewards.ts';

/** A period for people; amounts in base units of the token. */
export function describePeriod(token: Address, period: RewardPeriod): string {
  const { endsAt, distributed, carried, total, root, shares } = period;
  const ends = new Date(Number(endsAt) * 1_000).toISOString();
  return [
    `${token}, period ${period.period}, until ${ends}`,
    `  distributed ${distributed}, carried on ${carried}, total so far ${total}`,
    `  root ${root}`,
    ...shares.map(({ account, earned }) => `  ${account} has earned ${earned}`),
  ].join('\n');
}
