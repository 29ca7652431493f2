import { type Hex, encodeDeployData, parseAbi, parseUnits } from 'viem';

import artifacts from '../../chain/artifacts.json' with { type: 'json' };
import { MAXIMUM_AMOUNT } from '../../transfer/peg.ts';
import { type Clients, type PegPlan, at, deployCode } from '../deploy/pair.ts';

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

export async function deployMainTokens(clients: Clients): Promise<DevnetPeg[]> {
  const account = clients.writer.account;
  if (account === undefined) throw new TypeError('a deployer needs an account');
  const first = await clients.reader.getTransactionCount({ address: account.address });
  const addresses = await Promise.all(
    mainTokens.map(({ name, symbol, decimals }, index) => {
      const bytecode = artifacts.contracts.DemoToken.bytecode as Hex;
      const data = encodeDeployData({ abi: demoTokenAbi, bytecode, args: [name, symbol, decimals] });
      return deployCode(clients, data, first + index);
    }),
  );
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
