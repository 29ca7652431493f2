import { type Address, RpcRequestError, encodeFunctionData, erc20Abi, hexToBytes } from 'viem';

import { isCallFailure } from '../../protocol/call-failure.ts';
import type { ErrorObject } from '../../protocol/json-rpc.ts';
import { RpcError } from '../../relayer/chain/rpc-errors.ts';

/** An account that holds no token: a payment to it creates its balance. */
const fresh: Address = '0x00000000000000000000000000000000f7e5dead';

/** In gas: of a transaction, and of a zero and any other byte of its data (EIP-2028). */
const [BASE, ZERO_BYTE, BYTE] = [21_000n, 4n, 16n];
/** In gas: two balances that change, one of them new, against two that stay as they are. */
const BALANCE_WRITES = 22_700n;
/** In gas: how much dearer a new balance becomes with Glamsterdam (EIP-8037). */
const NEW_BALANCE_GROWTH = 110_000n;

export type NodeRequest = (method: string, params: readonly unknown[]) => Promise<unknown>;

/**
 * Gas that the token takes for one payment to an account without tokens, today. A payer without tokens is asked to pay
 * nothing, and the change of two balances is added.
 * @returns Undefined when the token refuses both.
 * @throws when the node does not answer, or answers nothing about the token.
 */
export async function measurePayment(
  request: NodeRequest,
  token: Address,
  payer: Address,
): Promise<bigint | undefined> {
  for (const { amount, surcharge } of [
    { amount: 1n, surcharge: 0n },
    { amount: 0n, surcharge: BALANCE_WRITES },
  ]) {
    const data = encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args: [fresh, amount] });
    try {
      const gas = BigInt((await request('eth_estimateGas', [{ from: payer, to: token, data }])) as string);
      const ofData = hexToBytes(data).reduce((sum, byte) => sum + (byte === 0 ? ZERO_BYTE : BYTE), 0n);
      return gas - BASE - ofData + surcharge;
    } catch (error) {
      if (!isRefusal(error)) throw error;
    }
  }
  return undefined;
}

/** True if the token refused, and not the node: a limit of requests or a missing state is no answer of the token. */
function isRefusal(error: unknown): boolean {
  for (let inner = error; inner instanceof Error; inner = inner.cause) {
    const answer =
      inner instanceof RpcError ? inner.error : inner instanceof RpcRequestError ? errorOf(inner) : undefined;
    if (answer !== undefined) return isCallFailure(answer);
  }
  return false;
}

/** viem keeps the node's words in `details`. */
const errorOf = ({ code, details, data }: RpcRequestError): ErrorObject => ({ code, message: details, data });

/** The least `gasCap` with which this payment still succeeds after Glamsterdam. */
export const leastGasCap = (measured: bigint): bigint => measured + NEW_BALANCE_GROWTH;
