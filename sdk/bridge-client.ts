import type { Account, Address, Chain, Hex, PublicClient, Transport, WalletClient } from 'viem';

import { productTokenAbi } from '../protocol/abi.ts';
import type { Direction } from '../protocol/lane.ts';

/** A bridge and a node that answers for its chain. */
export interface BridgeReader {
  readonly bridge: Address;
  readonly reader: PublicClient;
}

/** A chain with its bridge: how to read it, and how a holder writes to it. */
export interface BridgeClient extends BridgeReader {
  readonly writer: WalletClient<Transport, Chain, Account>;
}

/** What names a transfer for ever. */
export interface TransferName {
  readonly direction: Direction;
  readonly productToken: Address;
  readonly nonce: bigint;
}

/** A transfer that has departed, and where. */
export interface Departure extends TransferName {
  readonly transactionHash: Hex;
  readonly blockNumber: bigint;
}

export interface TransferRequest {
  readonly productToken: Address;
  /** In base units of the token that is given: main for a deposit, product for a redeem. */
  readonly amount: bigint;
  /** On the other chain. */
  readonly recipient: Address;
}

/** So that a token's refusal has its name, too. */
export const tokenErrors = productTokenAbi.filter((item) => item.type === 'error');
