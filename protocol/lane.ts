import type { Address } from 'viem';

/** `mint`: main → product. `withdraw`: product → main. */
export type Direction = 'mint' | 'withdraw';

export const directions = ['mint', 'withdraw'] as const;

export type Side = 'main' | 'product';

export const sides = ['main', 'product'] as const satisfies readonly Side[];

/** One peg in one direction; the source bridge counts its nonces 0, 1, 2 … without a gap. */
export interface Lane {
  readonly direction: Direction;
  /** Checksummed. */
  readonly productToken: Address;
}

export const sourceOf = (direction: Direction): Side => (direction === 'mint' ? 'main' : 'product');

export const destinationOf = (direction: Direction): Side => (direction === 'mint' ? 'product' : 'main');

/** The direction that departs from a side. */
export const directionFrom = (side: Side): Direction => (side === 'main' ? 'mint' : 'withdraw');

/** The direction that arrives at a side. */
export const directionTo = (side: Side): Direction => (side === 'main' ? 'withdraw' : 'mint');

/** `mint-0x…`: a key for maps, jobs and logs; checksummed, without a colon. */
export const laneKey = (lane: Lane): string => `${lane.direction}-${lane.productToken}`;

/** One deposit or redeem, from its source event. */
export interface Transfer {
  readonly lane: Lane;
  readonly nonce: bigint;
  /** Depositor or redeemer. */
  readonly sender: Address;
  readonly recipient: Address;
  /** In base units of the source token. */
  readonly sourceAmount: bigint;
  /** In base units of the destination token. */
  readonly amount: bigint;
  /** Block of the lane's previous event; 0 for the first. */
  readonly previousBlock: bigint;
  readonly blockNumber: bigint;
  /** Hash of the block with the source event. */
  readonly blockHash: `0x${string}`;
  readonly transactionHash: `0x${string}`;
}

/** States of a transfer at its destination bridge, in the contract's order. */
export const statuses = ['open', 'executed', 'parked', 'bounced'] as const;

export type Status = (typeof statuses)[number];
