import { type Direction, destinationOf, sourceOf } from '../../protocol/lane.ts';
import type { Figures } from '../api/statistics.ts';
import { roundedUp, share } from '../chain/amount.ts';
import type { PegView } from '../chain/overview.ts';
import { useMachine } from '../context.ts';
import { useWords } from '../i18n/i18n.ts';
import { amountOf } from '../parts/format-tokens.ts';
import type { Words } from '../i18n/en.ts';

interface FiguresTableProps {
  readonly rows: readonly Figures[];
  /** Of one main token, so that their volumes add up. */
  readonly pegs: readonly PegView[];
}

/** All figures of each peg and direction over the whole range. */
export function FiguresTable({ rows, pegs }: FiguresTableProps) {
  const words = useWords();
  const { config } = useMachine();
  const { columns } = words.analytics;
  const shown = pegs.flatMap((peg) =>
    rows.filter(({ productToken }) => productToken === peg.productToken).map((figures) => ({ peg, figures })),
  );
  const whole = shown.reduce((sum, { figures }) => sum + figures.volume, 0n);
  return (
    <div className="card table">
      <table>
        <thead>
          <tr>
            {Object.values(columns).map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map(({ peg, figures }) => {
            const { direction, departed, volume, fees, gas, priced } = figures;
            const { coin } = config.chains[destinationOf(direction)];
            const inCoin = (wei: bigint) => `${roundedUp(wei, coin.decimals)} ${coin.symbol}`;
            return (
              <tr key={`${direction}-${peg.productToken}`}>
                <td>
                  <i className={`shade${pegs.indexOf(peg) % 6}`} aria-hidden="true" /> {nameOf(peg, direction, words)}
                </td>
                <td data-label={columns.transfers}>{departed.toString()}</td>
                <td data-label={columns.volume}>{amountOf(peg, 'main', volume)}</td>
                <td data-label={columns.share}>{share(volume, whole)}</td>
                <td data-label={columns.time}>{timesOf(figures, words)}</td>
                <td data-label={columns.fees}>{amountOf(peg, sourceOf(direction), fees)}</td>
                <td data-label={columns.gas}>{priced === 0n ? '–' : inCoin(gas)}</td>
                <td data-label={columns.cost}>{priced === 0n ? '–' : inCoin(gas / priced)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

const nameOf = (peg: PegView, direction: Direction, { analytics }: Words): string =>
  `${peg.tokens.product.symbol}, ${analytics.directions[direction]}`;

const timesOf = ({ p50, p95 }: Figures, words: Words): string =>
  p50 === undefined || p95 === undefined ? '–' : `${words.duration(Number(p50))} / ${words.duration(Number(p95))}`;
