import type { Account, Address, Chain, Hex, PublicClient, Transport, WalletClient } from 'viem';

import { productTokenAbi } from '../protocol/abi.ts';
import type { Direction } from '../protocol/lane.ts';

/** A bridge and a node of its chain. */
export interface BridgeReader {
  readonly bridge: Address;
  readonly reader: PublicClient;
}

/** A chain with its bridge: how to read it, and how a holder writes to it. */
export interface BridgeClient extends BridgeReader {
  readonly writer: WalletClient<Transport, Chain, Account>;
}

/** Permanent identifier of a transfer. */
export interface TransferName {
  readonly direction: Direction;
  readonly productToken: Address;
  readonly nonce: bigint;
}

/** A departed transfer, and its source. */
export interface Departure extends TransferName {
  readonly transactionHash: Hex;
  readonly blockNumber: bigint;
}

export interface TransferRequest {
  readonly productToken: Address;
  /** In base units of the departing token: main for a deposit, product for a redeem. */
  readonly amount: bigint;
  /** On the other chain. */
  readonly recipient: Address;
  /**
   * Maximum accepted fee, in the same units, below 2^128; the bridge charges its current fee on top of `amount`.
   * Default: the fee quoted when the request is made.
   */
  readonly maxFee?: bigint | undefined;
}

/** Included so that a token's revert is decoded by name, too. */
export const tokenErrors = productTokenAbi.filter((item) => item.type === 'error');
