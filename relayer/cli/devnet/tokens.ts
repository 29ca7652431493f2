import { type Address, encodeDeployData, getContractAddress, parseAbi, parseUnits } from 'viem';

import { MAXIMUM_AMOUNT } from '../../transfer/peg.ts';
import { readerOf } from '../deploy/clients.ts';
import { type PegPlan, at, bytecodeOf } from '../deploy/creation.ts';
import type { PairDeployer } from '../deploy/pair.ts';
import { createContract } from '../deploy/send.ts';

/** The devnet's demonstration token mints for everyone. */
export const demoTokenAbi = parseAbi([
  'constructor(string name, string symbol, uint8 decimals)',
  'function mint(address recipient, uint256 amount)',
]);

const mainTokens = [
  { name: 'Siment', symbol: 'SMENT', decimals: 18 },
  { name: 'Gold', symbol: 'GOLD', decimals: 6 },
] as const;

/** The whitepaper's tokens, and a 1:10 peg between tokens of different decimals. */
const pegs = [
  { main: 'SMENT', name: 'Boat', symbol: 'BOAT', decimals: 18, numerator: 1n, denominator: 1n },
  { main: 'SMENT', name: 'Sound', symbol: 'SNSD', decimals: 18, numerator: 2n, denominator: 1n },
  // 1 GOLD is 10 GRAM: 10^6 base units are 10 · 10^18.
  { main: 'GOLD', name: 'Gram', symbol: 'GRAM', decimals: 18, numerator: 10n * 10n ** 12n, denominator: 1n },
] as const;

export interface DevnetPeg extends PegPlan {
  readonly mainDecimals: number;
  readonly mainSymbol: string;
}

const unlimited = { capacity: MAXIMUM_AMOUNT, refillPerSecond: 0n } as const;

export async function deployMainTokens({ rpcUrl, chainId, account }: PairDeployer): Promise<DevnetPeg[]> {
  const reader = readerOf(rpcUrl, chainId);
  const addresses: Address[] = [];
  for (const { name, symbol, decimals } of mainTokens) {
    const bytecode = bytecodeOf('DemoToken');
    const data = encodeDeployData({ abi: demoTokenAbi, bytecode, args: [name, symbol, decimals] });
    const nonce = await reader.getTransactionCount({ address: account.address });
    const address = getContractAddress({ from: account.address, nonce: BigInt(nonce) });
    await createContract({ address, data, nonce }, { reader, chainId, account });
    addresses.push(address);
  }
  return pegs.map(({ main, ...peg }) => {
    const index = mainTokens.findIndex(({ symbol }) => symbol === main);
    const mainDecimals = mainTokens[index]?.decimals ?? 18;
    const minimumDeposit = parseUnits('0.01', mainDecimals);
    return {
      ...peg,
      mainToken: at(addresses, index),
      mainSymbol: main,
      mainDecimals,
      minimumDeposit,
      minimumRedeem: (minimumDeposit * peg.numerator) / peg.denominator,
      gasCap: 150_000,
      withdrawLimit: unlimited,
      mintLimit: unlimited,
    };
  });
}
