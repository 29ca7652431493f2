import { type Address, hexToBigInt, isAddressEqual, numberToHex } from 'viem';

import { PegwayError } from '../errors.ts';
import type { Side } from '../transfer/lane.ts';
import { type BridgeEvent, type RpcLog, decodeBridgeLog } from './events.ts';
import type { Nodes } from './nodes.ts';

/** Both ends included. */
export interface BlockRange {
  readonly from: bigint;
  readonly to: bigint;
}

export interface LogSource {
  readonly nodes: Nodes;
  readonly bridge: Address;
  /** Most blocks in one `eth_getLogs`. */
  readonly logRange: number;
}

/** Compared between witnesses: where, in which block, and every byte. */
const identity = (logs: readonly RpcLog[]): string =>
  logs.map((log) => [log.blockHash, log.logIndex, ...log.topics, log.data].join()).join('|');

/**
 * The bridge's events of final blocks, in order. SECURITY: `rpcQuorum` nodes return the same logs of the same block hashes
 * (witnesses); anything of another address is refused. What no node returns is noticed by the nonces, not here.
 */
export async function provenEvents(source: LogSource, range: BlockRange): Promise<BridgeEvent[]> {
  const events: BridgeEvent[] = [];
  for (let from = range.from; from <= range.to; from += BigInt(source.logRange)) {
    const end = from + BigInt(source.logRange) - 1n;
    events.push(...(await chunk(source, { from, to: end < range.to ? end : range.to })));
  }
  return events;
}

async function chunk({ nodes, bridge }: LogSource, { from, to }: BlockRange): Promise<BridgeEvent[]> {
  const filter = { address: bridge, fromBlock: numberToHex(from), toBlock: numberToHex(to) };
  const logs = await nodes.agree<readonly RpcLog[]>('eth_getLogs', [filter], identity);
  return logs.map((log) => {
    requireOurs(nodes.name, log, bridge, { from, to });
    return decodeBridgeLog(nodes.name, log);
  });
}

function requireOurs(side: Side, log: RpcLog, bridge: Address, { from, to }: BlockRange): void {
  const number = hexToBigInt(log.blockNumber);
  if (isAddressEqual(log.address, bridge) && log.removed !== true && number >= from && number <= to) return;
  throw new PegwayError(
    `${side} chain: asked for logs of ${bridge} in blocks ${from} to ${to}, got one of ${log.address} in block ${number}`,
    { code: 'proof-invalid', hint: 'a node answers another question than it was asked; replace it' },
  );
}
