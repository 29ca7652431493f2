import type { Address } from 'viem';

import { call } from '../../relayer/cli/devnet/anvil.ts';
import { compileMock } from './compile.ts';

/**
 * Makes a token on an anvil chain one of the old kind: no permit, an allowance changes only from or to zero, nothing is
 * returned. Balances and allowances are where they were: both are OpenZeppelin's ERC-20. Answers what undoes it.
 */
export async function makeOld(rpcUrl: string, token: Address): Promise<() => Promise<void>> {
  const before = await call(rpcUrl, 'eth_getCode', token, 'latest');
  const setCode = async (code: unknown) => {
    await call(rpcUrl, 'anvil_setCode', token, code);
    // Readings are of blocks.
    await call(rpcUrl, 'evm_mine');
  };
  await setCode(compileMock('OldToken').code);
  return () => setCode(before);
}
