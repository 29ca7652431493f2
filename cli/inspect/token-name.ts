import { type Address, erc20Abi, isAddressEqual } from 'viem';

import { COIN } from '../../protocol/peg.ts';
import { view } from '../../relayer/chain/bridge-contract.ts';
import type { ChainClient } from '../../relayer/chain/chain-client.ts';
import { type TokenName, short } from './format.ts';

/** Symbol and decimals read from the token, COIN for the coin; its address and base units otherwise. For display only. */
export const nameOf = async (chain: Pick<ChainClient, 'nodes'>, address: Address): Promise<TokenName> =>
  (await readName(chain, address)) ?? { address, symbol: `base units of ${short(address)}`, decimals: 0 };

/** SECURITY: untrusted text; characters that could move the cursor are replaced. */
export const printableSymbol = (symbol: string): string => symbol.replace(/[^\p{L}\p{N}.$_-]/gu, '?').slice(0, 16);

/** The same; undefined where they cannot be read. */
export async function readName(
  { nodes }: Pick<ChainClient, 'nodes'>,
  address: Address,
): Promise<TokenName | undefined> {
  if (isAddressEqual(address, COIN)) return { address, symbol: 'COIN', decimals: 18 };
  try {
    const [symbol, decimals] = await Promise.all([
      view(nodes, { address, abi: erc20Abi, functionName: 'symbol' }),
      view(nodes, { address, abi: erc20Abi, functionName: 'decimals' }),
    ]);
    return { address, symbol: printableSymbol(symbol), decimals };
  } catch {
    return undefined;
  }
}
