import type { Address } from 'viem';

import { type Direction, type Status, laneKey } from '../../protocol/lane.ts';
import { type TransferHint, parseTransfers } from '../api/answers.ts';
import { ask } from '../api/ask.ts';
import type { Machine } from '../context.ts';
import { type Row, type Teller, rowOf, verify } from '../history/rows.ts';

export interface ListFilter {
  readonly account: Address | undefined;
  readonly productToken: Address | undefined;
  readonly direction: Direction | undefined;
  readonly status: Status | undefined;
}

/** The end of a page at the relayer that gave it. */
export interface ListCursor {
  readonly teller: Teller;
  readonly cursor: string;
}

export interface ListPage {
  readonly rows: readonly Row[];
  /** The relayers that answered. */
  readonly tellers: readonly string[];
  /** Reports of relayers that the chains do not confirm. */
  readonly lies: readonly { readonly name: string; readonly count: number }[];
  /** False while the history of every relayer that answered is still being indexed. */
  readonly complete: boolean;
  readonly next: ListCursor | undefined;
}

const PAGE = 20;
/** Two relayers, so that one cannot withhold a recent transfer unseen; a quorum would only repeat the same list. */
const ASKED = 2;

/**
 * One page of transfers, newest departure first. Relayers name the transfers; every row is read from the chains.
 * @param settled rows that have ended, and do not change any more; filled here.
 */
export async function listTransfers(
  machine: Machine,
  tellers: readonly Teller[],
  filter: ListFilter,
  after: ListCursor | undefined,
  settled: Map<string, Row>,
): Promise<ListPage> {
  const answers = await answersOf(after === undefined ? tellers : [after.teller], filter, after?.cursor);
  if (answers.length === 0) throw new Error('no relayer answers');
  const reports = new Map<string, { readonly hint: TransferHint; readonly names: string[] }>();
  for (const { teller, hints } of answers) {
    for (const hint of hints) {
      const key = `${keyOf(hint)}-${hint.transactionHash}`;
      const known = reports.get(key);
      if (known === undefined) reports.set(key, { hint, names: [teller.name] });
      else known.names.push(teller.name);
    }
  }
  const read = await Promise.all(
    [...reports.values()].map(async ({ hint, names }) => ({ names, row: await readRow(machine, hint, settled) })),
  );
  const denied = read.filter(({ row }) => row === undefined).flatMap(({ names }) => names);
  const [first] = answers;
  return {
    rows: read.flatMap(({ row }) => (row !== undefined && matches(row, filter) ? [row] : [])),
    tellers: answers.map(({ teller }) => teller.name),
    lies: [...Map.groupBy(denied, (name) => name)].map(([name, { length: count }]) => ({ name, count })),
    complete: answers.some(({ complete }) => complete),
    next: first?.cursor === undefined ? undefined : { teller: first.teller, cursor: first.cursor },
  };
}

async function answersOf(tellers: readonly Teller[], filter: ListFilter, cursor: string | undefined) {
  const query = new URLSearchParams({ limit: PAGE.toString() });
  for (const name of ['account', 'productToken', 'direction', 'status'] as const) {
    const value = filter[name];
    if (value !== undefined) query.set(name, value);
  }
  if (cursor !== undefined) query.set('cursor', cursor);
  const answers = await Promise.all(
    tellers.slice(0, ASKED).map((teller) => askOne(teller, query).catch(() => undefined)),
  );
  const found = answers.filter((answer) => answer !== undefined);
  if (found.length > 0 || tellers.length <= ASKED) return found;
  return answersOf(tellers.slice(ASKED), filter, cursor);

  async function askOne(teller: Teller, search: URLSearchParams) {
    return { teller, ...parseTransfers(await ask(teller.apiUrl, `/v1/transfers?${search.toString()}`)) };
  }
}

const keyOf = (hint: TransferHint): string => `${laneKey(hint)}-${hint.nonce}`;

async function readRow(machine: Machine, hint: TransferHint, settled: Map<string, Row>): Promise<Row | undefined> {
  const known = settled.get(keyOf(hint));
  if (known?.transfer.transactionHash === hint.transactionHash) return known;
  const transfer = await verify(machine, hint);
  if (transfer === undefined) return undefined;
  const row = await rowOf(machine, transfer);
  if (row.status === 'executed' || row.status === 'bounced') settled.set(keyOf(hint), row);
  return row;
}

/** A relayer may answer another question. The status is read later than the relayer reported it, so it may differ. */
const matches = ({ transfer: { lane, sender, recipient } }: Row, filter: ListFilter): boolean =>
  (filter.direction ?? lane.direction) === lane.direction &&
  (filter.productToken ?? lane.productToken) === lane.productToken &&
  (filter.account === undefined || [sender, recipient].includes(filter.account));
