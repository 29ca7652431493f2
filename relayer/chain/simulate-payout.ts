import { type Address, type Hex, encodeFunctionData, erc20Abi, numberToHex, size } from 'viem';

import type { BridgeAt } from './bridge-contract.ts';
import { type Answer, DisagreementError, asHex, readable } from './rpc-quorum.ts';
import { isRefusal, isUnexplained } from './revert.ts';
import type { Endpoint } from './json-rpc.ts';

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
  const answers = await nodes.all<unknown>('eth_call', [payment, 'latest']);
  const hasCode =
    !answers.some((answer) => 'result' in answer && answer.result === '0x') ||
    (await nodes.one<string>('eth_getCode', [mainToken, 'latest'])) !== '0x';
  const verdictOf = async (answer: Answer<unknown>): Promise<readonly boolean[]> => {
    if ('result' in answer) return readable([answer], (result) => hasCode && isSuccess(asHex(result)));
    if (isRefusal(answer.error)) return [false];
    const endpoint = nodes.endpoints.find(({ name }) => name === answer.endpoint);
    const halts = endpoint !== undefined && isUnexplained(answer.error) && (await isHalt(endpoint, payment));
    return halts ? [false] : [];
  };
  const verdicts = (await Promise.all(answers.map(verdictOf))).flat();
  for (const verdict of [true, false]) {
    if (verdicts.filter((one) => one === verdict).length >= nodes.quorum) return verdict;
  }
  const agreed = Math.max(...[true, false].map((verdict) => verdicts.filter((one) => one === verdict).length));
  throw new DisagreementError(nodes.name, `paying ${recipient}`, verdicts.length, agreed, nodes.quorum);
}

/**
 * Whether it is the payment that fails, and not the node: at one block it fails without a reason again, while the same node
 * tells the bridge's balance of the same token.
 */
async function isHalt(endpoint: Endpoint, payment: { readonly from: Address; readonly to: Address }): Promise<boolean> {
  const data = encodeFunctionData({ abi: erc20Abi, functionName: 'balanceOf', args: [payment.from] });
  try {
    const at = asHex(await endpoint.request('eth_blockNumber', []));
    const [again, balance] = await Promise.allSettled([
      endpoint.request<unknown>('eth_call', [payment, at]),
      endpoint.request<unknown>('eth_call', [{ to: payment.to, data }, at]),
    ]);
    if (again.status === 'fulfilled' || balance.status === 'rejected') return false;
    return isUnexplained(again.reason) && size(asHex(balance.value)) === 32;
  } catch {
    return false;
  }
}

/** As the bridge sees the answer of a token with code: nothing, or exactly `true`. */
const isSuccess = (answer: Hex): boolean =>
  answer === '0x' || (answer.length >= 66 && BigInt(answer.slice(0, 66)) === 1n);
