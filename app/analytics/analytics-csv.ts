import { destinationOf, sourceOf } from '../../protocol/lane.ts';
import type { Analytics } from '../api/statistics.ts';
import { plainAmount } from '../chain/amount.ts';
import type { PegView } from '../chain/overview.ts';
import { csvOfLines } from '../history/csv.ts';
import type { AppConfig } from '../page-config.ts';

const columns = [
  ...['time', 'period', 'direction', 'product token', 'departed', 'volume', 'volume token', 'fees', 'fee token'],
  ...['arrived', 'seconds p50', 'seconds p95', 'gas paid', 'gas coin', 'gas paid for transfers'],
] as const;

/** One line for each period, peg and direction; amounts exact in whole tokens, times in UTC. */
export function analyticsCsv({ period, periods }: Analytics, pegs: readonly PegView[], config: AppConfig): string {
  const lines = periods.flatMap((row) => {
    const peg = pegs.find(({ productToken }) => productToken === row.productToken);
    if (peg === undefined) return [];
    const { main } = peg.tokens;
    const departing = peg.tokens[sourceOf(row.direction)];
    const { coin } = config.chains[destinationOf(row.direction)];
    return [
      [
        ...[new Date(row.at * 1_000).toISOString(), period, row.direction, row.productToken],
        ...[row.departed.toString(), plainAmount(row.volume, main.decimals), main.symbol],
        ...[plainAmount(row.fees, departing.decimals), departing.symbol],
        ...[row.arrived, row.p50, row.p95].map((value) => value?.toString() ?? ''),
        ...[plainAmount(row.gas, coin.decimals), coin.symbol, row.priced.toString()],
      ],
    ];
  });
  return csvOfLines([columns, ...lines]);
}
