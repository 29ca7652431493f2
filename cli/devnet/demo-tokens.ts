import { type Address, encodeDeployData, getContractAddress, parseAbi } from 'viem';

import { COIN } from '../../protocol/peg.ts';
import type { Signer } from '../../relayer/keys/signer.ts';
import { readerOf } from '../deploy/chain-clients.ts';
import { bytecodeOf } from '../deploy/creation.ts';
import type { DeploymentFile } from '../deploy/deployment-file.ts';
import { createContract } from '../deploy/create-contract.ts';
import type { Chain } from './anvil.ts';

/** The devnet's demonstration token mints for everyone. */
export const demoTokenAbi = parseAbi([
  'constructor(string name, string symbol, uint8 decimals)',
  'function mint(address recipient, uint256 amount)',
]);

export interface MainToken {
  readonly address: Address;
  readonly symbol: string;
  readonly decimals: number;
}

const mainTokens = [
  { name: 'Siment', symbol: 'SMENT', decimals: 18 },
  { name: 'Gold', symbol: 'GOLD', decimals: 6 },
] as const;

type FilePeg = DeploymentFile['bridges'][string]['pegs'][number];

/** The whitepaper's tokens, and a 1:10 peg between tokens of different decimals. */
const pegs = [
  { locks: 'SMENT', name: 'Boat', symbol: 'BOAT', rate: '1' },
  { locks: 'SMENT', name: 'Sound', symbol: 'SNSD', rate: '2' },
  { locks: 'GOLD', name: 'Gram', symbol: 'GRAM', rate: '10' },
] as const;

const unlimited = { gasCap: 300_000, withdrawLimit: 'unlimited', mintLimit: 'unlimited' } as const;

/** The peg that takes fees, in a devnet with fees. */
const FEE_PEG = 'GRAM';

const feeOf = (maximumFlat: string, flat: string | undefined) =>
  flat === undefined ? { maximumFlat } : { maximumFlat, flat, basisPoints: 10, departMinimum: flat };

const pegOf = (
  mainToken: FilePeg['mainToken'],
  name: string,
  symbol: string,
  rate: string,
  withFee = false,
): FilePeg => ({
  mainToken,
  productToken: { name, symbol, decimals: 18 },
  rate: { main: '1', product: rate },
  minimumDeposit: '0.01',
  // As much as the smallest deposit becomes.
  minimumRedeem: String(Number(rate) / 100),
  ...unlimited,
  depositFee: feeOf('1', withFee ? '0.02' : undefined),
  redeemFee: feeOf(rate, withFee ? String(Number(rate) / 50) : undefined),
});

/** One main token each, deployed on the main chain. */
export async function deployMainTokens({ rpcUrl, chainId }: Chain, signer: Signer): Promise<MainToken[]> {
  const reader = readerOf(rpcUrl, chainId);
  const tokens: MainToken[] = [];
  for (const { name, symbol, decimals } of mainTokens) {
    const bytecode = bytecodeOf('DemoToken');
    const data = encodeDeployData({ abi: demoTokenAbi, bytecode, args: [name, symbol, decimals] });
    const nonce = await reader.getTransactionCount({ address: signer.address });
    const address = getContractAddress({ from: signer.address, nonce: BigInt(nonce) });
    await createContract({ address, data, nonce }, { reader, chainId, signer });
    tokens.push({ address, symbol, decimals });
  }
  return tokens;
}

/** Pegs of a devnet beyond the plain ones; both default to false. */
export interface PegOptions {
  /** One peg takes a fee on both sides. */
  readonly fees?: boolean | undefined;
  /** One more peg locks the main chain's coin. */
  readonly coin?: boolean | undefined;
}

/** The devnet's pegs over these main tokens. */
export const pegsOver = (tokens: readonly MainToken[], { fees = false, coin = false }: PegOptions = {}): FilePeg[] => {
  const overTokens = pegs.map(({ locks, name, symbol, rate }) => {
    const token = tokens.find((one) => one.symbol === locks);
    if (token === undefined) throw new RangeError(`no main token ${locks}`);
    const { address, decimals } = token;
    return pegOf({ address, decimals }, name, symbol, rate, fees && symbol === FEE_PEG);
  });
  return coin ? [...overTokens, coinPeg] : overTokens;
};

const coinPeg: FilePeg = { ...pegOf({ address: COIN, decimals: 18 }, 'Tide', 'TIDE', '1'), gasCap: 100_000 };

/** A bridge further out: it locks what another bridge mints. */
export const pegsBehind = (bridge: string): FilePeg[] => [pegOf({ bridge, peg: 'BOAT' }, 'Raft', 'RAFT', '1')];
