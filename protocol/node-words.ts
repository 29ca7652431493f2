import type { ErrorObject } from './json-rpc.ts';

/** Errors nest: the node's words may be below those of a gateway. Deeper ones are ignored. */
const MAX_DEPTH = 6;
/** In characters; the words of the outermost error come first. */
const LONGEST = 4_000;

/**
 * All words of a node's error: its message, and the text anywhere in `data`, where Tenderly, Hardhat and gateways put
 * the cause. Hex is data, not text.
 */
export function nodeWords({ message, data }: Pick<ErrorObject, 'message' | 'data'>): string {
  const found = new Set<string>();
  const add = (value: unknown, depth: number): void => {
    if (typeof value === 'string') {
      if (value !== '' && !/^0x[0-9a-f]*$/i.test(value)) found.add(value);
    } else if (typeof value === 'object' && value !== null && depth < MAX_DEPTH) {
      for (const one of Object.values(value)) add(one, depth + 1);
    }
  };
  add(message, 0);
  add(data, 0);
  return [...found].join(': ').slice(0, LONGEST);
}

/** Words for a limit of requests, after `normalizeWords`. */
export const rateLimitWords =
  /rate limit|too many (\w+ )?(requests?|connections|calls)|throttl|(request|call|quota|credits?|capacity|units|count)\b.{0,30}(limit|exceed|reached)|exceed\w* .*\b(quota|capacity|units|rps|batch)|(over|out of) (quota|capacity|cu|credits|compute)|(quota|credits|limit) exhausted|upgrade your|payment required/;

/** Words for an account that cannot pay, after `normalizeWords`. */
export const lowFundsWords =
  /insufficient (\w+ ){0,2}(funds|balance)|(n't|not) (have )?enough (funds|balance|cash|coins)|upfront cost|exceeds? (the )?(account )?balance|overdraft|overdraws|(balance|funds) (is |are )?(too low|insufficient)|balance\b.{0,20}\b(less|lower) than/;

/** Lower case, words separated by one space: `InvalidTxChainId` and `invalid_tx-chain id` read alike. */
export const normalizeWords = (text: string): string =>
  text
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .replace(/[ _-]+/g, ' ')
    .toLowerCase();
