import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Address } from 'viem';

import { type Period, periods } from '../../protocol/activity.ts';
import { type Direction, directions } from '../../protocol/lane.ts';
import type { Overview } from '../chain/overview.ts';
import { useMachine } from '../context.ts';
import { ExplorerTabs } from '../explorer/ExplorerTabs.tsx';
import { download } from '../history/download.ts';
import { useWords } from '../i18n/i18n.ts';
import { Choices } from '../parts/Choices.tsx';
import { Notice } from '../parts/Notice.tsx';
import { language } from '../settings.ts';
import type { SignerNow } from '../signers/useSigners.ts';
import { BarChart } from './BarChart.tsx';
import { FiguresTable } from './FiguresTable.tsx';
import { analyticsCsv } from './analytics-csv.ts';
import { askAnalytics } from './ask-analytics.ts';
import { type Measure, barsOf, measures } from './series.ts';

interface AnalyticsViewProps {
  readonly overview: Overview;
  readonly signers: readonly SignerNow[];
}

/** Transfers added up by period, as relayers report them. */
export default function AnalyticsView({ overview, signers }: AnalyticsViewProps) {
  const words = useWords();
  const { config } = useMachine();
  const [period, setPeriod] = useState<Period>('day');
  const [measure, setMeasure] = useState<Measure>('transfers');
  const [direction, setDirection] = useState<Direction | undefined>();
  const [token, setToken] = useState<Address | undefined>();
  const tellers = signers.flatMap(({ name, apiUrl, state }) =>
    apiUrl === undefined || state === 'silent' ? [] : [{ name, apiUrl }],
  );
  const found = useQuery({
    queryKey: ['analytics', period],
    enabled: tellers.length > 0,
    refetchInterval: config.pollSeconds * 5_000,
    placeholderData: (before) => before,
    queryFn: async () => (await askAnalytics(tellers, period)) ?? null,
  });

  // Volume of one main token is one sum; of several it is none.
  const mainTokens = [...Map.groupBy(overview.pegs, (peg) => peg.tokens.main.address)];
  const pegs = (mainTokens.find(([address]) => address === token) ?? mainTokens[0])?.[1] ?? [];
  const main = pegs[0]?.tokens.main;
  const compared = found.data ?? undefined;
  const analytics = compared?.analytics;

  const dates = new Intl.DateTimeFormat(language.use(), {
    ...(period === 'hour' ? { hour: '2-digit', minute: '2-digit' } : {}),
    ...{ day: 'numeric', month: 'short' },
  });
  const numbers = new Intl.NumberFormat(language.use(), { notation: 'compact', maximumFractionDigits: 2 });
  const timeOf = (at: number) => dates.format(at * 1_000);
  const valueOf = (value: number) =>
    measure === 'time'
      ? value === 0
        ? '0'
        : words.duration(value)
      : measure === 'volume'
        ? `${numbers.format(value)} ${main?.symbol ?? ''}`
        : numbers.format(value);
  const { measures: names, directions: ways } = words.analytics;
  return (
    <section className="history explorer analytics">
      <header>
        <h1>{words.analytics.heading}</h1>
        <button
          type="button"
          disabled={analytics === undefined}
          onClick={() => analytics !== undefined && download(analyticsCsv(analytics, overview.pegs, config))}
        >
          {words.history.csv}
        </button>
      </header>
      <ExplorerTabs current="analytics" />
      <p>{words.analytics.intro}</p>
      {tellers.length === 0 && <Notice kind="warning">{words.analytics.noRelayer}</Notice>}
      {tellers.length > 0 && found.data === null && <Notice kind="warning">{words.analytics.noAnswer}</Notice>}
      {compared !== undefined && compared.others.length > 0 && (
        <Notice kind="warning">
          {words.analytics.disagree(compared.tellers.join(', '), compared.others.join(', '))}
        </Notice>
      )}
      <div className="card choosing">
        <Choices
          label={words.analytics.period}
          value={period}
          options={periods.map((one) => [one, words.analytics.periods[one]])}
          onPick={setPeriod}
        />
        <Choices
          label={words.analytics.measure}
          value={measure}
          options={measures.map((one) => [one, names[one]])}
          onPick={setMeasure}
        />
        <Choices
          label={words.explorer.direction}
          value={direction ?? 'both'}
          options={(['both', ...directions] as const).map((one) => [one, ways[one]])}
          onPick={(one) => setDirection(one === 'both' ? undefined : one)}
        />
        {mainTokens.length > 1 && (
          <Choices
            label={words.analytics.mainToken}
            value={main?.address ?? '0x'}
            options={mainTokens.map(([address, [peg]]) => [address, peg?.tokens.main.symbol ?? ''])}
            onPick={setToken}
          />
        )}
        {analytics === undefined ? (
          <p className="placeholder">{tellers.length > 0 && found.isPending && words.loading}</p>
        ) : (
          <BarChart
            key={`${period}-${measure}`}
            label={words.analytics.chart[measure](main?.symbol ?? '')}
            bars={barsOf(analytics, measure, pegs, direction)}
            names={measure === 'time' ? [names.time] : pegs.map(({ tokens }) => tokens.product.symbol)}
            hint={words.analytics.hint}
            least={measure === 'transfers' ? 2 : 0}
            {...{ timeOf, valueOf }}
          />
        )}
      </div>
      {analytics !== undefined && (
        <FiguresTable
          rows={analytics.totals.filter((one) => direction === undefined || one.direction === direction)}
          pegs={pegs}
        />
      )}
      {compared !== undefined && (
        <p>
          {words.analytics.by(compared.tellers.join(', '))} {!compared.analytics.complete && words.history.incomplete}
        </p>
      )}
    </section>
  );
}
