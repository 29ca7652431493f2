import { type KeyboardEvent, type PointerEvent, useState } from 'react';

import { type Bar, heightOf, scaleOf } from './series.ts';

interface BarChartProps {
  readonly label: string;
  readonly bars: readonly Bar[];
  /** One name for each part of a bar. */
  readonly names: readonly string[];
  readonly timeOf: (at: number) => string;
  readonly valueOf: (value: number) => string;
  readonly hint: string;
  /** The scale reaches at least this value. */
  readonly least: number;
}

const WIDTH = 720;
const HEIGHT = 200;

/** Stacked bars with axes. A pointer or the arrow keys select a bar; its values stand below. */
export function BarChart({ label, bars, names, timeOf, valueOf, hint, least }: BarChartProps) {
  const [chosen, setChosen] = useState<number | undefined>();
  const top = scaleOf(bars, least);
  const step = WIDTH / Math.max(1, bars.length);
  const bar = chosen === undefined ? undefined : bars[chosen];
  const text = bar === undefined ? hint : describe(bar, names, timeOf, valueOf);

  const move = (place: number) => setChosen(Math.min(Math.max(place, 0), bars.length - 1));
  const onKeyDown = (event: KeyboardEvent) => {
    const last = bars.length - 1;
    const at = chosen ?? last + 1;
    const places: Readonly<Record<string, number>> = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last };
    const place = places[event.key];
    if (place === undefined) return;
    event.preventDefault();
    move(place);
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    move(Math.floor(((event.clientX - left) / width) * bars.length));
  };
  return (
    <div className="bars">
      <div className="scale" aria-hidden="true">
        {[top, top / 2, 0].map((value) => (
          <span key={value}>{valueOf(value)}</span>
        ))}
      </div>
      <div
        className="field"
        role="slider"
        tabIndex={0}
        aria-label={label}
        aria-valuemin={1}
        aria-valuemax={Math.max(1, bars.length)}
        aria-valuenow={(chosen ?? bars.length - 1) + 1}
        aria-valuetext={text}
        onKeyDown={onKeyDown}
        onPointerMove={onPointerMove}
        onPointerDown={onPointerMove}
      >
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          {bars.map((one, place) => (
            <g key={one.at} className={place === chosen ? 'chosen' : undefined}>
              <rect className="column" x={place * step} y="0" width={step} height={HEIGHT} />
              {stacked(one).map(({ from, to }, part) => (
                <rect
                  key={names[part]}
                  className={`shade${part % 6}`}
                  x={place * step + step * 0.12}
                  y={HEIGHT - (to / top) * HEIGHT}
                  width={step * 0.76}
                  height={((to - from) / top) * HEIGHT}
                />
              ))}
            </g>
          ))}
        </svg>
      </div>
      <p className="axis" aria-hidden="true">
        <span>{timeOf(bars[0]?.at ?? 0)}</span>
        <span>{timeOf(bars.at(-1)?.at ?? 0)}</span>
      </p>
      <p className="values">{text}</p>
    </div>
  );
}

/** Where each part of a bar begins and ends. */
function stacked({ parts }: Bar): readonly { readonly from: number; readonly to: number }[] {
  let from = 0;
  return parts.map((part) => {
    const place = { from, to: from + part };
    from = place.to;
    return place;
  });
}

function describe(
  bar: Bar,
  names: readonly string[],
  timeOf: (at: number) => string,
  valueOf: (value: number) => string,
): string {
  const parts = bar.parts.flatMap((part, place) => (part > 0 ? [`${names[place]} ${valueOf(part)}`] : []));
  const whole = bar.parts.length > 1 ? `: ${valueOf(heightOf(bar))}` : '';
  return `${timeOf(bar.at)}${whole}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`;
}
