import { type Address, type Hex, encodeFunctionData, erc20Abi, numberToHex } from 'viem';

import { COIN, type Peg } from '../../protocol/peg.ts';
import type { BridgeAt } from './bridge-contract.ts';
import type { Answer, Request } from './quorum-read.ts';
import { isRefusal, isUnexplained } from './revert.ts';
import { DisagreementError, asHex } from './rpc-quorum.ts';

/** Intrinsic gas of a call with 68 bytes of data, all counted as non-zero: EIP-2028. */
const INTRINSIC_GAS = 21_000 + 68 * 16;
/** Intrinsic gas of a plain coin payment, plus the 2,300 gas stipend of a call with value. */
const COIN_INTRINSIC_GAS = 21_000 + 2_300;

/** The bridge's payment as a node call, and a request for the bridge's balance. */
interface Simulation {
  readonly payment: { readonly from: Address; readonly to: Address; readonly gas: Hex } & Readonly<Record<string, Hex>>;
  readonly balance: { readonly method: string; readonly target: unknown };
}

const payCoins = (bridge: Address, gasCap: number, recipient: Address, amount: bigint): Simulation => ({
  payment: { from: bridge, to: recipient, gas: numberToHex(gasCap + COIN_INTRINSIC_GAS), value: numberToHex(amount) },
  balance: { method: 'eth_getBalance', target: bridge },
});

function payTokens(bridge: Address, peg: Paying, recipient: Address, amount: bigint): Simulation {
  const { mainToken: to, gasCap } = peg;
  const data = encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args: [recipient, amount] });
  const balanceOf = encodeFunctionData({ abi: erc20Abi, functionName: 'balanceOf', args: [bridge] });
  return {
    payment: { from: bridge, to, gas: numberToHex(gasCap + INTRINSIC_GAS), data },
    balance: { method: 'eth_call', target: { to, data: balanceOf } },
  };
}

type Paying = Pick<Peg, 'mainToken' | 'gasCap'>;

/**
 * True if the main token would pay this recipient from the bridge now, with the bridge's gas limit. Simulated at the
 * newest block by a quorum of nodes.
 * @throws {DisagreementError} when too few nodes agree.
 */
export async function simulatePayout(
  { address, nodes }: BridgeAt,
  peg: Paying,
  { recipient, amount }: { readonly recipient: Address; readonly amount: bigint },
): Promise<boolean> {
  const isCoin = peg.mainToken === COIN;
  const simulation = isCoin
    ? payCoins(address, peg.gasCap, recipient, amount)
    : payTokens(address, peg, recipient, amount);
  /** One node's complete verdict. */
  const attempt = async (request: Request): Promise<boolean> => {
    try {
      const result = asHex(await request('eth_call', [simulation.payment, 'latest']));
      // A recipient of coins may return any data.
      if (isCoin) return true;
      if (result === '0x') return (await request('eth_getCode', [peg.mainToken, 'latest'])) !== '0x';
      return isSuccess(result);
    } catch (error) {
      if (isRefusal(error) || (isUnexplained(error) && (await isHalt(request, simulation)))) return false;
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
 * Distinguishes a failing payment from a failing node: at one block the payment fails again without a reason, while the
 * same node returns the bridge's balance of that token.
 */
async function isHalt(request: Request, { payment, balance }: Simulation): Promise<boolean> {
  try {
    const at = asHex(await request('eth_blockNumber', []));
    const [again, held] = await Promise.allSettled([
      request<unknown>('eth_call', [payment, at]),
      request<unknown>(balance.method, [balance.target, at]),
    ]);
    if (again.status === 'fulfilled' || held.status === 'rejected' || asHex(held.value) === '0x') return false;
    return isUnexplained(again.reason);
  } catch {
    return false;
  }
}

/** The bridge's own success rule for token calls: exactly `true`. */
const isSuccess = (answer: Hex): boolean => answer.length >= 66 && BigInt(answer.slice(0, 66)) === 1n;
