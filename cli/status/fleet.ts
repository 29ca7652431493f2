import type { Address } from 'viem';

import type { PegView, StatusView, Wire } from '../../protocol/api-types.ts';
import { type Direction, type Side, directions, sides } from '../../protocol/lane.ts';
import type { Told } from '../inspect/ask-relayers.ts';
import type { SignerRelayer } from '../inspect/target.ts';
import { type ChainViews, isHung } from './read-chains.ts';

/** One signer, with the answer of its relayer. */
export interface SignerRow {
  /** Of its operator; undefined where no configuration names it. */
  readonly name: string | undefined;
  readonly contact: string | undefined;
  /** Undefined for a relayer that does not answer and is not a known peer. */
  readonly address: Address | undefined;
  /** Undefined for a signer with an unknown relayer. */
  readonly url: string | undefined;
  /** Why it does not respond. */
  readonly error: string | undefined;
  /** Position in the main bridge's list; -1 for an observer. */
  readonly index: number | undefined;
  /** Blocks behind the most advanced relayer that responds. */
  readonly lag: Readonly<Record<Side, bigint | undefined>>;
  /** Age of the last final block that it has processed. */
  readonly headSeconds: Readonly<Record<Side, number | undefined>>;
  /** Since the newest finalized block with its signature, as indexed by the relayers; undefined when there is none. */
  readonly signedSecondsAgo: number | undefined;
  readonly status: Wire<StatusView> | undefined;
}

/** The bridge as reported by its signers' relayers, and by the configured nodes where there is a configuration. */
export interface Fleet {
  readonly signers: readonly SignerRow[];
  readonly threshold: number | undefined;
  /** The lowest margin any relayer reports: signers that respond and are in sync, less the threshold. */
  readonly margin: Readonly<Record<Direction, number | undefined>>;
  /** The highest number any relayer reports. */
  readonly open: Readonly<Record<Direction, number>>;
  readonly parked: Readonly<Record<Direction, number>>;
  readonly oldestSeconds: number | undefined;
  /** End of the pause, in seconds since the epoch; 0 when the bridge is not paused. */
  readonly pausedUntil: Readonly<Record<Side, bigint>>;
  readonly chains: ChainViews | undefined;
  /** Chains without a new block for long, according to every configured node that answers, and chains without a node that answers. */
  readonly hung: readonly Side[];
  readonly pegs: readonly Wire<PegView>[];
}

/** What {@link fleetOf} aggregates. */
export interface Answers {
  /** One answer per relayer, in the order of `relayers`. */
  readonly statuses: readonly Told<StatusView>[];
  readonly pegs: readonly Told<readonly PegView[]>[];
  readonly relayers: readonly SignerRelayer[];
  readonly chains: ChainViews | undefined;
  /** This machine's clock, in seconds since the epoch: a chain that hangs has none. */
  readonly now: number;
}

/** True if too few signers are in sync to move transfers in a direction. */
export const isShort = ({ margin }: Pick<Fleet, 'margin'>): boolean =>
  directions.some((direction) => (margin[direction] ?? 0) < 0);

/** True if a relayer or a chain does not answer, or transfers cannot move. */
export const isImpaired = (fleet: Pick<Fleet, 'hung' | 'signers' | 'margin'>): boolean =>
  fleet.hung.length > 0 || fleet.signers.some(({ error }) => error !== undefined) || isShort(fleet);

/** Aggregates the responses. Pure. */
export function fleetOf({ statuses, pegs, relayers, chains, now }: Answers): Fleet {
  const views = statuses.flatMap((answer) => ('value' in answer ? [answer.value] : []));
  const heads = (side: Side) => views.flatMap(({ bridges }) => bridges[side].scannedBlock ?? []).map(BigInt);
  const furthest = { main: highest(heads('main')), product: highest(heads('product')) };
  const most = (direction: Direction, field: 'open' | 'parked') =>
    Math.max(
      0,
      ...views.map(({ lanes }) =>
        lanes.reduce((sum, lane) => sum + (lane.direction === direction ? lane[field] : 0), 0),
      ),
    );
  const ages = views.flatMap(({ lanes }) => lanes.flatMap(({ oldestSeconds }) => oldestSeconds ?? []));
  const rows = statuses.map((answer, place) => rowOf(answer, relayers[place], { furthest, views, now }));

  return {
    signers: withoutRelayer(rows, views).sort(byIndex),
    threshold: views[0]?.bridges.main.threshold,
    margin: {
      mint: least(views.flatMap(({ margin }) => margin.mint ?? [])),
      withdraw: least(views.flatMap(({ margin }) => margin.withdraw ?? [])),
    },
    open: { mint: most('mint', 'open'), withdraw: most('withdraw', 'open') },
    parked: { mint: most('mint', 'parked'), withdraw: most('withdraw', 'parked') },
    pausedUntil: { main: pausedUntil(views, chains, 'main'), product: pausedUntil(views, chains, 'product') },
    oldestSeconds: ages.length === 0 ? undefined : Math.max(...ages),
    chains,
    hung: chains === undefined ? [] : sides.filter((side) => hangs(chains[side], now)),
    pegs: pegs.flatMap((answer) => ('value' in answer ? [answer.value] : []))[0] ?? [],
  };
}

const hangs = (nodes: ChainViews[Side], now: number): boolean =>
  nodes.every((node) => node.error !== undefined || isHung(node, now));

/**
 * From the nodes, which know the newest block; relayers report what was final. 0 where the pause is over.
 */
function pausedUntil(views: readonly Wire<StatusView>[], chains: ChainViews | undefined, side: Side): bigint {
  const read = chains?.[side].flatMap(({ pausedUntil: until }) => until ?? []) ?? [];
  if (read.length > 0) return highest(read);
  const until = highest(views.map(({ bridges }) => BigInt(bridges[side].pausedUntil)));
  return until > highest(views.map(({ bridges }) => BigInt(bridges[side].scannedAt ?? 0))) ? until : 0n;
}

const highest = (blocks: readonly bigint[]): bigint => blocks.reduce((a, b) => (a > b ? a : b), 0n);
const least = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : Math.min(...values);
const byIndex = (a: SignerRow, b: SignerRow): number => (a.index ?? Infinity) - (b.index ?? Infinity);

const silent = {
  lag: { main: undefined, product: undefined },
  headSeconds: { main: undefined, product: undefined },
  signedSecondsAgo: undefined,
  status: undefined,
};

interface Context {
  readonly furthest: Readonly<Record<Side, bigint>>;
  readonly views: readonly Wire<StatusView>[];
  readonly now: number;
}

function rowOf(
  answer: Told<StatusView>,
  { address, name, contact }: Partial<SignerRelayer> = {},
  { furthest, views, now }: Context,
): SignerRow {
  const { url } = answer;
  if (!('value' in answer)) {
    const error = 'error' in answer ? answer.error : `it answers ${answer.reason}`;
    return { ...silent, name, contact, address, url, error, index: indexOf(address, views) };
  }
  const { value } = answer;
  const lag = (side: Side) => {
    const { scannedBlock } = value.bridges[side];
    return scannedBlock === undefined ? undefined : furthest[side] - BigInt(scannedBlock);
  };
  const age = (side: Side) => {
    const { scannedAt } = value.bridges[side];
    return scannedAt === undefined ? undefined : Math.max(0, now - Number(scannedAt));
  };
  const signed = views.flatMap(({ signers }) =>
    signers.flatMap((one) => (one.address === value.address ? (one.lastSignatureAt ?? []) : [])),
  );
  return {
    ...{ name, contact, url, address: value.address, error: undefined },
    index: value.bridges.main.index,
    lag: { main: lag('main'), product: lag('product') },
    headSeconds: { main: age('main'), product: age('product') },
    signedSecondsAgo: signed.length === 0 ? undefined : Math.max(0, now - Math.max(...signed.map(Number))),
    status: value,
  };
}

function indexOf(address: Address | undefined, views: readonly Wire<StatusView>[]): number | undefined {
  const place = views[0]?.bridges.main.signers.findIndex((signer) => signer === address) ?? -1;
  return place < 0 ? undefined : place;
}

/**
 * Adds the signers on chain whose relayers were not asked. Where one signer and one silent relayer are left over, they belong
 * together: a configuration does not name the address of its own key.
 */
function withoutRelayer(rows: readonly SignerRow[], views: readonly Wire<StatusView>[]): SignerRow[] {
  const known = new Set(rows.flatMap(({ address }) => address ?? []));
  const missing = [...new Set(views.flatMap(({ signers }) => signers.map(({ address }) => address)))].filter(
    (address) => !known.has(address),
  );
  const nameless = rows.filter(({ address }) => address === undefined);
  const [address] = missing;
  if (missing.length === 1 && nameless.length === 1 && address !== undefined) {
    return rows.map((row) => (row.address === undefined ? { ...row, address, index: indexOf(address, views) } : row));
  }
  const unasked = missing.map((signer) => ({
    ...{ ...silent, name: undefined, contact: undefined, address: signer, url: undefined },
    ...{ error: 'no configured peer', index: indexOf(signer, views) },
  }));
  return [...rows, ...unasked];
}
