import { type Address, type PublicClient, erc20Abi, formatUnits, zeroAddress } from 'viem';

import { PegwayError } from '../../protocol/errors.ts';
import type { Io } from '../io.ts';
import { openListOutput, wrong } from '../output.ts';
import { connect, readerFor } from './chain-clients.ts';
import { type Standing, discover } from './discover.ts';
import { openJournal } from './journal.ts';
import { readDeployment, recordFolder } from './parse-deployment.ts';

/** The holders of a token and their balances, in base units. */
export interface Holding {
  readonly address: Address;
  readonly balance: bigint;
  /** A contract cannot redeem by itself: its tokens must be withdrawn first. */
  readonly isContract: boolean;
}

export interface Holdings {
  readonly blockNumber: bigint;
  readonly supply: bigint;
  /** Largest first. */
  readonly holders: readonly Holding[];
}

interface Movement {
  readonly from: Address;
  readonly to: Address;
  readonly value: bigint;
}

/** Requests that are under way at once. */
const AT_ONCE = 25;

/** Balances after these movements; mints come from, and burns go to, the zero address. */
export function balancesAfter(movements: Iterable<Movement>): Map<Address, bigint> {
  const balances = new Map<Address, bigint>();
  const add = (address: Address, value: bigint) => balances.set(address, (balances.get(address) ?? 0n) + value);
  for (const { from, to, value } of movements) {
    if (from !== zeroAddress) add(from, -value);
    if (to !== zeroAddress) add(to, value);
  }
  for (const [address, balance] of balances) if (balance === 0n) balances.delete(address);
  return balances;
}

/**
 * Adds up a product token's transfers since a block.
 * @param logRange Most blocks that one `eth_getLogs` may span at this node.
 * @throws {PegwayError} when the sum is not the token's supply: the node left something out, or the token is older.
 */
export async function readHoldings(
  reader: PublicClient,
  token: Address,
  { fromBlock, logRange }: { readonly fromBlock: bigint; readonly logRange: bigint },
): Promise<Holdings> {
  const blockNumber = await reader.getBlockNumber({ cacheTime: 0 });
  const contract = { address: token, abi: erc20Abi } as const;
  const movements: Movement[] = [];
  for (let from = fromBlock; from <= blockNumber; from += logRange) {
    const last = from + logRange - 1n;
    const toBlock = last < blockNumber ? last : blockNumber;
    const range = { fromBlock: from, toBlock, eventName: 'Transfer', strict: true } as const;
    for (const { args } of await reader.getContractEvents({ ...contract, ...range })) movements.push(args);
  }
  const supply = await reader.readContract({ ...contract, functionName: 'totalSupply', blockNumber });
  const balances = [...balancesAfter(movements)];
  const sum = balances.reduce((total, [, balance]) => total + balance, 0n);
  if (sum !== supply || balances.some(([, balance]) => balance < 0n)) {
    throw new PegwayError(
      `${token}: its transfers since block ${fromBlock} leave ${sum}, but its supply is ${supply}`,
      {
        hint: 'the node left logs out: try another; or the token is older: name an earlier block with --from-block',
      },
    );
  }

  const holders: Holding[] = [];
  for (let start = 0; start < balances.length; start += AT_ONCE) {
    const some = balances.slice(start, start + AT_ONCE).map(async ([address, balance]) => {
      return { address, balance, isContract: (await reader.getCode({ address })) !== undefined };
    });
    holders.push(...(await Promise.all(some)));
  }
  return { blockNumber, supply, holders: holders.sort((a, b) => (a.balance < b.balance ? 1 : -1)) };
}

interface HoldersFlags {
  readonly bridge?: string;
  readonly peg?: string;
  readonly record?: string;
  readonly fromBlock?: bigint;
  readonly logRange: bigint;
  readonly json: boolean;
}

export async function showHolders(file: string, flags: HoldersFlags, io: Io): Promise<void> {
  using output = openListOutput(flags.json, io);
  const { spec, record, readings, network } = await findBridge(file, flags);
  const fromBlock = flags.fromBlock ?? BigInt(record?.product.created?.blockNumber ?? 0);
  const pegs = readings.product.pegs.filter(({ token }) => flags.peg === undefined || token?.symbol === flags.peg);
  if (pegs.length === 0) {
    const symbols = readings.product.pegs.map(({ token }) => token?.symbol).join(', ');
    throw wrong(`--peg: ${spec.name} has no ${flags.peg}`, `expected one of ${symbols}`);
  }
  const reader = readerFor(network, spec.product);
  for (const { productToken, token } of pegs) {
    const { symbol = '', decimals = 0 } = token ?? {};
    const holdings = await readHoldings(reader, productToken, { fromBlock, logRange: flags.logRange });
    const { supply, holders, blockNumber } = holdings;
    const lines = holders.map(({ address, balance, isContract }) => {
      return `  ${address}  ${formatUnits(balance, decimals)}${isContract ? '  (a contract)' : ''}`;
    });
    const title = `${symbol} ${productToken}: ${holders.length} hold ${formatUnits(supply, decimals)} at block ${blockNumber}`;
    output.result([output.bold(title), ...lines].join('\n'), {
      bridge: spec.name,
      symbol,
      productToken,
      decimals,
      ...holdings,
    });
  }
}

async function findBridge(file: string, flags: HoldersFlags) {
  const deployment = readDeployment(file);
  const names = deployment.bridges.map(({ name }) => name);
  const name = flags.bridge ?? (names.length === 1 ? names[0] : undefined);
  const bridges = deployment.bridges.filter((spec) => spec.name === name);
  if (bridges.length === 0) {
    throw wrong(
      flags.bridge === undefined ? `${file} names ${names.length} bridges` : `--bridge: ${file} has no ${flags.bridge}`,
      `choose one with --bridge: ${names.join(', ')}`,
    );
  }
  const network = await connect(deployment);
  const [found] = await discover({ ...deployment, bridges }, network, openJournal(flags.record ?? recordFolder(file)));
  if (found?.kind !== 'standing') {
    throw new PegwayError(`${name} is not deployed, according to the record`, {
      hint: 'name its record with --record DIR',
    });
  }
  return { ...(found satisfies Standing), network };
}
