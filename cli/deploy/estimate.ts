import { type Address, BaseError, type Hex, type PublicClient, decodeErrorResult, formatEther } from 'viem';

import { mainBridgeAbi, productBridgeAbi } from '../../protocol/abi.ts';
import { messageOf } from '../../protocol/errors.ts';
import type { Side } from '../../protocol/lane.ts';
import { type CreationRecord, type PairRecord, recordsOf } from './journal.ts';
import type { LibraryName } from './libraries.ts';
import { runtimeCode } from './runtime-code.ts';
import type { BridgeSpec, ChainSpec } from './spec.ts';
import { type Network, readerFor, refusal } from './chain-clients.ts';
import { feesFor, withMargin } from './create-contract.ts';
import { sides } from './discover.ts';

/** The maximum cost of one bridge, or of one library of it. */
export interface Cost {
  readonly bridge: string;
  readonly side: Side;
  readonly contract: string;
  readonly chain: string;
  readonly chainId: number;
  readonly deployer: Address;
  readonly address: Address;
  /** The node's estimate and a tenth. */
  readonly gas: bigint;
  /** In wei: twice the present base fee and a tip, or the cap. */
  readonly maxFeePerGas: bigint;
  /** `gas` times `maxFeePerGas`, in wei. */
  readonly cost: bigint;
}

/**
 * Estimates the cost of the remaining creations, and checks the deployers' balances.
 * @throws {PegwayError} exit code 2, naming creations that would revert and deployers that cannot pay.
 */
export async function estimate(
  pairs: readonly { readonly spec: BridgeSpec; readonly record: PairRecord }[],
  network: Network,
): Promise<Cost[]> {
  const costs: Cost[] = [];
  const problems: string[] = [];
  for (const { spec, record } of pairs) {
    for (const creation of recordsOf(record)) {
      const side = creation.chainId === spec.main.chainId ? 'main' : 'product';
      const reader = readerFor(network, spec[side]);
      const { contract, address, from, nonce, data } = creation;
      if ((await reader.getCode({ address })) !== undefined) continue;
      try {
        // Tokens that a bridge before this one creates, and libraries, have no code yet: a state override gives them some.
        const planned = [...(side === 'main' ? createdOn(spec.main, pairs) : []), ...linkedBy(creation)];
        const gas = await creationGas(reader, { from, nonce, data, planned });
        const { name, chainId, maxFeePerGas: cap } = spec[side];
        const fees = await feesFor(reader, undefined, cap);
        // When the base fee is above the cap, sending waits; then the cap is the price.
        const maxFeePerGas = fees?.maxFeePerGas ?? cap ?? 0n;
        const money = { gas, maxFeePerGas, cost: gas * maxFeePerGas };
        costs.push({ bridge: spec.name, side, contract, chain: name, chainId, deployer: from, address, ...money });
      } catch (error) {
        problems.push(`bridges.${spec.name}.${side}: the creation of ${contract} would fail: ${revertOf(error)}`);
      }
    }
  }
  if (problems.length === 0) problems.push(...(await shortOf(costs, pairs, network)));
  if (problems.length > 0) throw refusal(problems);
  return costs;
}

/** The code that a contract will have. */
interface Planned {
  readonly address: Address;
  readonly code: Hex;
}

const createdOn = (chain: ChainSpec, pairs: readonly { readonly spec: BridgeSpec; readonly record: PairRecord }[]) =>
  pairs
    .filter(({ spec }) => spec.product === chain)
    .flatMap(({ record }) => record.productTokens.map(({ address }): Planned => ({ address, code: '0x00' })));

const linkedBy = ({ links = {} }: CreationRecord<string>): Planned[] =>
  Object.entries(links).map(([name, address]) => ({
    address,
    code: runtimeCode({ contract: name as LibraryName, address }),
  }));

async function creationGas(
  reader: PublicClient,
  { from, nonce, data, planned }: { from: Address; nonce: number; data: Hex; planned: readonly Planned[] },
): Promise<bigint> {
  // With the account's present nonce, the contract would be created where its first library is to be.
  const stateOverride = [{ address: from, nonce }, ...planned];
  const isPlain = planned.length === 0;
  return withMargin(await reader.estimateGas({ account: from, data, ...(!isPlain && { stateOverride }) }));
}

async function shortOf(
  costs: readonly Cost[],
  pairs: readonly { readonly spec: BridgeSpec }[],
  network: Network,
): Promise<string[]> {
  const chains = new Map<string, ChainSpec>(
    pairs.flatMap(({ spec }) => sides.map((side) => [spec[side].name, spec[side]])),
  );
  const problems: string[] = [];
  for (const [name, ofChain] of Map.groupBy(costs, ({ chain }) => chain)) {
    const spec = chains.get(name);
    const deployer = ofChain[0]?.deployer;
    if (spec === undefined || deployer === undefined) continue;
    const needed = ofChain.reduce((sum, { cost }) => sum + cost, 0n);
    const balance = await readerFor(network, spec).getBalance({ address: deployer });
    if (balance >= needed) continue;
    problems.push(
      `chains.${name}: the deployer ${deployer} has ${formatEther(balance)} coins; expected ${formatEther(needed)}, what the transactions cost at the most`,
    );
  }
  return problems;
}

/** The contract's own error where the node returns it. */
function revertOf(error: unknown): string {
  const raw = error instanceof BaseError ? error.walk((cause) => dataOf(cause) !== undefined) : null;
  const data = dataOf(raw);
  if (data === undefined) return messageOf(error);
  try {
    const { errorName, args } = decodeErrorResult({ abi: [...mainBridgeAbi, ...productBridgeAbi], data });
    return `${errorName}(${args.join(', ')})`;
  } catch {
    return messageOf(error);
  }
}

const dataOf = (error: unknown): Hex | undefined => {
  const data = (error as { data?: unknown } | null)?.data;
  return typeof data === 'string' && /^0x[0-9a-f]{8,}$/i.test(data) ? (data as Hex) : undefined;
};
