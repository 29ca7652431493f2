/** Gas of a transfer that travels alone, at most (the target that `npm run bench:gas` keeps); in a batch it is less. */
const TRANSFER_GAS = 101_000n;

/** What the account that pays on one chain has, and what a transfer costs it there. */
export interface Funds {
  /** In wei. */
  readonly balance: bigint;
  /** In wei a gas; 0 on a chain that is free of fees. */
  readonly gasPrice: bigint;
}

/** Transfers, each alone in its transaction, that the balance pays for at today's price. Infinite where they cost nothing. */
export const transfersLeft = ({ balance, gasPrice }: Funds): number =>
  gasPrice === 0n ? Infinity : Number(balance / (gasPrice * TRANSFER_GAS));

/**
 * Whether a transaction might not be taken any more: it is offered at up to twice the price of now and with a fifth of gas
 * to spare, and its pool asks for all of that to be there.
 */
export const isLow = (funds: Funds): boolean => transfersLeft(funds) < 3;
