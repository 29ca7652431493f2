import { type Address, encodeFunctionData, erc20Abi, numberToHex } from 'viem';

import type { BridgeAt } from './bridge.ts';
import { DisagreementError } from './nodes.ts';
import { isRefusal } from './refusal.ts';

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
  const gas = numberToHex(gasCap + INTRINSIC_GAS);
  const answers = await nodes.all<string>('eth_call', [{ from: address, to: mainToken, gas, data }, 'latest']);
  const hasCode =
    !answers.some((answer) => 'result' in answer && answer.result === '0x') ||
    (await nodes.one<string>('eth_getCode', [mainToken, 'latest'])) !== '0x';
  const verdicts = answers.flatMap((answer) => {
    if ('result' in answer) return [hasCode && isSuccess(answer.result)];
    return isRefusal(answer.error) ? [false] : [];
  });
  for (const verdict of [true, false]) {
    if (verdicts.filter((one) => one === verdict).length >= nodes.quorum) return verdict;
  }
  const agreed = Math.max(...[true, false].map((verdict) => verdicts.filter((one) => one === verdict).length));
  throw new DisagreementError(nodes.name, `paying ${recipient}`, verdicts.length, agreed, nodes.quorum);
}

/** As the bridge sees the answer of a token with code: nothing, or exactly `true`. */
const isSuccess = (answer: string): boolean =>
  answer === '0x' || (answer.length >= 66 && BigInt(answer.slice(0, 66)) === 1n);
