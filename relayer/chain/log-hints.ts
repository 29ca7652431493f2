import { type Address, type Hash, getAddress, numberToHex } from 'viem';

import { BoundedMap } from '../../protocol/bounded-map.ts';
import { PegwayError } from '../../protocol/errors.ts';
import type { RpcLog } from '../../protocol/proof/rpc-log.ts';
import type { ReadLogs } from './log-reader.ts';
import type { Request } from './quorum-read.ts';
import { type RpcQuorum, tooFew } from './rpc-quorum.ts';

/** Both ends included. */
export interface BlockRange {
  readonly from: bigint;
  readonly to: bigint;
  /** The hash of the last block, if already agreed. */
  readonly toHash?: Hash;
}

/** As `eth_getLogs` takes them; without, all events. */
export type Topics = readonly (Hash | readonly Hash[] | null)[];

/** Receives a block of the range, not proven yet, in which a node reports logs of a bridge. */
export type OnLateHint = (bridge: Address, number: bigint) => void;

/** A block in which a node reports a log of a bridge. */
interface Hint {
  readonly bridge: Address;
  readonly number: bigint;
}

/** By bridge in lower case: the blocks in which a node reports logs of it, ascending. Unproven. */
export type Hints = ReadonlyMap<string, readonly bigint[]>;

export interface LogQuery {
  readonly nodes: RpcQuorum;
  readonly readLogs: ReadLogs;
  readonly bridges: readonly Address[];
  readonly range: BlockRange;
  readonly topics?: Topics | undefined;
}

/** The logs of a range as returned by one node. */
export const logsAt =
  ({ readLogs, bridges, range, topics }: LogQuery) =>
  (request: Request, endpoint: string): Promise<readonly RpcLog[]> =>
    readLogs(request, endpoint, range, bridges, (part, some) => filterOf({ bridges: some, range: part, topics }));

export const filterOf = ({ bridges, range: { from, to }, topics }: Pick<LogQuery, 'bridges' | 'range' | 'topics'>) => ({
  address: bridges.length === 1 ? bridges[0] : bridges,
  ...(topics === undefined ? {} : { topics }),
  fromBlock: numberToHex(from),
  toBlock: numberToHex(to),
});

/**
 * The first `rpcQuorum` responses decide; a block that only a later response names is passed to `onLateHint`.
 */
export async function readHints(query: LogQuery, onLateHint?: OnLateHint): Promise<Hints> {
  const { nodes, range } = query;
  const known = new Map(query.bridges.map((bridge) => [bridge.toLowerCase(), new Set<bigint>()]));
  const read = logsAt(query);
  // SECURITY: a malformed log fails here, as the failure of its node alone.
  const parse = ({ address, blockNumber }: RpcLog): Hint => ({
    bridge: getAddress(address),
    number: BigInt(blockNumber),
  });
  /** Adds what is new, and returns it. */
  const add = (hints: readonly Hint[]): readonly Hint[] =>
    hints.filter(({ bridge, number }) => {
      const blocks = known.get(bridge.toLowerCase());
      if (blocks === undefined || number < range.from || number > range.to || blocks.has(number)) return false;
      blocks.add(number);
      return true;
    });

  await nodes.read<readonly Hint[], undefined>({
    ...{ method: 'eth_getLogs', need: nodes.quorum },
    attempt: async (request, endpoint) => (await read(request, endpoint)).map(parse),
    decide(answers) {
      const given = answers.flatMap((answer) => ('result' in answer ? [answer.result] : []));
      for (const hints of given) add(hints);
      return given.length >= nodes.quorum ? { value: undefined } : undefined;
    },
    otherwise(answers) {
      if (answers.some((answer) => 'result' in answer)) return undefined;
      const failed = answers.find((answer) => 'error' in answer);
      throw failed?.error instanceof PegwayError ? failed.error : tooFew(nodes.name, 'eth_getLogs', 1, answers);
    },
    onLate(answer) {
      if (!('result' in answer)) return;
      for (const { bridge, number } of add(answer.result)) onLateHint?.(bridge, number);
    },
  });

  const sorted = (blocks: ReadonlySet<bigint>) => [...blocks].sort((a, b) => (a < b ? -1 : 1));
  return new Map([...known].map(([bridge, blocks]) => [bridge, sorted(blocks)]));
}

/** Reads of the newest ranges, shared by all bridges of a chain: one `eth_getLogs` names them all. */
export interface SharedHints {
  /** The blocks of one bridge, which must be among `query.bridges`. */
  blocks(query: LogQuery, bridge: Address, onLateHint?: OnLateHint): Promise<readonly bigint[]>;
}

/** Bridges that lag behind the others have read ranges of their own: few are in use at once. */
const REMEMBERED = 16;

interface SharedRead {
  /** Bridges that have not used it: one that retries a range reads it again. */
  readonly unused: Set<Address>;
  readonly hints: Promise<Hints>;
  readonly late: Hint[];
  readonly listeners: OnLateHint[];
}

export function createSharedHints(): SharedHints {
  const reads = new BoundedMap<string, SharedRead>(REMEMBERED);

  const start = (query: LogQuery, key: string): SharedRead => {
    const late: SharedRead['late'] = [];
    const listeners: OnLateHint[] = [];
    const hints = readHints(query, (bridge, number) => {
      late.push({ bridge, number });
      for (const listener of listeners) listener(bridge, number);
    });
    hints.catch(() => reads.delete(key));
    const read = { unused: new Set(query.bridges), hints, late, listeners };
    reads.set(key, read);
    return read;
  };

  return {
    async blocks(query, bridge, onLateHint) {
      const key = `${query.range.from}-${query.range.to}`;
      const known = reads.get(key);
      const read = known?.unused.has(bridge) === true ? known : start(query, key);
      read.unused.delete(bridge);
      if (onLateHint !== undefined) {
        for (const one of read.late) onLateHint(one.bridge, one.number);
        read.listeners.push(onLateHint);
      }
      return (await read.hints).get(bridge.toLowerCase()) ?? [];
    },
  };
}
