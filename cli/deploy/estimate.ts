import { type Address, BaseError, type Hex, type PublicClient, decodeErrorResult, formatEther } from 'viem';

import { mainBridgeAbi, productBridgeAbi } from '../../protocol/abi.ts';
import { messageOf } from '../../protocol/errors.ts';
import type { Side } from '../../protocol/lane.ts';
import type { PairRecord } from './journal.ts';
import type { BridgeSpec, ChainSpec } from './spec.ts';
import { type Network, readerFor, refusal } from './chain-clients.ts';
import { feesFor, withMargin } from './create-contract.ts';
import { sides } from './discover.ts';

/** The maximum cost of one bridge. */
export interface Cost {
  readonly bridge: string;
  readonly side: Side;
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
    for (const side of sides) {
      const reader = readerFor(network, spec[side]);
      const { address, from, data } = record[side];
      if ((await reader.getCode({ address })) !== undefined) continue;
      try {
        // Tokens that a bridge before this one creates have no code yet: a state override gives them some.
        const planned = side === 'main' ? createdOn(spec.main, pairs) : [];
        const gas = await creationGas(reader, { from, data, planned });
        const { name, chainId, maxFeePerGas: cap } = spec[side];
        const fees = await feesFor(reader, undefined, cap);
        // When the base fee is above the cap, sending waits; then the cap is the price.
        const maxFeePerGas = fees?.maxFeePerGas ?? cap ?? 0n;
        const money = { gas, maxFeePerGas, cost: gas * maxFeePerGas };
        costs.push({ bridge: spec.name, side, chain: name, chainId, deployer: from, address, ...money });
      } catch (error) {
        problems.push(`bridges.${spec.name}.${side}: its creation would fail: ${revertOf(error)}`);
      }
    }
  }
  if (problems.length === 0) problems.push(...(await shortOf(costs, pairs, network)));
  if (problems.length > 0) throw refusal(problems);
  return costs;
}

const createdOn = (chain: ChainSpec, pairs: readonly { readonly spec: BridgeSpec; readonly record: PairRecord }[]) =>
  pairs
    .filter(({ spec }) => spec.product === chain)
    .flatMap(({ record }) => record.productTokens.map(({ address }) => address));

async function creationGas(
  reader: PublicClient,
  { from, data, planned }: { from: Address; data: Hex; planned: readonly Address[] },
): Promise<bigint> {
  const stateOverride = planned.map((address) => ({ address, code: '0x00' as const }));
  return withMargin(
    await reader.estimateGas({ account: from, data, ...(stateOverride.length > 0 && { stateOverride }) }),
  );
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
