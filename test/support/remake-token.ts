import type { Address } from 'viem';

import { call } from '../../cli/devnet/anvil.ts';
import { compileMock } from './compile.ts';

/**
 * Makes a token on an anvil chain another one, of test/contracts/mocks. Balances and allowances are where they were: all are
 * OpenZeppelin's ERC-20. Answers what undoes it.
 */
export async function remakeToken(
  rpcUrl: string,
  token: Address,
  mock: 'OldToken' | 'OtherPermitToken' | 'DaiToken' | 'BareToken' | 'MakerToken',
): Promise<() => Promise<void>> {
  const before = await call(rpcUrl, 'eth_getCode', token, 'latest');
  const setCode = async (code: unknown) => {
    await call(rpcUrl, 'anvil_setCode', token, code);
    // Readings are of blocks.
    await call(rpcUrl, 'evm_mine');
  };
  await setCode(compileMock(mock).code);
  return () => setCode(before);
}
