import { numberToHex } from 'viem';

import type { HeaderRule, RpcHeader } from '../../protocol/proof/header.ts';
import { proveLogs } from '../../protocol/proof/prove-block.ts';
import type { RpcReceipt } from '../../protocol/proof/receipts.ts';
import type { Endpoint } from '../../relayer/chain/json-rpc-endpoint.ts';
import type { ChainClient } from '../../relayer/chain/chain-client.ts';
import { PegwayError } from '../../protocol/errors.ts';
import { type Outcome, ok } from './finding.ts';

const AT_ONCE = 10;

/**
 * Recomputes header hash and receipts root of one node's newest final blocks, as the relayer will for those that hold
 * an event of the bridge.
 * @throws {ProofError} naming the first block that differs, and how.
 */
export async function recompute(
  endpoint: Endpoint,
  options: {
    readonly to: bigint;
    readonly count: bigint;
    readonly rule: HeaderRule;
    readonly chain: Pick<ChainClient, 'address'>;
  },
): Promise<Outcome> {
  const { to, count, rule, chain } = options;
  const from = to + 1n > count ? to + 1n - count : 0n;
  const numbers = Array.from({ length: Number(to - from + 1n) }, (_, index) => from + BigInt(index));
  let receipts = 0;
  let milliseconds = 0;
  for (let at = 0; at < numbers.length; at += AT_ONCE) {
    const blocks = await Promise.all(numbers.slice(at, at + AT_ONCE).map((number) => read(endpoint, number)));
    const began = performance.now();
    for (const { number, header, receipts: all } of blocks) {
      proveLogs({ expectedHash: header.hash, number, header, receipts: all, rule, address: chain.address });
      receipts += all.length;
    }
    milliseconds += performance.now() - began;
  }
  const each = milliseconds / numbers.length;
  return ok(`blocks ${from} to ${to} recomputed: ${receipts} receipts, ${each.toFixed(1)} ms a block`);
}

async function read(endpoint: Endpoint, number: bigint) {
  const header = await endpoint.request<RpcHeader | null>('eth_getBlockByNumber', [numberToHex(number), false]);
  if (header === null) throw new PegwayError(`it does not have block ${number}`, { hint: 'let the node sync' });
  const receipts = await endpoint.request<readonly RpcReceipt[] | null>('eth_getBlockReceipts', [header.hash]);
  if (receipts !== null) return { number, header, receipts };
  throw new PegwayError(`eth_getBlockReceipts returns nothing for block ${number}`, {
    hint: 'use a node that has it, or proof `witnesses` with more nodes',
  });
}
