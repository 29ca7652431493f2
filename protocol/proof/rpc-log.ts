import type { Address, Hex } from 'viem';

/** A log as `eth_getLogs` and receipts give it; only the fields that are read. Untrusted until proven. */
export interface RpcLog {
  readonly address: Address;
  readonly topics: readonly Hex[];
  readonly data: Hex;
  readonly blockNumber: Hex;
  readonly blockHash: Hex;
  readonly transactionHash: Hex;
  readonly logIndex: Hex;
  readonly removed?: boolean;
}
