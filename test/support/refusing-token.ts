import { type Address, type Hex, concat, size, toFunctionSelector } from 'viem';

import { call } from '../../relayer/cli/devnet/anvil.ts';

/** Where a token's own code waits meanwhile. */
const asideOf = (token: Address): Address => `0xfefefefe${token.slice(10)}`;

/**
 * Makes a token on an anvil chain refuse (revert) to transfer to one recipient, as blocklists do; all else of it goes on.
 * Answers what undoes it.
 */
export const refuseTransfers = (rpcUrl: string, token: Address, recipient: Address): Promise<() => Promise<void>> =>
  refuse(rpcUrl, token, 'transfer(address,uint256)', recipient);

/** Makes a token one without ERC-2612, as most are. Answers what undoes it. */
export const refusePermits = (rpcUrl: string, token: Address): Promise<() => Promise<void>> =>
  refuse(rpcUrl, token, 'DOMAIN_SEPARATOR()');

async function refuse(
  rpcUrl: string,
  token: Address,
  signature: string,
  argument?: Address,
): Promise<() => Promise<void>> {
  const code = (await call(rpcUrl, 'eth_getCode', token, 'latest')) as Hex;
  const setCode = async (address: Address, to: Hex) => {
    await call(rpcUrl, 'anvil_setCode', address, to);
    // Readings are of blocks.
    await call(rpcUrl, 'evm_mine');
  };
  await setCode(asideOf(token), code);
  await setCode(token, refusing(asideOf(token), signature, argument));
  return () => setCode(token, code);
}

/** EVM code: `if (selector == that of signature && (no argument is named || argument 0 == it)) revert; delegate the rest`. */
function refusing(aside: Address, signature: string, argument: Address | undefined): Hex {
  const condition = concat([
    // calldata[0:4] == selector
    ...(['0x5f3560e01c63', toFunctionSelector(signature), '0x14'] as const),
    // && calldata[4:36] == argument
    ...(argument === undefined ? [] : (['0x60043573', argument, '0x1416'] as const)),
  ]);
  /** With the three bytes of the jump. */
  const start = size(condition) + 3;
  const at = (place: number): Hex => `0x60${(start + place).toString(16).padStart(2, '0')}57`;
  return concat([
    ...[condition, at(45)],
    // delegatecall(gas, aside, all of calldata)
    ...(['0x365f5f375f5f365f73', aside, '0x5af4'] as const),
    // Its answer, or its revert.
    ...(['0x3d5f5f3e', at(41), '0x3d5ffd5b3d5ff3'] as const),
    '0x5b5f5ffd',
  ]);
}
