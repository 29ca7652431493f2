/** Gas of a transfer alone in its transaction, at most (the target of `npm run bench:gas`); less in a batch. */
const TRANSFER_GAS = 101_000n;

/** The balance of the paying account on one chain, and the price of gas there. */
export interface Funds {
  /** In wei. */
  readonly balance: bigint;
  /** In wei per gas; 0 on a chain without fees. */
  readonly gasPrice: bigint;
}

/**
 * The number of transfers, each alone in its transaction, that the balance pays for at the current price. Infinite
 * where they cost nothing.
 */
export const transfersLeft = ({ balance, gasPrice }: Funds): number =>
  gasPrice === 0n ? Infinity : Number(balance / (gasPrice * TRANSFER_GAS));

/**
 * True when a transaction may be rejected for lack of funds: its fees are up to twice the current price, with a gas
 * margin of a fifth, and pools require the whole amount.
 */
export const isLow = (funds: Funds): boolean => transfersLeft(funds) < 3;
