import { type Abi, BaseError, type Address, ContractFunctionRevertedError, type Hex } from 'viem';

import { exitsAbi, mainBridgeAbi } from '../../protocol/abi.ts';
import { PegwayError } from '../../protocol/errors.ts';
import { gasLimitFor } from '../../protocol/gas-limit.ts';
import type { ExitCall } from '../../sdk/exits/calls.ts';
import type { Output } from '../output.ts';
import type { Claimant, OpenExits } from './open-exits.ts';

/** `Exits` passes on what the bridge refuses. */
const abi: Abi = [...exitsAbi, ...mainBridgeAbi.filter(({ type }) => type === 'error')];

/** With its name, for people: `announce the exits`. */
export interface NamedCall extends ExitCall {
  readonly what: string;
}

/** The error's name when the contract refuses; any other error is thrown. */
export function refusalOf(error: unknown): string {
  const reverted = error instanceof BaseError && error.walk((one) => one instanceof ContractFunctionRevertedError);
  if (reverted instanceof ContractFunctionRevertedError) return reverted.data?.errorName ?? reverted.shortMessage;
  throw error;
}

/**
 * Simulates a call of `Exits`, sends it and waits for its block.
 * @returns The simulated result.
 * @throws The error of viem when the contract would refuse it; nothing was sent then.
 */
export async function sendExitCall(
  { main, exits }: Pick<OpenExits, 'main' | 'exits'>,
  { account, writer }: Claimant,
  { what, functionName, args }: NamedCall,
  output: Output,
): Promise<{ readonly hash: Hex; readonly result: unknown }> {
  const call = { address: exits satisfies Address, abi, functionName, args, account };
  const { result } = await main.reader.simulateContract(call);
  const gas = gasLimitFor(await main.reader.estimateContractGas(call));
  const hash = await writer.writeContract({ ...call, chain: writer.chain ?? null, gas });
  output.say(`${what}: sent as ${hash}`);
  const { status, blockNumber } = await main.reader.waitForTransactionReceipt({ hash });
  if (status === 'success') return { hash, result };
  throw new PegwayError(`${what}: the transaction reverted in block ${blockNumber}: ${hash}`, {
    hint: 'another account was first, perhaps; run the same command again',
  });
}
