import type { Address, PublicClient } from 'viem';

import { type TokenInfo, readTokenInfo, readTokenText } from '../../sdk/index.ts';

/** A token's own metadata. */
export interface Token extends TokenInfo {
  readonly name: string;
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
  const [name, info] = await Promise.all([readTokenText(reader, address, 'name'), readTokenInfo(reader, address)]);
  return { ...info, name: plain(name ?? info.symbol, 40), symbol: plain(info.symbol, 16) };
}

/**
 * SECURITY: sanitizes untrusted text: bounded, on one line, and without characters that reorder the surrounding text.
 */
export const plain = (text: string, longest: number): string =>
  Array.from(text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/gu, ''))
    .slice(0, longest)
    .join('') || '?';
