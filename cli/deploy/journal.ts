import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import type { Address, Hex } from 'viem';

import { PegwayError } from '../../protocol/errors.ts';
import type { Side } from '../../protocol/lane.ts';
import type { BridgeContract, LibraryName, Links } from './libraries.ts';

/** One contract: its creation transaction and the result. Written before anything is sent. */
export interface CreationRecord<contract extends string = BridgeContract> {
  readonly contract: contract;
  readonly chainId: number;
  readonly from: Address;
  readonly nonce: number;
  readonly address: Address;
  /** For people: the constructor's arguments by name. */
  readonly arguments: Readonly<Record<string, unknown>>;
  /** The same, ABI-encoded, as block explorers expect them. */
  readonly encodedArguments: Hex;
  /** The libraries that a bridge's code calls. Absent in records of versions without libraries. */
  readonly links?: Links | undefined;
  /** The transaction's data, so that a retry after a crash sends the same. */
  readonly data: Hex;
  /** Hashes of the transactions that were passed to a node. */
  readonly attempts: readonly Hex[];
  readonly created?: {
    readonly codeHash: Hex;
    /** Undefined if the node no longer had the receipt. */
    readonly transactionHash?: Hex | undefined;
    readonly blockNumber?: string | undefined;
  };
}

export type LibraryRecord = CreationRecord<LibraryName>;
export type RewardsRecord = CreationRecord<'Rewards'>;
export type AnchorsRecord = CreationRecord<'Anchors'>;

/** Two bridges that name each other as counterparts. */
export interface PairRecord extends Readonly<Record<Side, CreationRecord>> {
  /** Identifies the sources of the build: `sources` of artifacts.json. */
  readonly build: string;
  /** The libraries created for this pair; its other links were recorded with an earlier bridge. */
  readonly libraries?: readonly LibraryRecord[] | undefined;
  /** Absent when the bridge takes no fees. */
  readonly rewards?: RewardsRecord | undefined;
  /** Absent when the bridge has no anchors. */
  readonly anchors?: AnchorsRecord | undefined;
  /** The three contracts of exits; absent when the bridge has none. `ExitAddress` is on the product chain. */
  readonly exitAddress?: CreationRecord<'ExitAddress'> | undefined;
  readonly productState?: CreationRecord<'ProductState'> | undefined;
  readonly exits?: CreationRecord<'Exits'> | undefined;
  /** Product tokens of the pegs passed to the constructors. */
  readonly productTokens: readonly { readonly symbol: string; readonly address: Address }[];
}

/** The contracts beside a bridge of a plan, on the bridge's chain, in the order of their creation. */
export function satellitesOf(pair: PairRecord, side: Side): readonly CreationRecord<string>[] {
  const all = side === 'main' ? [pair.rewards, pair.anchors, pair.productState, pair.exits] : [pair.exitAddress];
  return all.filter((one) => one !== undefined);
}

/**
 * All contracts of a plan in the order of their creation: on each chain nonces ascend. The main bridge is the last, so
 * that a pair with two bridges is complete.
 */
export const recordsOf = (pair: PairRecord): readonly CreationRecord<string>[] => {
  const librariesOn = (chain: number) => (pair.libraries ?? []).filter(({ chainId }) => chainId === chain);
  // Anchors that a standing bridge was given later have the highest nonce: by nonce on each chain.
  const onMain = [...librariesOn(pair.main.chainId), ...satellitesOf(pair, 'main'), pair.main];
  const onProduct = [...librariesOn(pair.product.chainId), ...satellitesOf(pair, 'product'), pair.product];
  return [...onProduct, ...onMain.sort((a, b) => a.nonce - b.nonce)];
};

/** A contract of a plan. Two chains may have the same address. */
export type Place = Pick<CreationRecord, 'chainId' | 'address'>;
/** The mutable fields of a planned record. */
export type Progress = Partial<Pick<CreationRecord, 'attempts' | 'created'>>;

interface JournalFile {
  readonly format: typeof FORMAT;
  /** By name, in planning order: on each chain nonces ascend. */
  readonly bridges: Readonly<Record<string, PairRecord>>;
  /** Abandoned plans; contracts already created by them are never used. */
  readonly abandoned: readonly PairRecord[];
}

/** The progress of a deployment, on disk. */
export interface Journal {
  readonly directory: string;
  pairs(): Readonly<Record<string, PairRecord>>;
  /** Libraries of all plans, including abandoned ones. */
  libraries(): readonly LibraryRecord[];
  /** Appends pairs atomically. */
  plan(pairs: ReadonlyMap<string, PairRecord>): void;
  update(bridge: string, contract: Place, change: Progress): void;
  /** Abandons a plan. */
  abandon(bridge: string): void;
}

const FORMAT = 'pegway-journal-1';

/** @throws {PegwayError} when the folder holds no valid journal. */
export function openJournal(directory: string): Journal {
  const path = join(directory, 'journal.json');
  let file = readJournal(path) ?? { format: FORMAT, bridges: {}, abandoned: [] };
  const write = (next: JournalFile): void => {
    mkdirSync(directory, { recursive: true });
    writeDurably(path, `${JSON.stringify(next, undefined, 2)}\n`);
    file = next;
  };
  return {
    directory,
    pairs: () => file.bridges,
    libraries: () => [...file.abandoned, ...Object.values(file.bridges)].flatMap(({ libraries = [] }) => libraries),
    plan(pairs) {
      const kept = Object.entries(file.bridges).filter(([name]) => !pairs.has(name));
      write({ ...file, bridges: Object.fromEntries([...kept, ...pairs]) });
    },
    update(bridge, { chainId, address }, change) {
      const pair = file.bridges[bridge];
      if (pair === undefined) throw new RangeError(`no plan of ${bridge}`);
      const after = <record extends Place>(record: record): record =>
        record.chainId === chainId && record.address === address ? { ...record, ...change } : record;
      const changed: PairRecord = {
        ...{ ...pair, main: after(pair.main), product: after(pair.product), libraries: pair.libraries?.map(after) },
        ...{ rewards: pair.rewards && after(pair.rewards), anchors: pair.anchors && after(pair.anchors) },
        exitAddress: pair.exitAddress && after(pair.exitAddress),
        productState: pair.productState && after(pair.productState),
        exits: pair.exits && after(pair.exits),
      };
      write({ ...file, bridges: { ...file.bridges, [bridge]: changed } });
    },
    abandon(bridge) {
      const { [bridge]: pair, ...bridges } = file.bridges;
      if (pair === undefined) return;
      write({ ...file, bridges, abandoned: [...file.abandoned, pair] });
    },
  };
}

function readJournal(path: string): JournalFile | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const file = JSON.parse(text) as JournalFile;
    if ((file.format as string) === FORMAT) return file;
  } catch {
    // Reported below.
  }
  throw new PegwayError(`${path} is no journal of a deployment (${FORMAT})`, {
    exitCode: 2,
    hint: 'only this command writes it: restore its content, or choose another folder with --record DIR',
  });
}

/** Atomic and durable: after a crash the file has either its old or its new content. */
export function writeDurably(path: string, text: string): void {
  const temporary = `${path}.new`;
  const handle = openSync(temporary, 'w', 0o644);
  try {
    writeSync(handle, text);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(temporary, path);
}
