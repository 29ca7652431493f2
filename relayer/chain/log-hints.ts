import { type Address, type Hash, getAddress, isAddressEqual, numberToHex } from 'viem';

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

/** A block in which a node reports a log of a contract. */
interface Hint {
  readonly contract: Address;
  readonly number: bigint;
}

/** By contract in lower case: the blocks in which a node reports logs of it. Unproven. */
export type Hints = ReadonlyMap<string, ReadonlySet<bigint>>;

/** The blocks with logs of any of these contracts, ascending. */
export const blocksOf = (hints: Hints, contracts: readonly Address[]): readonly bigint[] =>
  [...new Set(contracts.flatMap((one) => [...(hints.get(one.toLowerCase()) ?? [])]))].sort((a, b) => (a < b ? -1 : 1));

export interface LogQuery {
  readonly nodes: RpcQuorum;
  readonly readLogs: ReadLogs;
  readonly contracts: readonly Address[];
  readonly range: BlockRange;
  readonly topics?: Topics | undefined;
}

/** The logs of a range as returned by one node. */
export const logsAt =
  ({ readLogs, contracts, range, topics }: LogQuery) =>
  (request: Request, endpoint: string): Promise<readonly RpcLog[]> =>
    readLogs(request, endpoint, range, contracts, (part, some) => filterOf({ contracts: some, range: part, topics }));

export const filterOf = ({
  contracts,
  range: { from, to },
  topics,
}: Pick<LogQuery, 'contracts' | 'range' | 'topics'>) => ({
  address: contracts.length === 1 ? contracts[0] : contracts,
  ...(topics === undefined ? {} : { topics }),
  fromBlock: numberToHex(from),
  toBlock: numberToHex(to),
});

/**
 * The first `rpcQuorum` responses decide; a block that only a later response names is passed to `onLateHint`.
 */
export async function readHints(query: LogQuery, onLateHint?: (hint: Hint) => void): Promise<Hints> {
  const { nodes, range } = query;
  const known = new Map(query.contracts.map((contract) => [contract.toLowerCase(), new Set<bigint>()]));
  const read = logsAt(query);
  // SECURITY: a malformed log fails here, as the failure of its node alone.
  const parse = ({ address, blockNumber }: RpcLog): Hint => ({
    contract: getAddress(address),
    number: BigInt(blockNumber),
  });
  /** Adds what is new, and returns it. */
  const add = (hints: readonly Hint[]): readonly Hint[] =>
    hints.filter(({ contract, number }) => {
      const blocks = known.get(contract.toLowerCase());
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
      for (const hint of add(answer.result)) onLateHint?.(hint);
    },
  });

  return new Map([...known].map(([contract, blocks]) => [contract, new Set(blocks)]));
}

/** Reads of the newest ranges, shared by all bridges of a chain: one `eth_getLogs` names them all. */
export interface SharedHints {
  /** The blocks of one bridge's contracts, which must be among `query.contracts`. Later ones are passed to `onLateHint`. */
  blocks(query: LogQuery, own: readonly Address[], onLateHint: (number: bigint) => void): Promise<readonly bigint[]>;
}

/** Bridges that lag behind the others have read ranges of their own: few are in use at once. */
const REMEMBERED = 16;

interface SharedRead {
  /** Contracts of bridges that have not used it: one that retries a range reads it again. */
  readonly unused: Set<Address>;
  readonly hints: Promise<Hints>;
  readonly late: Hint[];
  readonly listeners: ((hint: Hint) => void)[];
}

export function createSharedHints(): SharedHints {
  const reads = new BoundedMap<string, SharedRead>(REMEMBERED);

  const start = (query: LogQuery, key: string): SharedRead => {
    const late: SharedRead['late'] = [];
    const listeners: SharedRead['listeners'][number][] = [];
    const hints = readHints(query, (hint) => {
      late.push(hint);
      for (const listener of listeners) listener(hint);
    });
    hints.catch(() => reads.delete(key));
    const read = { unused: new Set(query.contracts), hints, late, listeners };
    reads.set(key, read);
    return read;
  };

  return {
    async blocks(query, own, onLateHint) {
      const key = `${query.range.from}-${query.range.to}`;
      const known = reads.get(key);
      const read = known !== undefined && own.every((one) => known.unused.has(one)) ? known : start(query, key);
      for (const one of own) read.unused.delete(one);
      const listener = ({ contract, number }: Hint): void => {
        if (own.some((one) => isAddressEqual(one, contract))) onLateHint(number);
      };
      read.late.forEach(listener);
      read.listeners.push(listener);
      return blocksOf(await read.hints, own);
    },
  };
}
