import type { Side } from '../../protocol/lane.ts';
import type { Peg } from '../../protocol/peg.ts';
import type { ChainClient } from '../../relayer/chain/chain-client.ts';
import type { TokenName } from '../inspect/format.ts';
import { nameOf } from '../inspect/token-name.ts';

/** The units in which mistakes state amounts of each side. */
export type PegTokens = Readonly<Record<Side, Pick<TokenName, 'symbol' | 'decimals'>>>;

/** For programs, and for the JSON output. */
export const BASE_UNIT_TOKENS: PegTokens = {
  main: { symbol: 'main base units', decimals: 0 },
  product: { symbol: 'product base units', decimals: 0 },
};

/** Symbols and decimals read from both chains. */
export async function readPegTokens(
  chains: Readonly<Record<Side, Pick<ChainClient, 'nodes'>>>,
  { mainToken, productToken }: Peg,
): Promise<PegTokens> {
  const [main, product] = await Promise.all([nameOf(chains.main, mainToken), nameOf(chains.product, productToken)]);
  return { main, product };
}
