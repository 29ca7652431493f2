import { stripVTControlCharacters } from 'node:util';

import { type Address, formatUnits } from 'viem';

/** `45 s`, `12 min`, `3 h`, `5 days`. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 120) return `${whole} s`;
  if (whole < 7_200) return `${Math.round(whole / 60)} min`;
  if (whole < 172_800) return `${Math.round(whole / 3_600)} h`;
  return `${Math.round(whole / 86_400)} days`;
}

/** A chain's time, and how long ago that is by this machine's clock. */
export function moment(at: bigint | string, now: number = Date.now() / 1_000): string {
  const seconds = Number(at);
  const when = new Date(seconds * 1_000).toISOString().replace('.000Z', 'Z');
  return seconds > now ? `${when} (in ${span(seconds - now)})` : `${when} (${span(now - seconds)} ago)`;
}

/** `1 redeem`, `2 redeems` */
export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

/** `0x1234…abcd` */
export const short = (hex: string): string => (hex.length <= 12 ? hex : `${hex.slice(0, 6)}…${hex.slice(-4)}`);

/** SECURITY: text of others, without characters that could move the cursor. */
export const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ');

/** Whole tokens, at most six decimals shown; never rounded up. */
export function tokens(amount: bigint | string, decimals: number): string {
  const [whole = '0', fraction = ''] = formatUnits(BigInt(amount), decimals).split('.');
  const shown = fraction.slice(0, 6).replace(/0+$/, '');
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ',')}${shown === '' ? '' : `.${shown}`}`;
}

/** Symbol and decimals of a token, for display. */
export interface TokenName {
  readonly address: Address;
  readonly symbol: string;
  readonly decimals: number;
}

export const amountOf = (
  amount: bigint | string,
  { symbol, decimals }: Pick<TokenName, 'symbol' | 'decimals'>,
): string => `${tokens(amount, decimals)} ${symbol}`;

/** Amounts of a token with an unknown number of decimals. */
export const BASE_UNITS = { symbol: 'base units', decimals: 0 } as const;

/** The same with all decimals, where a difference of one base unit counts. */
export const exactAmountOf = (amount: bigint, { symbol, decimals }: Pick<TokenName, 'symbol' | 'decimals'>): string =>
  `${formatUnits(amount, decimals)} ${symbol}`;

/** As many columns as a terminal shows; cells may be in colour. */
const widthOf = (text: string): number => stripVTControlCharacters(text).length;

/** Columns as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => widthOf(row[column] ?? ''))));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell))))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/**
 * A table that fits a width: leaves out columns until it does.
 * @param expendable Columns that may be left out, the first one first.
 */
export function tableWithin(
  width: number,
  rows: readonly (readonly string[])[],
  expendable: readonly number[],
): string {
  const columns = new Set((rows[0] ?? []).keys());
  const shown = () => table(rows.map((row) => row.filter((_, column) => columns.has(column))));
  let text = shown();
  for (const column of expendable) {
    if (text.split('\n').every((line) => widthOf(line) <= width)) break;
    columns.delete(column);
    text = shown();
  }
  return text;
}

/** Breaks a line between words; the next ones are indented. A word longer than a line stays whole. */
export function wrap(text: string, width: number, indent = ''): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line.trim() !== '' && widthOf(`${line} ${word}`) > width) {
      lines.push(line);
      line = indent + word;
    } else line = line === '' && lines.length === 0 ? word : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}
