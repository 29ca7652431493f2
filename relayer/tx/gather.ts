import type { NodeAnswer, TransactionChain } from './ports.ts';

/**
 * Asks every node and resolves as soon as `enough` says so, else when all have answered. So the fastest good node sets
 * the pace, and a hanging one costs nothing while others answer.
 */
export function gather<T>(
  chain: TransactionChain,
  method: string,
  params: readonly unknown[],
  enough: (answer: NodeAnswer<T>) => boolean,
): Promise<readonly NodeAnswer<T>[]> {
  return new Promise((resolve, reject) => {
    const heard: NodeAnswer<T>[] = [];
    chain
      .all<T>(method, params, (answer) => {
        heard.push(answer);
        if (enough(answer)) resolve([...heard]);
      })
      .then(resolve, reject);
  });
}

/** The results alone. */
export const resultsOf = <T>(given: readonly NodeAnswer<T>[]): T[] =>
  given.flatMap((answer) => ('result' in answer ? [answer.result] : []));

/** A count or an amount as nodes write it. Anything else is nobody's word. */
export function quantity(value: unknown): bigint | null {
  return typeof value === 'string' && /^0x[0-9a-f]{1,64}$/i.test(value) ? BigInt(value) : null;
}

export const hex = (value: bigint | number): `0x${string}` => `0x${value.toString(16)}`;
