import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { parsePegHistory } from '../api/answers.ts';
import { ask } from '../api/ask.ts';
import type { PegView } from '../chain/overview.ts';
import { useMachine } from '../context.ts';
import { amountOf } from '../parts/format-tokens.ts';
import type { SignerNow } from '../signers/useSigners.ts';
import { useTime, useWords } from '../i18n/i18n.ts';
import { type Moment, areasOf, momentsOf } from './series.ts';

const resolutions = ['minute', 'hour', 'day'] as const;
const WIDTH = 720;
const HEIGHT = 180;
/** Number of rows in the table beside the chart. */
const TABLE = 30;

interface SupplyChartProps {
  readonly pegs: readonly PegView[];
  readonly signers: readonly SignerNow[];
  /** Of the main chain's head, in seconds. */
  readonly now: number;
}

/** Locked amounts over time, as reported by one relayer; with a table of the same figures. */
export function SupplyChart({ pegs, signers, now }: SupplyChartProps) {
  const words = useWords();
  const time = useTime();
  const { config } = useMachine();
  const [resolution, setResolution] = useState<(typeof resolutions)[number]>('minute');
  const tellers = signers.filter(({ apiUrl, state }) => apiUrl !== undefined && state !== 'silent');
  const teller = tellers[0];
  const tokens = pegs.map(({ productToken }) => productToken);
  const history = useQuery({
    queryKey: ['supply', teller?.apiUrl, resolution, ...tokens],
    enabled: teller !== undefined,
    refetchInterval: config.pollSeconds * 15_000,
    retry: false,
    queryFn: async () => {
      const ofPeg = async (token: string) =>
        parsePegHistory(
          await ask(teller?.apiUrl ?? '', `/v1/pegs/${token}/history?resolution=${resolution}&limit=500`),
        );
      const histories = await Promise.all(tokens.map(ofPeg));
      return histories.map(({ points }) => points);
    },
  });
  const symbol = pegs[0]?.tokens.main.symbol ?? '';
  const moments: Moment[] =
    history.data === undefined ? [] : momentsOf(history.data, { at: now, locked: pegs.map(({ locked }) => locked) });
  return (
    <figure className="chart">
      <figcaption>
        <h3>{words.supply.chart(symbol)}</h3>
        <span className="choices">
          {resolutions.map((one) => (
            <label key={one}>
              <input
                type="radio"
                name={`resolution-${symbol}`}
                checked={one === resolution}
                onChange={() => setResolution(one)}
              />
              <span>{words.supply.resolution[one]}</span>
            </label>
          ))}
        </span>
      </figcaption>
      <div className="plot">
        {teller === undefined || history.isError ? (
          <p className="placeholder">{words.supply.chartEmpty}</p>
        ) : moments.length < 3 ? (
          <p className="placeholder">{history.isPending ? words.loading : words.supply.chartYoung}</p>
        ) : (
          <>
            <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
              {areasOf(moments, WIDTH, HEIGHT).map(({ path }, place) => (
                <path key={pegs[place]?.productToken} className={`shade${place % 6}`} d={path} />
              ))}
            </svg>
            <p className="axis">
              <span>{time(moments[0]?.at ?? 0)}</span>
              <span>{time(moments.at(-1)?.at ?? 0)}</span>
            </p>
            <p className="note">{words.supply.chartBy(teller.name)}</p>
            <details>
              <summary>{words.supply.chartTable}</summary>
              <div className="table">
                <table>
                  <thead>
                    <tr>
                      <th scope="col">{words.history.columns.time}</th>
                      {pegs.map((peg) => (
                        <th key={peg.productToken} scope="col">
                          {peg.tokens.product.symbol}
                        </th>
                      ))}
                    </tr>
                  </thead>
                  <tbody>
                    {moments
                      .slice(-TABLE)
                      .toReversed()
                      .map(({ at, locked }) => (
                        <tr key={at}>
                          <td>{time(at)}</td>
                          {pegs.map((peg, place) => (
                            <td key={peg.productToken}>{amountOf(peg, 'main', locked[place] ?? 0n)}</td>
                          ))}
                        </tr>
                      ))}
                  </tbody>
                </table>
              </div>
            </details>
          </>
        )}
      </div>
    </figure>
  );
}
