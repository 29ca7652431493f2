import { type Account, type Address, type Chain, type Hex, type Transport, type WalletClient } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

import type { BridgeClient } from '../../sdk/index.ts';
import { clientsOf } from '../deploy/chain-clients.ts';
import type { DevnetFile } from './start.ts';

/** A holder with both chains at hand. */
export interface Holder {
  readonly address: Address;
  readonly main: BridgeClient;
  readonly product: BridgeClient;
}

export function holderOf(file: Pick<DevnetFile, 'main' | 'product'>, privateKey: Hex): Holder {
  const account = privateKeyToAccount(privateKey);
  const client = ({ chainId, rpcUrl, bridge }: DevnetFile['main']): BridgeClient => {
    const { reader, writer } = clientsOf({ chainId, rpcUrl, account });
    return { bridge, reader, writer: writer as WalletClient<Transport, Chain, Account> };
  };
  return { address: account.address, main: client(file.main), product: client(file.product) };
}
