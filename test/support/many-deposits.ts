import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import solc from 'solc';
import { type Address, type Hex, erc20Abi, parseAbi } from 'viem';

import type { BridgeClient } from '../../relayer/sdk.ts';

const FILE = 'test/contracts/mocks/ManyDeposits.sol';
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
  const { contractAddress } = await succeed(await writer.deployContract({ abi, bytecode: bytecode() }));
  const sum = Array.from({ length: count }, (_, index) => first + BigInt(index)).reduce((a, b) => a + b);
  const token = { address: mainToken, abi: erc20Abi } as const;
  await succeed(
    await writer.writeContract({ ...token, functionName: 'approve', args: [contractAddress ?? '0x', sum] }),
  );
  const args = [bridge, mainToken, productToken, recipient, first, BigInt(count)] as const;
  const call = { address: contractAddress ?? '0x', abi, functionName: 'deposit', args, gas: GAS } as const;
  await succeed(await writer.writeContract(call));
}

/** Of solc's package, which has no types of its own. */
type Compile = (input: string, callbacks: { import: (path: string) => { contents: string } }) => string;

/** As it is compiled now: what tests alone deploy is in no committed file. */
function bytecode(): Hex {
  const { resolve } = createRequire(import.meta.url);
  const input = {
    language: 'Solidity',
    sources: { [FILE]: { content: readFileSync(FILE, 'utf8') } },
    settings: { evmVersion: 'cancun', outputSelection: { '*': { ManyDeposits: ['evm.bytecode.object'] } } },
  };
  const find = (path: string) => ({ contents: readFileSync(path.startsWith('@') ? resolve(path) : path, 'utf8') });
  const output = JSON.parse((solc.compile as Compile)(JSON.stringify(input), { import: find })) as {
    contracts?: Record<string, Record<string, { evm: { bytecode: { object: string } } }>>;
    errors?: unknown;
  };
  const code = output.contracts?.[FILE]?.['ManyDeposits']?.evm.bytecode.object;
  if (code === undefined) throw new Error(`${FILE} does not compile: ${JSON.stringify(output.errors)}`);
  return `0x${code}`;
}
