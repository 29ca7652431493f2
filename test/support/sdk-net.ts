import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Address, type Hex, type PublicClient, createPublicClient, custom, parseAbi } from 'viem';

import { startChain } from '../../cli/devnet/anvil.ts';
import { type Holder, holderOf } from '../../cli/devnet/devnet-holder.ts';
import { type PegInfo, jsonRpc, pegs } from '../../sdk/index.ts';
import { anvilKey, deployTestBridge } from './bridge.ts';

const ONE = 10n ** 18n;

/** Two chains with a bridge and a holder, without relayers: what leaves them stays under way. */
export interface SdkNet {
  readonly holder: Holder;
  /** RPC URLs. */
  readonly urls: { readonly main: string; readonly product: string };
  readonly pegs: readonly PegInfo[];
  stop(): Promise<void>;
}

export async function startSdkNet(): Promise<SdkNet> {
  const folder = mkdtempSync(join(tmpdir(), 'pegway-sdk-'));
  const start = (chainId: number) => startChain({ chainId, free: false, logFile: join(folder, `${chainId}.log`) });
  const chains = { main: await start(31_337), product: await start(31_338) };
  const { mainBridge, productBridge } = await deployTestBridge(chains);
  const holder = holderOf(
    { main: { ...chains.main, bridge: mainBridge }, product: { ...chains.product, bridge: productBridge } },
    anvilKey,
  );
  const found = await pegs(holder);
  for (const { mainToken, main } of found) await mint(holder, mainToken, 1_000n * 10n ** BigInt(main.decimals));
  return {
    holder,
    urls: { main: chains.main.rpcUrl, product: chains.product.rpcUrl },
    pegs: found,
    async stop() {
      await Promise.all([chains.main.stop(), chains.product.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function mint({ address, main: { reader, writer } }: Holder, token: Address, amount: bigint): Promise<void> {
  const abi = parseAbi(['function mint(address to, uint256 amount)']);
  const hash = await writer.writeContract({ address: token, abi, functionName: 'mint', args: [address, amount] });
  await reader.waitForTransactionReceipt({ hash });
}

export interface NodeRequest {
  readonly method: string;
  readonly params?: readonly unknown[] | undefined;
}

/**
 * A reader with a node that answers as the test decides.
 * @param answer its result replaces the node's, unless it calls `node`.
 */
export function readerVia(
  url: string,
  answer: (request: NodeRequest, node: (request: NodeRequest) => Promise<unknown>) => Promise<unknown>,
): PublicClient {
  const { request } = jsonRpc(url)({});
  const node = (one: NodeRequest) => request(one as Parameters<typeof request>[0]);
  return createPublicClient({
    transport: custom({ request: (one: NodeRequest) => answer(one, node) }, { retryCount: 0 }),
  });
}

export const oneOf = ({ main }: PegInfo): bigint => ONE / 10n ** BigInt(18 - main.decimals);

export const unknownHash: Hex = `0x${'5a'.repeat(32)}`;
