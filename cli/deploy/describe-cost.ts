import { short, tokens } from '../inspect/format.ts';
import type { Cost } from './estimate.ts';

const MICRO = 10n ** 12n;
/** Rounded up: no more is ever paid. */
const atMost = (wei: bigint): string => `at most ${tokens(((wei + MICRO - 1n) / MICRO) * MICRO, 18)} coins`;
const gasOf = (gas: bigint): string => `${tokens(gas, 0)} gas`;

export const describeCost = ({ bridge, contract, chain, gas, cost, address }: Cost): string =>
  `${bridge}: ${contract} ${address} on ${chain}: ${gasOf(gas)}, ${atMost(cost)}`;

/** What each deployer pays on each chain: the coins that it needs there. */
export function describeTotals(costs: readonly Cost[]): string[] {
  const groups = Map.groupBy(costs, ({ chain, deployer }) => `${deployer} ${chain}`).values();
  const sum = (ofGroup: readonly Cost[], field: 'gas' | 'cost') =>
    ofGroup.reduce((total, one) => total + one[field], 0n);
  return [...groups].map(
    (group) =>
      `${short(group[0]?.deployer ?? '')} pays ${atMost(sum(group, 'cost'))} on ${group[0]?.chain} (${gasOf(sum(group, 'gas'))})`,
  );
}
