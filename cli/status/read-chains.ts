import { type Address, type Hex, decodeFunctionResult, encodeFunctionData, numberToHex } from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import { messageOf } from '../../protocol/errors.ts';
import { type Side, sides } from '../../protocol/lane.ts';
import { openEndpoint } from '../../relayer/chain/json-rpc-endpoint.ts';
import { type Config, type SideConfig, rpcUrlOf } from '../../relayer/config.ts';

/** The newest block of a chain at one node; times in seconds since the epoch, by the chain's clock. */
export interface NodeView {
  /** Position in the configuration and host. */
  readonly node: string;
  /** Why it does not answer. */
  readonly error?: string;
  readonly block?: bigint;
  readonly at?: bigint;
  /** Mean time between the last blocks. */
  readonly blockSeconds?: number;
  /** End of the bridge's pause, as of that block; 0 when the bridge is not paused. */
  readonly pausedUntil?: bigint;
}

/** The chains of one bridge, at each configured node. */
export type ChainViews = Readonly<Record<Side, readonly NodeView[]>>;

const TIMEOUT_SECONDS = 3;
const SAMPLED_BLOCKS = 20n;

/** A quick chain without a block for less than this is not reported. */
const LEAST_HANG_SECONDS = 60;
const HANG_INTERVALS = 10;

/** True for a chain that has had no block for ten times its interval, and for at least a minute. */
export const isHung = ({ at, blockSeconds = 0 }: NodeView, now: number): boolean =>
  at !== undefined && now - Number(at) > Math.max(LEAST_HANG_SECONDS, HANG_INTERVALS * blockSeconds);

/** One node, asked once for all bridges on its chain. */
interface SharedNode {
  readonly url: string;
  readonly index: number;
  readonly bridges: Set<Address>;
}

/** Reads the newest block, and the pause of each bridge, at every configured node. Never rejects. In the order of `configs`. */
export async function readChains(configs: readonly Config[]): Promise<ChainViews[]> {
  const nodes = new Map<string, SharedNode>();
  const keyOf = ({ chainId }: SideConfig, url: string) => `${chainId} ${url}`;
  for (const config of configs) {
    for (const side of sides) {
      for (const [index, node] of config[side].rpcUrls.entries()) {
        const url = rpcUrlOf(node);
        const key = keyOf(config[side], url);
        const shared = nodes.get(key) ?? { url, index, bridges: new Set() };
        shared.bridges.add(config[side].bridge);
        nodes.set(key, shared);
      }
    }
  }
  const read = new Map(await Promise.all([...nodes].map(async ([key, node]) => [key, await readNode(node)] as const)));
  const viewsOf = (side: SideConfig): NodeView[] =>
    side.rpcUrls.flatMap((node) => read.get(keyOf(side, rpcUrlOf(node)))?.(side.bridge) ?? []);
  return configs.map(({ main, product }) => ({ main: viewsOf(main), product: viewsOf(product) }));
}

interface Header {
  readonly number: Hex;
  readonly timestamp: Hex;
}

/** @returns The view of each bridge. */
async function readNode({ url, index, bridges }: SharedNode): Promise<(bridge: Address) => NodeView> {
  await using endpoint = openEndpoint({ url, index, timeoutSeconds: TIMEOUT_SECONDS });
  const node = endpoint.name;
  const call = { abi: mainBridgeAbi, functionName: 'pausedUntil' } as const;
  const data = encodeFunctionData(call);
  try {
    // Requests of one tick travel together.
    const reading = [...bridges].map(async (to) => {
      const result = await endpoint.request<Hex>('eth_call', [{ to, data }, 'latest']);
      return [to, decodeFunctionResult({ ...call, data: result })] as const;
    });
    const [head, ...pauses] = await Promise.all([
      endpoint.request<Header>('eth_getBlockByNumber', ['latest', false]),
      ...reading,
    ]);
    const pausedUntil = new Map(pauses);
    const [block, at] = [BigInt(head.number), BigInt(head.timestamp)];
    const blockSeconds = await intervalBefore(block, at, (height) =>
      endpoint.request<Header | null>('eth_getBlockByNumber', [numberToHex(height), false]),
    );
    return (bridge) => {
      const until = pausedUntil.get(bridge) ?? 0n;
      return { ...{ node, block, at }, ...blockSeconds, pausedUntil: until > at ? until : 0n };
    };
  } catch (error) {
    return () => ({ node, error: messageOf(error) });
  }
}

async function intervalBefore(
  block: bigint,
  at: bigint,
  headerAt: (height: bigint) => Promise<Header | null>,
): Promise<Pick<NodeView, 'blockSeconds'>> {
  const count = block < SAMPLED_BLOCKS ? block : SAMPLED_BLOCKS;
  const before = count === 0n ? null : await headerAt(block - count);
  return before === null ? {} : { blockSeconds: Number(at - BigInt(before.timestamp)) / Number(count) };
}
