import type { Abi, Address, ContractEventName, GetContractEventsReturnType, PublicClient } from 'viem';

/** Where events are read, within the limits of a node. */
export interface EventRange {
  readonly reader: PublicClient;
  readonly address: Address;
  readonly from: bigint;
  readonly to: bigint;
  /** Most blocks of one `eth_getLogs`. */
  readonly logRange: number;
}

/** All events of a name in a range, in order. */
export async function readEvents<const abi extends Abi, name extends ContractEventName<abi>>(
  { reader, address, from, to, logRange }: EventRange,
  abi: abi,
  eventName: name,
): Promise<GetContractEventsReturnType<abi, name, true>> {
  const events: unknown[] = [];
  for (let start = from; start <= to; start += BigInt(logRange)) {
    const last = start + BigInt(logRange) - 1n;
    const range = { fromBlock: start, toBlock: last < to ? last : to };
    events.push(...(await reader.getContractEvents({ address, abi, eventName, strict: true, ...range })));
  }
  return events as never;
}
