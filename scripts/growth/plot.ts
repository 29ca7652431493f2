import type { Cost } from './cost.ts';

const WIDTH = 300;
const HEIGHT = 220;
const MARGIN = { left: 56, right: 12, top: 30, bottom: 34 };
const LEGEND_LINE = 15;
const colours = ['#2563eb', '#d97706', '#059669', '#dc2626', '#7c3aed', '#0891b2', '#6b7280'];

const decades = (low: number, high: number): number[] =>
  Array.from({ length: high - low + 1 }, (_, index) => low + index);
const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const tick = (exponent: number): string => (10 ** exponent).toLocaleString('en', { maximumFractionDigits: 6 });

/** Draws one panel per axis: milliseconds over size, both logarithmic; the dotted line is proportional growth. */
export function plot(costs: readonly Cost[]): string {
  const panels = [
    ...Map.groupBy(
      costs.filter(({ unit, value }) => unit === 'ms' && value > 0),
      ({ axis }) => axis,
    ),
  ];
  const lines = Math.max(...panels.map(([, of]) => new Set(of.map(({ name }) => name)).size));
  const height = HEIGHT + lines * LEGEND_LINE + 16;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH * panels.length} ${height}" font-family="sans-serif" font-size="11">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    ...panels.map(([axis, of], index) => `<g transform="translate(${index * WIDTH} 0)">${panel(axis, of)}</g>`),
    '</svg>\n',
  ].join('\n');
}

function panel(axis: string, costs: readonly Cost[]): string {
  const range = (values: readonly number[]) => ({
    low: Math.floor(Math.log10(Math.min(...values))),
    high: Math.ceil(Math.log10(Math.max(...values))),
  });
  const [x, y] = [range(costs.map(({ size }) => size)), range(costs.map(({ value }) => value))];
  const right = WIDTH - MARGIN.right;
  const bottom = HEIGHT - MARGIN.bottom;
  const across = (size: number) =>
    MARGIN.left + ((Math.log10(size) - x.low) / Math.max(1, x.high - x.low)) * (right - MARGIN.left);
  const up = (value: number) =>
    bottom - ((Math.log10(value) - y.low) / Math.max(1, y.high - y.low)) * (bottom - MARGIN.top);
  const line = (points: readonly (readonly [number, number])[], style: string) =>
    `<polyline points="${points.map(([a, b]) => `${across(a).toFixed(1)},${up(b).toFixed(1)}`).join(' ')}" fill="none" ${style}/>`;

  const grid = [
    ...decades(y.low, y.high).map(
      (at) =>
        `<path d="M${MARGIN.left} ${up(10 ** at)}H${right}" stroke="#e5e7eb"/><text x="${MARGIN.left - 4}" y="${up(10 ** at) + 4}" text-anchor="end">${tick(at)}</text>`,
    ),
    ...decades(x.low, x.high).map(
      (at) =>
        `<path d="M${across(10 ** at)} ${MARGIN.top}V${bottom}" stroke="#e5e7eb"/><text x="${across(10 ** at)}" y="${bottom + 14}" text-anchor="middle">${at > 3 ? `10^${at}` : tick(at)}</text>`,
    ),
  ];
  // Proportional to the size, from the lower corner of the panel.
  const sizes = costs.map(({ size }) => size);
  const [least, most] = [Math.min(...sizes), Math.min(Math.max(...sizes), Math.min(...sizes) * 10 ** (y.high - y.low))];
  const linear = line(
    [
      [least, 10 ** y.low],
      [most, (10 ** y.low * most) / least],
    ],
    'stroke="#9ca3af" stroke-dasharray="2 3"',
  );
  const series = [...Map.groupBy(costs, ({ name }) => name)].map(([name, of], index) => {
    const colour = colours[index % colours.length] ?? '#000';
    const below = HEIGHT + 12 + index * LEGEND_LINE;
    return [
      line(
        of.map(({ size, value }) => [size, value]),
        `stroke="${colour}" stroke-width="2"`,
      ),
      ...of.map(({ size, value }) => `<circle cx="${across(size)}" cy="${up(value)}" r="3" fill="${colour}"/>`),
      `<path d="M14 ${below - 4}h16" stroke="${colour}" stroke-width="2"/><text x="36" y="${below}">${escaped(name)}</text>`,
    ].join('');
  });
  return [
    `<text x="${MARGIN.left}" y="18" font-weight="bold">ms of processor over ${escaped(axis)}</text>`,
    ...grid,
    linear,
    ...series,
  ].join('\n');
}
