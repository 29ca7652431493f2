// Connects the examples to the bridge of the running devnet. For another bridge, enter its addresses and URLs here.
import { readFileSync } from 'node:fs';

import { type Address, type Chain, type Hex, createPublicClient, createWalletClient, defineChain } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

import { type BridgeClient, jsonRpc } from 'pegway/sdk';

interface Devnet {
  readonly main: { readonly chainId: number; readonly rpcUrl: string; readonly bridge: Address };
  readonly product: Devnet['main'];
  readonly holders: readonly { readonly privateKey: Hex }[];
}

const chainOf = ({ chainId, rpcUrl }: Devnet['main'], isFree: boolean): Chain =>
  defineChain({
    id: chainId,
    name: `chain ${chainId}`,
    nativeCurrency: { name: 'coin', symbol: 'COIN', decimals: 18 },
    rpcUrls: { default: { http: [rpcUrl] } },
    // The devnet's product chain has no fees, and its node rejects a tip.
    ...(isFree
      ? { fees: { estimateFeesPerGas: () => Promise.resolve({ maxFeePerGas: 0n, maxPriorityFeePerGas: 0n }) } }
      : {}),
  });

/** Both sides of the bridge, and a holder with tokens. */
export function connect(): { main: BridgeClient; product: BridgeClient; holder: Address } {
  const file = process.argv[2] ?? '.pegway/devnet.json';
  const devnet = JSON.parse(readFileSync(file, 'utf8')) as Devnet;
  const [key] = devnet.holders;
  if (key === undefined) throw new Error(`${file} has no holder`);
  const account = privateKeyToAccount(key.privateKey);
  const clientOf = (side: 'main' | 'product'): BridgeClient => {
    const chain = chainOf(devnet[side], side === 'product');
    // This node fills in a tip, and then rejects it on a chain without fees.
    const transport = jsonRpc(devnet[side].rpcUrl, { exclude: ['eth_fillTransaction'] });
    return {
      bridge: devnet[side].bridge,
      reader: createPublicClient({ chain, transport, pollingInterval: 200 }),
      writer: createWalletClient({ chain, transport, account }),
    };
  };
  return { main: clientOf('main'), product: clientOf('product'), holder: account.address };
}
