import { type Address, type Hex, decodeErrorResult, encodeFunctionData } from 'viem';

import { mainBridgeAbi, productBridgeAbi, rewardsAbi } from '../../protocol/abi.ts';
import { gasLimitFor } from '../../protocol/gas-limit.ts';
import type { Side } from '../../protocol/lane.ts';
import { type BridgeAt, view } from '../chain/bridge-contract.ts';
import { isRefusal } from '../chain/revert.ts';
import { RpcError } from '../chain/rpc-errors.ts';
import type { RpcQuorum } from '../chain/rpc-quorum.ts';
import type { TxManager } from '../tx/tx-manager.ts';

/** What `Rewards.distribution` returns, in base units of the token. */
export interface Distribution {
  readonly period: bigint;
  readonly root: Hex;
  readonly total: bigint;
  readonly paid: bigint;
}

/** One node suffices: a wrong answer costs a simulation that fails. */
export const distributionOf = (nodes: RpcQuorum, rewards: Address, token: Address): Promise<Distribution> =>
  view(nodes, { address: rewards, abi: rewardsAbi, functionName: 'distribution', args: [token] });

/** One fee pot, in base units of the token that its side takes. */
export interface FeePot {
  readonly side: Side;
  readonly amount: bigint;
  /** The smallest pot that may leave. */
  readonly minimum: bigint;
}

/** As the latest block has it; one node suffices. */
export async function feePotOf({ nodes, address, side }: BridgeAt, productToken: Address): Promise<FeePot> {
  const call = { address, abi: mainBridgeAbi, args: [productToken] } as const;
  const [amount, { departMinimum }] = await Promise.all([
    view(nodes, { ...call, functionName: 'feePot' }),
    view(nodes, { ...call, functionName: 'peg' }),
  ]);
  return { side, amount, minimum: departMinimum };
}

export const encodeCollectFees = (productToken: Address): Hex =>
  encodeFunctionData({ abi: mainBridgeAbi, functionName: 'collectFees', args: [productToken] });

export const encodeDepartFees = (productToken: Address): Hex =>
  encodeFunctionData({ abi: productBridgeAbi, functionName: 'departFees', args: [productToken] });

export const encodePublish = (
  {
    token,
    period,
    root,
    total,
  }: { readonly token: Address; readonly period: bigint; readonly root: Hex; readonly total: bigint },
  signatures: Hex,
): Hex =>
  encodeFunctionData({ abi: rewardsAbi, functionName: 'publish', args: [token, period, root, total, signatures] });

/** A call that moves or distributes fees. */
export interface FeeCall {
  readonly nodes: RpcQuorum;
  readonly transactions: TxManager;
  readonly from: Address;
  readonly to: Address;
  readonly data: Hex;
  /** Two calls with the same key are never in flight at once. */
  readonly key: string;
  readonly note: Record<string, string | number>;
}

/**
 * Simulates a call and passes it to the transaction manager.
 * @returns the contract's error when the simulation reverts, as after a lost race; undefined when it was sent.
 */
export async function sendFeeCall({
  nodes,
  transactions,
  from,
  to,
  data,
  key,
  note,
}: FeeCall): Promise<string | undefined> {
  try {
    const used = BigInt(await nodes.one<Hex>('eth_estimateGas', [{ from, to, data }]));
    await transactions.submit({ key, to, data, gas: gasLimitFor(used), note });
    return undefined;
  } catch (error) {
    if (error instanceof RpcError && isRefusal(error)) return nameOfRevert(error);
    throw error;
  }
}

function nameOfRevert(error: RpcError): string {
  try {
    const abi = [...rewardsAbi, ...mainBridgeAbi, ...productBridgeAbi];
    const { errorName, args } = decodeErrorResult({ abi, data: error.data ?? '0x' });
    return `${errorName}(${args.map(String).join(', ')})`;
  } catch {
    return error.message;
  }
}
