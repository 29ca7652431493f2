import { formatEther } from 'viem';

import { type Direction, type Side, directions, sides } from '../../protocol/lane.ts';
import type { PegView, StatusView, Wire } from '../../protocol/api-types.ts';
import type { Told } from '../inspect/ask-relayers.ts';
import { type TokenName, amountOf, moment, short, span, table } from '../inspect/format.ts';

/** One relayer's line. */
export interface SignerRow {
  readonly url: string;
  /** Why it does not respond. */
  readonly error: string | undefined;
  /** Position in the main bridge's list; -1 for an observer. */
  readonly index: number | undefined;
  /** Blocks behind the most advanced relayer that responds. */
  readonly lag: Readonly<Record<Side, bigint | undefined>>;
  /** Since the newest finalized block with its signature, as indexed by the relayers; undefined when there is none. */
  readonly signedSecondsAgo: number | undefined;
  readonly status: Wire<StatusView> | undefined;
}

/** The bridge as reported by its signers' relayers. */
export interface Fleet {
  readonly signers: readonly SignerRow[];
  /** Signers on chain without a queried relayer. */
  readonly notAsked: readonly string[];
  readonly threshold: number | undefined;
  /** The lowest margin any relayer reports: signers that respond and are in sync, less the threshold. */
  readonly margin: Readonly<Record<Direction, number | undefined>>;
  /** The highest number any relayer reports. */
  readonly open: Readonly<Record<Direction, number>>;
  readonly parked: Readonly<Record<Direction, number>>;
  readonly oldestSeconds: number | undefined;
  /** End of the pause, in seconds since the epoch, from the latest report; 0 when the bridge is not paused. */
  readonly pausedUntil: Readonly<Record<Side, bigint>>;
  readonly pegs: readonly Wire<PegView>[];
}

/** Aggregates the responses. Pure. */
export function fleetOf(statuses: readonly Told<StatusView>[], pegs: readonly Told<readonly PegView[]>[]): Fleet {
  const views = statuses.flatMap((answer) => ('value' in answer ? [answer.value] : []));
  const heads = (side: Side) => views.flatMap(({ bridges }) => bridges[side].scannedBlock ?? []).map(BigInt);
  const furthest = { main: highest(heads('main')), product: highest(heads('product')) };
  const asked = new Set(views.map(({ address }) => address));
  const most = (direction: Direction, field: 'open' | 'parked') =>
    Math.max(
      0,
      ...views.map(({ lanes }) =>
        lanes.reduce((sum, lane) => sum + (lane.direction === direction ? lane[field] : 0), 0),
      ),
    );
  const ages = views.flatMap(({ lanes }) => lanes.flatMap(({ oldestSeconds }) => oldestSeconds ?? []));

  return {
    signers: statuses.map((answer) => rowOf(answer, furthest, views)).sort(byIndex),
    notAsked: [...new Set(views.flatMap(({ signers }) => signers.map(({ address }) => address)))].filter(
      (address) => !asked.has(address),
    ),
    threshold: views[0]?.bridges.main.threshold,
    margin: {
      mint: least(views.flatMap(({ margin }) => margin.mint ?? [])),
      withdraw: least(views.flatMap(({ margin }) => margin.withdraw ?? [])),
    },
    open: { mint: most('mint', 'open'), withdraw: most('withdraw', 'open') },
    parked: { mint: most('mint', 'parked'), withdraw: most('withdraw', 'parked') },
    pausedUntil: { main: pausedUntil(views, 'main'), product: pausedUntil(views, 'product') },
    oldestSeconds: ages.length === 0 ? undefined : Math.max(...ages),
    pegs: pegs.flatMap((answer) => ('value' in answer ? [answer.value] : []))[0] ?? [],
  };
}

/** 0 where the pause is over by the time of the newest finalized block. */
function pausedUntil(views: readonly Wire<StatusView>[], side: Side): bigint {
  const until = highest(views.map(({ bridges }) => BigInt(bridges[side].pausedUntil)));
  return until > highest(views.map(({ bridges }) => BigInt(bridges[side].scannedAt ?? 0))) ? until : 0n;
}

const highest = (blocks: readonly bigint[]): bigint => blocks.reduce((a, b) => (a > b ? a : b), 0n);
const least = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : Math.min(...values);
const byIndex = (a: SignerRow, b: SignerRow): number => (a.index ?? Infinity) - (b.index ?? Infinity);

function rowOf(
  answer: Told<StatusView>,
  furthest: Readonly<Record<Side, bigint>>,
  all: readonly Wire<StatusView>[],
): SignerRow {
  const { url } = answer;
  const silent = { index: undefined, lag: { main: undefined, product: undefined }, signedSecondsAgo: undefined };
  if (!('value' in answer)) {
    const error = 'error' in answer ? answer.error : `it answers ${answer.reason}`;
    return { url, error, status: undefined, ...silent };
  }
  const { value } = answer;
  const lag = (side: Side) => {
    const { scannedBlock } = value.bridges[side];
    return scannedBlock === undefined ? undefined : furthest[side] - BigInt(scannedBlock);
  };
  const signed = all.flatMap(({ signers }) =>
    signers.flatMap((one) => (one.address === value.address ? (one.lastSignatureAt ?? []) : [])),
  );
  // Use the chains' clock: this machine's may differ.
  const now = Math.max(...all.flatMap(({ bridges }) => sides.map((side) => Number(bridges[side].scannedAt ?? 0))));
  return {
    url,
    error: undefined,
    index: value.bridges.main.index,
    lag: { main: lag('main'), product: lag('product') },
    signedSecondsAgo: signed.length === 0 ? undefined : Math.max(0, now - Math.max(...signed.map(Number))),
    status: value,
  };
}

/** Human-readable. `names`: tokens with a known symbol. */
export function reportFleet(fleet: Fleet, names: ReadonlyMap<string, TokenName>): string {
  const parts = [signerTable(fleet), '', summary(fleet)];
  if (fleet.pegs.length > 0) parts.push('', pegTable(fleet, names));
  const problems = fleet.signers.flatMap(({ status, index, url }) =>
    (status?.problems ?? []).map(({ part, code, message }) => `  ${nameOf(index, url)}: ${part}: ${code}: ${message}`),
  );
  if (problems.length > 0) parts.push('', 'problems', ...problems);
  return parts.join('\n');
}

const nameOf = (index: number | undefined, url: string): string =>
  index === undefined ? url : index < 0 ? 'observer' : `signer ${index}`;

function signerTable({ signers, notAsked }: Fleet): string {
  const header = ['', 'address', 'main block', 'product block', 'open', 'last signature', 'funds main', 'product', ''];
  const rows = signers.map(({ url, error, index, lag, signedSecondsAgo, status }) => {
    if (status === undefined) return ['✖', url, `does not answer: ${error ?? ''}`, '', '', '', '', '', ''];
    const block = (side: Side) => {
      const behind = lag[side] ?? 0n;
      return `${status.bridges[side].scannedBlock ?? '?'}${behind > 0n ? ` (-${behind})` : ''}`;
    };
    const funds = (side: Side) => {
      const { balance } = status.bridges[side];
      return balance === undefined ? '?' : tokensOf(balance);
    };
    const codes = [...new Set(status.problems.map(({ code }) => code))].join(', ');
    return [
      ...[nameOf(index, url), short(status.address), block('main'), block('product')],
      status.lanes.reduce((sum, { open }) => sum + open, 0).toString(),
      signedSecondsAgo === undefined ? 'never seen' : `${span(signedSecondsAgo)} ago`,
      ...[funds('main'), funds('product'), codes],
    ];
  });
  const missing = notAsked.map((address) => ['?', short(address), 'a signer; no URL to ask', '', '', '', '', '', '']);
  return table([header, ...rows, ...missing]);
}

const tokensOf = (wei: string): string =>
  Number(formatEther(BigInt(wei)))
    .toPrecision(6)
    .replace(/\.?0+$/, '');

function summary({ threshold, margin, open, parked, oldestSeconds, pausedUntil: until }: Fleet): string {
  const words = (direction: Direction) =>
    `${direction} ${open[direction]}${parked[direction] > 0 ? ` and ${parked[direction]} parked` : ''}`;
  const margins = directions.map((direction) => `${direction} ${margin[direction] ?? '?'}`).join(', ');
  const oldest = oldestSeconds === undefined ? '' : `, the oldest for ${span(oldestSeconds)}`;
  const paused = sides
    .filter((side) => until[side] > 0n)
    .map((side) => `paused  the ${side} bridge until ${moment(until[side])}`);
  return [
    ...paused,
    `margin  ${margins} (signers in sync, less the ${threshold ?? '?'} that must sign)`,
    `open    ${directions.map(words).join(', ')}${oldest}`,
  ].join('\n');
}

/** In whole tokens where both are known, else in base units. */
function rateOf(
  { mainToken, productToken, numerator, denominator }: Wire<PegView>,
  names: ReadonlyMap<string, TokenName>,
) {
  const [main, product] = [names.get(mainToken), names.get(productToken)];
  if (main === undefined || product === undefined) return `${denominator}:${numerator}`;
  const one = (BigInt(numerator) * 10n ** BigInt(main.decimals)) / BigInt(denominator);
  return `1 ${main.symbol} = ${amountOf(one, product)}`;
}

function pegTable({ pegs }: Fleet, names: ReadonlyMap<string, TokenName>): string {
  const amount = (value: string | undefined, token: string) => {
    const name = names.get(token);
    if (value === undefined) return '?';
    return name === undefined ? value : amountOf(value, name);
  };
  const header = ['peg', 'rate', 'locked', 'supply', ''];
  const rows = pegs.map((peg) => [
    names.get(peg.productToken)?.symbol ?? short(peg.productToken),
    rateOf(peg, names),
    amount(peg.locked, peg.mainToken),
    amount(peg.supply, peg.productToken),
    peg.retired ? 'retired' : '',
  ]);
  return table([header, ...rows]);
}
