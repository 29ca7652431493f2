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
  /**
   * The highest fee that is accepted, in the same units, below 2^128; the bridge takes its fee at the time, on top of `amount`.
   * Default: the fee that it quotes when the request is made.
   */
  readonly maxFee?: bigint | undefined;
}

/** So that a token's refusal has its name, too. */
export const tokenErrors = productTokenAbi.filter((item) => item.type === 'error');
