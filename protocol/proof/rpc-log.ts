import type { Address, Hex } from 'viem';

/** A log from `eth_getLogs` or a receipt; only the fields read here. Untrusted until proven. */
export interface RpcLog {
  readonly address: Address;
  readonly topics: readonly Hex[];
  readonly data: Hex;
  readonly blockNumber: Hex;
  readonly blockHash: Hex;
  readonly transactionHash: Hex;
  readonly logIndex: Hex;
  /** Seconds since the epoch, from the proven header; absent where only witnesses agreed on the log. */
  readonly blockTimestamp?: Hex;
  readonly removed?: boolean;
}
