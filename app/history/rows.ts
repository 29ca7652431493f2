import { type Address, isAddressEqual } from 'viem';

import { departuresOfSender, departuresOfTransaction, status as readStatus } from '../../sdk/index.ts';
import { type Side, type Status, type Transfer, destinationOf, laneKey, sourceOf } from '../../protocol/lane.ts';
import { type TransferHint, parseTransfers } from '../api/answers.ts';
import { ask } from '../api/ask.ts';
import type { Machine } from '../context.ts';

/** One transfer of an account, read from the chains. */
export interface Row {
  readonly transfer: Transfer;
  /** Timestamp of its source block, in seconds. */
  readonly departedAt: bigint;
  readonly status: Status;
}

/** Where the next page of history starts: in the relayer's list, and in the blocks of each chain. */
export interface Cursor {
  readonly relayer: string | undefined;
  readonly blocks: Readonly<Record<Side, bigint | undefined>>;
}

export interface HistoryPage {
  readonly rows: readonly Row[];
  /** The relayer that supplied the hints; undefined when none responds. */
  readonly teller: string | undefined;
  readonly complete: boolean;
  /** Number of reported transfers that the chains do not confirm. */
  readonly left: number;
  /** The block down to which this page itself has read each chain. */
  readonly lookedBackTo: Readonly<Record<Side, bigint>>;
  readonly next: Cursor | undefined;
}

const PAGE = 25;
/** Number of `eth_getLogs` requests per chain and page. */
const WINDOWS = 3n;

export interface Teller {
  readonly name: string;
  readonly apiUrl: string;
}

/**
 * One page of an account's history: its own departures from the chains, plus transfers that relayers hint at (received
 * from others, or older). Every row is read from the chains, whatever its hint.
 */
export async function readHistory(
  machine: Machine,
  tellers: readonly Teller[],
  account: Address,
  cursor: Cursor | undefined,
): Promise<HistoryPage> {
  const [told, main, product] = await Promise.all([
    askTellers(tellers, account, cursor),
    scan(machine, 'main', account, cursor),
    scan(machine, 'product', account, cursor),
  ]);
  const verified = await Promise.all((told?.hints ?? []).map((hint) => verify(machine, hint)));
  const isOwn = ({ sender, recipient }: Transfer) =>
    isAddressEqual(sender, account) || isAddressEqual(recipient, account);
  const hinted = verified.map((transfer) => (transfer !== undefined && isOwn(transfer) ? transfer : undefined));
  const found = new Map<string, Transfer>();
  for (const transfer of [...hinted, ...main.transfers, ...product.transfers]) {
    if (transfer !== undefined) found.set(`${laneKey(transfer.lane)}-${transfer.nonce}`, transfer);
  }
  const rows = await Promise.all([...found.values()].map((transfer) => rowOf(machine, transfer)));
  const blocks = { main: below(main.from), product: below(product.from) };
  const goesOn = told?.cursor !== undefined || blocks.main !== undefined || blocks.product !== undefined;
  return {
    rows,
    teller: told?.name,
    complete: told?.complete ?? false,
    left: hinted.filter((transfer) => transfer === undefined).length,
    lookedBackTo: { main: main.from, product: product.from },
    next: goesOn ? { relayer: told?.cursor, blocks } : undefined,
  };
}

const below = (block: bigint): bigint | undefined => (block === 0n ? undefined : block - 1n);

async function askTellers(tellers: readonly Teller[], account: Address, cursor: Cursor | undefined) {
  // The relayer's list has ended; the chains may reach further back.
  if (cursor !== undefined && cursor.relayer === undefined) return undefined;
  const after = cursor?.relayer === undefined ? '' : `&cursor=${encodeURIComponent(cursor.relayer)}`;
  for (const { name, apiUrl } of tellers) {
    try {
      return { name, ...parseTransfers(await ask(apiUrl, `/v1/transfers?account=${account}&limit=${PAGE}${after}`)) };
    } catch {
      // Try the next relayer; without any, use the chains alone.
    }
  }
  return undefined;
}

async function scan({ config, readers }: Machine, side: Side, account: Address, cursor: Cursor | undefined) {
  const { bridge, logRange } = config.chains[side];
  const reader = readers[side];
  const start = cursor === undefined ? await reader.getBlockNumber() : cursor.blocks[side];
  if (start === undefined) return { transfers: [], from: 0n };
  const transfers: Transfer[] = [];
  let toBlock = start;
  let from = start;
  for (let window = 0n; window < WINDOWS; window++) {
    from = toBlock >= logRange ? toBlock - logRange + 1n : 0n;
    transfers.push(...(await departuresOfSender({ bridge, reader }, account, { fromBlock: from, toBlock })));
    if (from === 0n) break;
    toBlock = from - 1n;
  }
  return { transfers, from };
}

/** Reads a transfer that a relayer reported from its own transaction; undefined when the chain does not confirm it. */
export async function verify(
  { config, readers }: Machine,
  { direction, productToken, nonce, transactionHash }: TransferHint,
): Promise<Transfer | undefined> {
  const source = sourceOf(direction);
  const bridge = { bridge: config.chains[source].bridge, reader: readers[source] };
  const departed = await departuresOfTransaction(bridge, transactionHash);
  return departed.find(
    (transfer) =>
      transfer.lane.direction === direction && transfer.lane.productToken === productToken && transfer.nonce === nonce,
  );
}

export async function rowOf({ config, readers }: Machine, transfer: Transfer): Promise<Row> {
  const { direction, productToken } = transfer.lane;
  const source = sourceOf(direction);
  const destination = destinationOf(direction);
  const target = { bridge: config.chains[destination].bridge, reader: readers[destination] };
  const [{ timestamp }, status] = await Promise.all([
    readers[source].getBlock({ blockNumber: transfer.blockNumber }),
    readStatus(target, { productToken, nonce: transfer.nonce }),
  ]);
  return { transfer, departedAt: timestamp, status };
}

/** Merges all pages into one list, newest first, without duplicates. */
export const merge = (pages: readonly HistoryPage[]): Row[] => mergeRows(pages.flatMap((page) => page.rows));

/** Newest first, without duplicates; of two the later one. */
export function mergeRows(list: readonly Row[]): Row[] {
  const rows = new Map<string, Row>();
  for (const row of list) rows.set(`${laneKey(row.transfer.lane)}-${row.transfer.nonce}`, row);
  return [...rows.values()].toSorted((a, b) => Number(b.departedAt - a.departedAt));
}
