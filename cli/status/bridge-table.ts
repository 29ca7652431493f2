import type { BridgeSummary, BridgesView, Wire } from '../../protocol/api-types.ts';
import { type Direction, type Side, directions, sides } from '../../protocol/lane.ts';
import { bridgeIdOf } from '../../relayer/config.ts';
import type { Told } from '../inspect/ask-relayers.ts';
import { printable, span, tableWithin, wrap } from '../inspect/format.ts';
import type { SignerRelayer, Target } from '../inspect/target.ts';
import { baseUrlOf } from './ask-status.ts';
import { type ChainViews, isHung } from './read-chains.ts';
import type { Shown } from './report-fleet.ts';

export type Order = 'worst' | 'name' | 'margin' | 'open' | 'oldest';

/** One of several bridges, as reported by its signers' relayers. */
export interface BridgeRow {
  readonly name: string;
  readonly id: string;
  readonly asked: number;
  /** Relayers that answer and have opened the bridge. */
  readonly open: number;
  /** Signers with a relayer that answers and has not opened the bridge. */
  readonly closed: readonly string[];
  /** The lowest that any relayer reports. */
  readonly margin: Readonly<Record<Direction, number | undefined>>;
  /** Transfers that are final and not executed, parked ones included; the highest number any relayer reports. */
  readonly transfers: number;
  readonly parked: number;
  readonly oldestSeconds: number | undefined;
  readonly paused: readonly Side[];
  readonly hung: readonly Side[];
  /** Codes of current problems. */
  readonly problems: readonly string[];
  /** Of signers with several processes: the process that works for the bridge; undefined where none does. */
  readonly processes: readonly { readonly signer: string; readonly process: string | undefined }[];
}

/** Several bridges, and the relayers that do not answer. */
export interface Bridges {
  readonly bridges: readonly BridgeRow[];
  readonly silent: readonly (SignerRelayer & { readonly error: string })[];
}

/** @param answers By {@link baseUrlOf} of a relayer. @param chains In the order of `targets`. Pure. */
export function bridgesOf(
  targets: readonly Target[],
  answers: ReadonlyMap<string, Told<BridgesView>>,
  chains: readonly ChainViews[],
  now: number,
): Bridges {
  const silent = new Map<string, SignerRelayer & { readonly error: string }>();
  for (const signer of targets.flatMap(({ signers }) => signers)) {
    const url = baseUrlOf(signer.url);
    const answer = answers.get(url);
    if (answer === undefined || 'value' in answer) continue;
    const error = 'error' in answer ? answer.error : `it answers ${answer.reason}`;
    silent.set(url, { ...signer, url, error });
  }
  return {
    bridges: targets.map((target, place) => rowOf(target, answers, chains[place], now)),
    silent: [...silent.values()],
  };
}

function rowOf(
  { config, signers }: Target,
  answers: ReadonlyMap<string, Told<BridgesView>>,
  chains: ChainViews | undefined,
  now: number,
): BridgeRow {
  const id = bridgeIdOf(config);
  const found = signers.flatMap(({ url }): Wire<BridgeSummary>[] => {
    const answer = answers.get(baseUrlOf(url));
    return answer !== undefined && 'value' in answer ? answer.value.bridges.filter((one) => one.id === id) : [];
  });
  const least = (direction: Direction) => {
    const margins = found.flatMap(({ margin }) => margin[direction] ?? []);
    return margins.length === 0 ? undefined : Math.min(...margins);
  };
  const processes = signers.flatMap(({ name, url }) => {
    const answer = answers.get(baseUrlOf(url));
    if (answer === undefined || !('value' in answer)) return [];
    // A signer with one process names none for any bridge.
    if (answer.value.bridges.every(({ process }) => process === undefined)) return [];
    return [{ signer: name ?? baseUrlOf(url), process: answer.value.bridges.find((one) => one.id === id)?.process }];
  });
  const closed = signers.flatMap(({ name, url }) => {
    const answer = answers.get(baseUrlOf(url));
    const isOpen = ({ state }: Wire<BridgeSummary>) => state === 'open';
    if (answer === undefined || !('value' in answer)) return [];
    return answer.value.bridges.some((one) => one.id === id && isOpen(one)) ? [] : [name ?? baseUrlOf(url)];
  });
  const ages = found.flatMap(({ oldestSeconds }) => oldestSeconds ?? []);
  const nodes = (side: Side) => chains?.[side] ?? [];
  return {
    ...{ name: config.name || id, id, asked: signers.length },
    open: found.filter(({ state }) => state === 'open').length,
    closed,
    margin: { mint: least('mint'), withdraw: least('withdraw') },
    transfers: Math.max(0, ...found.map(({ open }) => open)),
    parked: Math.max(0, ...found.map(({ parked }) => parked)),
    oldestSeconds: ages.length === 0 ? undefined : Math.max(...ages),
    paused: sides.filter((side) => nodes(side).some(({ pausedUntil = 0n }) => pausedUntil > 0n)),
    hung: sides.filter(
      (side) => nodes(side).length > 0 && nodes(side).every((node) => node.error !== undefined || isHung(node, now)),
    ),
    problems: [...new Set(found.flatMap(({ problems }) => problems))],
    processes,
  };
}

/** 0 for a bridge in order; the higher, the more urgent. */
function severity({ asked, open, margin, paused, hung, problems, parked, processes }: BridgeRow): number {
  const least = Math.min(...directions.map((direction) => margin[direction] ?? 0));
  if (least < 0 || hung.length > 0 || paused.length > 0) return 3;
  if (least === 0 || parked > 0) return 2;
  return open < asked || problems.length > 0 || processes.some(({ process }) => process === undefined) ? 1 : 0;
}

export const hasProblem = (row: BridgeRow): boolean => severity(row) > 0;

const comparisons: Readonly<Record<Order, (a: BridgeRow, b: BridgeRow) => number>> = {
  worst: (a, b) => severity(b) - severity(a),
  name: () => 0,
  margin: (a, b) => leastMargin(a) - leastMargin(b),
  open: (a, b) => b.transfers - a.transfers,
  oldest: (a, b) => (b.oldestSeconds ?? -1) - (a.oldestSeconds ?? -1),
};

const leastMargin = ({ margin }: BridgeRow): number =>
  Math.min(...directions.map((direction) => margin[direction] ?? -Infinity));

export const sorted = (rows: readonly BridgeRow[], order: Order): BridgeRow[] =>
  rows.toSorted((a, b) => comparisons[order](a, b) || a.name.localeCompare(b.name));

/** Columns that a narrow terminal leaves out, the first one first. */
const EXPENDABLE = [5, 7, 6];

/** For people. */
export function reportBridges(
  { bridges, silent }: Bridges,
  total: number,
  { width, paint }: Pick<Shown, 'width' | 'paint'>,
): string {
  const margin = (value: number | undefined) => {
    const text = `${value ?? '?'}`;
    return value === undefined || value < 1 ? paint.red(text) : value === 1 ? paint.yellow(text) : text;
  };
  const isShared = bridges.some(({ processes }) => processes.length > 0);
  const shared = (value: string) => (isShared ? [value] : []);
  const header = ['bridge', 'relayers', 'mint', 'withdraw', 'open', 'parked', 'oldest', ...shared('process'), ''].map(
    paint.dim,
  );
  const cells = bridges.map((row) => [
    row.name,
    row.open < row.asked ? paint.yellow(`${row.open}/${row.asked}`) : `${row.open}/${row.asked}`,
    margin(row.margin.mint),
    margin(row.margin.withdraw),
    `${row.transfers}`,
    `${row.parked}`,
    row.oldestSeconds === undefined ? '-' : span(row.oldestSeconds),
    ...shared(processWords(row, paint)),
  ]);
  const without = tableWithin(width, [header, ...cells.map((row) => [...row, ''])], EXPENDABLE).split('\n');
  // The last column takes the rest of the line.
  const lines = without.map((line, place) => {
    const words = place === 0 ? '' : problemWords(bridges[place - 1], paint);
    return words === '' ? line : `${line}\n  ${wrap(words, width - 2, '  ')}`;
  });
  const dead = silent.map(({ name, url, contact, error }) => {
    const call = contact === undefined ? '' : `; call ${contact}`;
    return paint.red(wrap(`✖ ${name ?? url} does not answer: ${printable(error)}${call}`, width, '    '));
  });
  const hidden = total - bridges.length;
  const counted = `${total} bridges${hidden === 0 ? '' : `, ${hidden} without a problem or filtered out`}; mint and withdraw: margin`;
  return [...lines, ...dead, paint.dim(wrap(counted, width))].join('\n');
}

/** The process of the first signer that has several: the own one, where a configuration is used. */
function processWords({ processes: [first] }: BridgeRow, paint: Shown['paint']): string {
  if (first === undefined) return '-';
  return first.process === undefined ? paint.red('none') : printable(first.process);
}

function problemWords(row: BridgeRow | undefined, paint: Shown['paint']): string {
  if (row === undefined) return '';
  const urgent = [
    ...row.paused.map((side) => `${side} bridge paused`),
    ...row.hung.map((side) => `${side} chain hangs or does not answer`),
    ...row.processes.flatMap(({ signer, process }) =>
      process === undefined ? [`no process of ${printable(signer)} works for it`] : [],
    ),
  ];
  const unnamed = row.closed.filter((signer) => !row.processes.some((one) => one.signer === signer && !one.process));
  const closed = unnamed.length === 0 ? [] : [`not open at ${printable(unnamed.join(', '))}`];
  return [
    ...urgent.map(paint.red),
    ...[...closed, ...row.problems.map(printable)].map((one) => paint.yellow(one)),
  ].join(', ');
}
