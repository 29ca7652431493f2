import { type Address, type Hex, concat, toFunctionSelector } from 'viem';

import { call } from '../../cli/devnet/anvil.ts';

/** Where a token's own code waits meanwhile. */
const asideOf = (token: Address): Address => `0xfefefefe${token.slice(10)}`;

/**
 * Makes a token on an anvil chain refuse (revert) to transfer to one recipient, as blocklists do; all else of it goes on.
 * Answers what undoes it.
 */
export async function refuseTransfers(
  rpcUrl: string,
  token: Address,
  recipient: Address,
): Promise<() => Promise<void>> {
  const code = (await call(rpcUrl, 'eth_getCode', token, 'latest')) as Hex;
  const setCode = async (address: Address, to: Hex) => {
    await call(rpcUrl, 'anvil_setCode', address, to);
    // Readings are of blocks.
    await call(rpcUrl, 'evm_mine');
  };
  await setCode(asideOf(token), code);
  await setCode(token, refusing(asideOf(token), recipient));
  return () => setCode(token, code);
}

/** EVM code: `if (selector == transfer && argument 0 == recipient) revert; delegate everything else`. */
const refusing = (aside: Address, recipient: Address): Hex =>
  concat([
    // calldata[0:4] == transfer
    ...(['0x5f3560e01c63', toFunctionSelector('transfer(address,uint256)'), '0x14'] as const),
    // && calldata[4:36] == recipient: jump to 0x55
    ...(['0x60043573', recipient, '0x1416605557'] as const),
    // delegatecall(gas, aside, all of calldata)
    ...(['0x365f5f375f5f365f73', aside, '0x5af4'] as const),
    // Its answer (jump to 0x51), or its revert.
    '0x3d5f5f3e6051573d5ffd5b3d5ff3',
    '0x5b5f5ffd',
  ]);
