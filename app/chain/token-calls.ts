import { type Address, type PublicClient, erc20Abi } from 'viem';

/** A token's own metadata. */
export interface Token {
  readonly address: Address;
  readonly name: string;
  readonly symbol: string;
  readonly decimals: number;
}

/** Token metadata is immutable: read once per page load. */
const known = new Map<string, Promise<Token>>();

export function readToken(chainId: number, reader: PublicClient, address: Address): Promise<Token> {
  const key = `${chainId}-${address}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const asking = ask(reader, address);
  known.set(key, asking);
  asking.catch(() => known.delete(key));
  return asking;
}

async function ask(reader: PublicClient, address: Address): Promise<Token> {
  const token = { address, abi: erc20Abi } as const;
  const [name, symbol, decimals] = await Promise.all([
    reader.readContract({ ...token, functionName: 'name' }),
    reader.readContract({ ...token, functionName: 'symbol' }),
    reader.readContract({ ...token, functionName: 'decimals' }),
  ]);
  return { address, name: plain(name, 40), symbol: plain(symbol, 16), decimals };
}

/**
 * SECURITY: sanitizes untrusted text: bounded, on one line, and without characters that reorder the surrounding text.
 */
export const plain = (text: string, longest: number): string =>
  Array.from(text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu, ''))
    .slice(0, longest)
    .join('') || '?';
