import {
  type Address,
  type Hash,
  type Hex,
  type PublicClient,
  decodeFunctionData,
  isAddressEqual,
  keccak256,
} from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import { type RpcHeader, encodeHeader } from '../../protocol/proof/header.ts';
import { toHex } from '../../protocol/proof/hex.ts';
import type { Output } from '../output.ts';
import { readEvents } from '../../sdk/exits/logs.ts';
import type { OpenExits } from './open-exits.ts';
import type { ExitStatus } from '../../sdk/read-exits.ts';

/** A batch of withdrawals as it was sent, with the header of its source block. */
export interface AttestedBatch {
  readonly productToken: Address;
  readonly firstNonce: bigint;
  readonly transfers: Hex;
  readonly signatures: Hex;
  readonly header: Hex;
  /** Height of the source block. */
  readonly number: bigint;
}

const DAY = 86_400n;

/**
 * Batches that were executed since the last anchor, with source blocks after block B, the newest first. From the calls of the
 * bridge themselves: they carry signatures and source block.
 */
export async function newestAttested(
  exits: OpenExits,
  { anchor, settlement }: Pick<ExitStatus, 'anchor' | 'settlement'>,
  output: Output,
): Promise<AttestedBatch[]> {
  const { product } = exits;
  const { reader: main, bridge, logRange } = exits.main;
  // A batch is never executed before its block is anchored by more than clocks differ.
  const from = await blockAtTime(main, anchor.attestedAt - DAY);
  const to = await main.getBlockNumber({ cacheTime: 0 });
  const range = { reader: main, address: bridge, from, to, logRange };
  const executions = await readEvents(range, mainBridgeAbi, 'TransfersExecuted');

  const batches = new Map<Hash, AttestedBatch>();
  for (const hash of new Set(executions.map(({ transactionHash }) => transactionHash))) {
    const { input, to: called } = await main.getTransaction({ hash });
    if (called === null || !isAddressEqual(called, bridge)) {
      output.say(`${hash} withdrew through another contract: its batch is not read`);
      continue;
    }
    const { functionName, args } = decodeFunctionData({ abi: mainBridgeAbi, data: input });
    if (functionName !== 'withdraw' && functionName !== 'withdrawGuarded') continue;
    const [productToken, firstNonce, transfers, signatures, sourceBlock] = args;
    const request = product.reader.request as (call: { method: string; params: unknown[] }) => Promise<unknown>;
    const block = (await request({ method: 'eth_getBlockByHash', params: [sourceBlock, false] })) as RpcHeader | null;
    if (block === null) {
      output.say(`${hash}: the node of the product chain has no block ${sourceBlock}`);
      continue;
    }
    const header = toHex(encodeHeader(block, exits.config.product.headerRule));
    if (keccak256(header) !== sourceBlock || BigInt(block.number) <= settlement.number) continue;
    batches.set(hash, { productToken, firstNonce, transfers, signatures, header, number: BigInt(block.number) });
  }
  return [...batches.values()].sort((a, b) => (a.number < b.number ? 1 : -1));
}

/** The first block at or after a time, by bisection. */
async function blockAtTime(reader: PublicClient, time: bigint): Promise<bigint> {
  let [low, high] = [0n, await reader.getBlockNumber({ cacheTime: 0 })];
  while (low < high) {
    const middle = (low + high) / 2n;
    const { timestamp } = await reader.getBlock({ blockNumber: middle });
    if (timestamp < time) low = middle + 1n;
    else high = middle;
  }
  return low;
}
