import { type Address, type Hex, encodeFunctionData, erc20Abi, numberToHex, size } from 'viem';

import type { BridgeAt } from './bridge-contract.ts';
import type { Answer, Request } from './quorum-read.ts';
import { isRefusal, isUnexplained } from './revert.ts';
import { DisagreementError, asHex } from './rpc-quorum.ts';

/** What a call costs before its first instruction, with 68 bytes of data of which none is zero: EIP-2028. */
const INTRINSIC_GAS = 21_000 + 68 * 16;

/**
 * Whether the main token would pay this recipient from the bridge now, with the gas that the bridge gives it: a simulation at
 * the newest block, as the quorum of nodes sees it.
 * @throws {DisagreementError} when too few nodes say the same.
 */
export async function wouldPay(
  { address, nodes }: BridgeAt,
  { mainToken, gasCap }: { readonly mainToken: Address; readonly gasCap: number },
  { recipient, amount }: { readonly recipient: Address; readonly amount: bigint },
): Promise<boolean> {
  const data = encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args: [recipient, amount] });
  const payment = { from: address, to: mainToken, gas: numberToHex(gasCap + INTRINSIC_GAS), data };
  /** One node's verdict, complete in itself. */
  const attempt = async (request: Request): Promise<boolean> => {
    try {
      const result = asHex(await request('eth_call', [payment, 'latest']));
      if (result === '0x') return (await request('eth_getCode', [mainToken, 'latest'])) !== '0x';
      return isSuccess(result);
    } catch (error) {
      if (isRefusal(error) || (isUnexplained(error) && (await isHalt(request, payment)))) return false;
      throw error;
    }
  };
  const count = (answers: readonly Answer<boolean>[], verdict: boolean): number =>
    answers.filter((answer) => 'result' in answer && answer.result === verdict).length;

  return nodes.read<boolean, boolean>({
    ...{ method: 'eth_call', need: nodes.quorum, attempt },
    decide(answers) {
      const verdict = [true, false].find((one) => count(answers, one) >= nodes.quorum);
      return verdict === undefined ? undefined : { value: verdict };
    },
    otherwise(answers) {
      const [yes, no] = [count(answers, true), count(answers, false)];
      throw new DisagreementError(nodes.name, `paying ${recipient}`, yes + no, Math.max(yes, no), nodes.quorum);
    },
  });
}

/**
 * Whether it is the payment that fails, and not the node: at one block it fails without a reason again, while the same node
 * tells the bridge's balance of the same token.
 */
async function isHalt(request: Request, payment: { readonly from: Address; readonly to: Address }): Promise<boolean> {
  const data = encodeFunctionData({ abi: erc20Abi, functionName: 'balanceOf', args: [payment.from] });
  try {
    const at = asHex(await request('eth_blockNumber', []));
    const [again, balance] = await Promise.allSettled([
      request<unknown>('eth_call', [payment, at]),
      request<unknown>('eth_call', [{ to: payment.to, data }, at]),
    ]);
    if (again.status === 'fulfilled' || balance.status === 'rejected') return false;
    return isUnexplained(again.reason) && size(asHex(balance.value)) === 32;
  } catch {
    return false;
  }
}

/** As the bridge sees the answer of a token: exactly `true`. */
const isSuccess = (answer: Hex): boolean => answer.length >= 66 && BigInt(answer.slice(0, 66)) === 1n;
