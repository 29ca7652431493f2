import { formatEther } from 'viem';

import type { PegView, Wire } from '../../protocol/api-types.ts';
import { type Direction, type Side, directions, sides } from '../../protocol/lane.ts';
import { type TokenName, amountOf, moment, printable, short, span, tableWithin, wrap } from '../inspect/format.ts';
import type { Colours } from '../output.ts';
import type { Fleet, SignerRow } from './fleet.ts';
import { isHung } from './read-chains.ts';

/** How a report is shown. */
export interface Shown {
  readonly width: number;
  readonly paint: Pick<Colours, 'red' | 'yellow' | 'dim' | 'bold'>;
  /** Tokens with a known symbol. */
  readonly names: ReadonlyMap<string, TokenName>;
  /** In seconds since the epoch. */
  readonly now: number;
}

/** For people. No line exceeds the width, unless a single word does. */
export function reportFleet(fleet: Fleet, shown: Shown): string {
  const parts = [summary(fleet, shown), signerTable(fleet, shown), silentSigners(fleet, shown)];
  parts.push(chainTable(fleet, shown), pegTable(fleet, shown), problems(fleet, shown));
  return parts.filter((part) => part !== '').join('\n\n');
}

/** A line for each fact about the bridge as a whole, the worst first. */
function summary(fleet: Fleet, { paint, width, now }: Shown): string {
  const { signers, threshold, margin, open, parked, oldestSeconds, pausedUntil, chains, hung } = fleet;
  const lines: string[] = [];
  for (const side of hung) {
    for (const node of chains?.[side] ?? []) {
      const words =
        node.error === undefined
          ? `no new block for ${span(now - Number(node.at))}; last block ${node.block}, at ${node.node}`
          : printable(node.error);
      lines.push(paint.red(`✖ ${side} chain: ${words}`));
    }
  }
  for (const side of sides) {
    const until = pausedUntil[side];
    if (until > 0n) lines.push(paint.red(`✖ the ${side} bridge is paused until ${moment(until, now)}`));
  }

  const counted = signers.filter(({ index }) => index === undefined || index >= 0);
  const answering = counted.filter(({ error }) => error === undefined).length;
  const answers = `${answering} of ${counted.length} signers answer, ${threshold ?? '?'} must sign`;
  lines.push(`signers  ${answering < counted.length ? paint.yellow(answers) : answers}`);
  const margins = directions.map((direction) => {
    const value = margin[direction];
    const text = `${direction} ${value ?? '?'}`;
    return value === undefined || value > 1 ? text : value < 1 ? paint.red(text) : paint.yellow(text);
  });
  lines.push(`margin   ${margins.join(', ')} (signers in sync, less those that must sign)`);
  const transfers = (direction: Direction) =>
    `${direction} ${open[direction]}${parked[direction] > 0 ? ` and ${parked[direction]} parked` : ''}`;
  const oldest = oldestSeconds === undefined ? '' : `, the oldest for ${span(oldestSeconds)}`;
  lines.push(`open     ${directions.map(transfers).join(', ')}${oldest}`);
  return lines.map((line) => wrap(line, width, '  ')).join('\n');
}

const nameOf = ({ name, index, url }: Pick<SignerRow, 'name' | 'index' | 'url'>): string =>
  name ?? (index === undefined ? (url ?? '?') : index < 0 ? 'observer' : `signer ${index}`);

/** Columns of the table of signers, in the order in which they are left out on a narrow terminal. */
const EXPENDABLE = [1, 5, 6, 4];

/** Blocks between two relayers that are asked at different moments. */
const USUAL_LAG = 2n;

function signerTable({ signers }: Fleet, { width, paint }: Shown): string {
  const answering = signers.flatMap((row) => (row.status === undefined ? [] : [{ ...row, status: row.status }]));
  if (answering.length === 0) return '';
  const header = ['  signer', 'address', 'main', 'product', 'signed', 'funds', 'version'].map(paint.dim);
  const rows = answering.map((row) => {
    const { status, lag, headSeconds, signedSecondsAgo } = row;
    const head = (side: Side) => {
      const age = headSeconds[side];
      const behind = lag[side] ?? 0n;
      const text = age === undefined ? '?' : span(age);
      return behind > USUAL_LAG ? paint.yellow(`${text} -${behind}`) : text;
    };
    const funds = (side: Side) => {
      const { balance } = status.bridges[side];
      return balance === undefined ? '?' : coins(balance);
    };
    const isFaulty = status.problems.length > 0;
    return [
      isFaulty ? paint.yellow(`! ${nameOf(row)}`) : `  ${nameOf(row)}`,
      short(status.address),
      ...sides.map(head),
      signedSecondsAgo === undefined ? 'never' : `${span(signedSecondsAgo)} ago`,
      `${funds('main')} ${funds('product')}`,
      printable(status.version),
    ];
  });
  const legend = paint.dim('main, product: age of the last final block read, -N: blocks behind the others');
  return `${tableWithin(width, [header, ...rows], EXPENDABLE)}\n${wrap(legend, width)}`;
}

function silentSigners({ signers }: Fleet, { width, paint }: Shown): string {
  const lines = signers.flatMap(({ error, contact, ...row }) => {
    if (error === undefined) return [];
    const address = row.address === undefined ? '' : ` ${short(row.address)}`;
    const why = row.url === undefined ? error : `does not answer: ${printable(error)}`;
    const call = contact === undefined ? '' : `; call ${contact}`;
    return [paint.red(wrap(`✖ ${nameOf(row)}${address} ${why}${call}`, width, '    '))];
  });
  return lines.join('\n');
}

/** Four digits of a fraction, or all of a whole number. */
function coins(wei: string): string {
  const value = Number(formatEther(BigInt(wei)));
  return value >= 1_000 ? Math.floor(value).toLocaleString('en') : value.toPrecision(4).replace(/\.?0+$/, '');
}

function chainTable({ chains }: Fleet, { width, paint, now }: Shown): string {
  if (chains === undefined) return '';
  const header = ['chain', 'block', 'age', 'node'].map(paint.dim);
  const rows = sides.flatMap((side) =>
    chains[side].map((view) => {
      const { node, error, block, at } = view;
      if (error !== undefined) return [side, '?', '?', paint.red(`${node} ✖ silent`)];
      const age = span(now - Number(at));
      return [side, `${block}`, isHung(view, now) ? paint.red(`${age} ✖`) : age, node];
    }),
  );
  return tableWithin(width, [header, ...rows], []);
}

function pegTable({ pegs }: Fleet, { names, width, paint }: Shown): string {
  if (pegs.length === 0) return '';
  const known = pegs.flatMap((peg) => {
    const [main, product] = [names.get(peg.mainToken), names.get(peg.productToken)];
    return main === undefined || product === undefined ? [] : [{ peg, main, product }];
  });
  const amount = (value: string | undefined, token: TokenName) => (value === undefined ? '?' : amountOf(value, token));
  const header = ['peg', 'rate', 'locked', 'supply'].map(paint.dim);
  const rows = known.map(({ peg, main, product }) => [
    `${product.symbol}${peg.retired ? ' (retired)' : ''}`,
    rateOf(peg, main, product),
    amount(peg.locked, main),
    amount(peg.supply, product),
  ]);
  const unknown = pegs.length - known.length;
  const text = rows.length === 0 ? '' : tableWithin(width, [header, ...rows], [1]);
  if (unknown === 0) return text;
  const words = `${unknown} of ${pegs.length} pegs are not shown: their tokens’ decimals are not known here; see --json`;
  return [text, paint.dim(wrap(words, width))].filter((part) => part !== '').join('\n');
}

function rateOf({ numerator, denominator }: Wire<PegView>, main: TokenName, product: TokenName): string {
  const one = (BigInt(numerator) * 10n ** BigInt(main.decimals)) / BigInt(denominator);
  return `1 ${main.symbol} = ${amountOf(one, product)}`;
}

/** Each problem once, with the signers that report it. */
function problems({ signers }: Fleet, { width, paint }: Shown): string {
  const found = new Map<string, { readonly message: string; readonly by: string[] }>();
  for (const row of signers) {
    for (const { part, code, message } of row.status?.problems ?? []) {
      const key = `${part}: ${code}`;
      const one = found.get(key) ?? { message, by: [] };
      one.by.push(nameOf(row));
      found.set(key, one);
    }
  }
  const lines = [...found].map(([key, { message, by }]) => {
    return wrap(`! ${by.join(', ')}: ${printable(`${key}: ${message}`)}`, width, '    ');
  });
  return lines.length === 0 ? '' : `${paint.yellow('problems')}\n${lines.join('\n')}`;
}
