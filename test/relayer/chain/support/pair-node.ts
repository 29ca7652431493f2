import { type Address, encodeFunctionResult, numberToHex, toFunctionSelector } from 'viem';

import { mainBridgeAbi } from '../../../../protocol/abi.ts';
import type { Says } from './node.ts';

/** A node of a chain with bridges that name their counterparts; it answers nothing else. */
export const pairNode =
  (chainId: number, other: (bridge: Address) => { readonly chainId: number; readonly bridge: Address }): Says =>
  (method, params) => {
    if (method === 'eth_chainId') return numberToHex(chainId);
    if (method === 'eth_getCode') return '0x60';
    const [{ to, data }] = params as [{ to: Address; data: string }];
    const { chainId: remoteChainId, bridge } = other(to);
    return data.startsWith(toFunctionSelector('remoteChainId()'))
      ? encodeFunctionResult({ abi: mainBridgeAbi, functionName: 'remoteChainId', result: BigInt(remoteChainId) })
      : encodeFunctionResult({ abi: mainBridgeAbi, functionName: 'remoteBridge', result: bridge });
  };
