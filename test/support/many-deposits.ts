import { type Address, type Hex, erc20Abi, parseAbi } from 'viem';

import type { BridgeClient } from '../../sdk/index.ts';
import { compileMock } from './compile.ts';

const abi = parseAbi([
  'function deposit(address bridge, address token, address productToken, address recipient, uint256 first, uint256 count)',
]);

/** Gas for a hundred deposits and more. */
const GAS = 15_000_000n;

export interface ManyDeposits {
  readonly mainToken: Address;
  readonly productToken: Address;
  readonly recipient: Address;
  /** The smallest of the amounts, in main base units; each is one more than the one before. */
  readonly first: bigint;
  readonly count: number;
}

/** A holder that is a contract makes so many deposits in one transaction. */
export async function depositManyAtOnce(client: BridgeClient, deposits: ManyDeposits): Promise<void> {
  const { reader, writer, bridge } = client;
  const { mainToken, productToken, recipient, first, count } = deposits;
  const succeed = async (hash: Hex) => {
    const receipt = await reader.waitForTransactionReceipt({ hash });
    if (receipt.status !== 'success') throw new Error(`the transaction ${hash} reverted`);
    return receipt;
  };
  const { contractAddress } = await succeed(
    await writer.deployContract({ abi, bytecode: compileMock('ManyDeposits').bytecode }),
  );
  const sum = Array.from({ length: count }, (_, index) => first + BigInt(index)).reduce((a, b) => a + b);
  const token = { address: mainToken, abi: erc20Abi } as const;
  await succeed(
    await writer.writeContract({ ...token, functionName: 'approve', args: [contractAddress ?? '0x', sum] }),
  );
  const args = [bridge, mainToken, productToken, recipient, first, BigInt(count)] as const;
  const call = { address: contractAddress ?? '0x', abi, functionName: 'deposit', args, gas: GAS } as const;
  await succeed(await writer.writeContract(call));
}
