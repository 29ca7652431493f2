import type { Direction } from '../../protocol/lane.ts';

const directions: Readonly<Record<string, Direction>> = {
  mint: 'mint',
  deposit: 'mint',
  withdraw: 'withdraw',
  redeem: 'withdraw',
};

/** A direction by its own name or by the holder's transaction: `deposit` is `mint`. Undefined when it is neither. */
export const directionNamed = (word: string): Direction | undefined => directions[word];

export const DIRECTION_WORDS = 'deposit (or mint), redeem (or withdraw)';
