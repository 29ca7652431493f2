import type { NodeAnswer, TransactionChain } from './ports.ts';

/** How long slower nodes are awaited after the first useful answer. */
const GRACE_MS = 500;

export interface AskAllOptions<T> {
  /** Resolves at once after this answer. */
  readonly enough?: (answer: NodeAnswer<T>) => boolean;
  /** After this answer the others get `GRACE_MS`. Default: any result. */
  readonly useful?: (answer: NodeAnswer<T>) => boolean;
}

/**
 * Asks every node. Resolves with the answers so far once an answer is `enough`, when all healthy nodes have answered, or
 * when the grace period ends. So a hanging node costs little while another answers, and nothing once it is known to hang.
 */
export function askAll<T>(
  chain: TransactionChain,
  method: string,
  params: readonly unknown[],
  waiting: AskAllOptions<T> = {},
): Promise<readonly NodeAnswer<T>[]> {
  const { enough = () => false, useful = (answer) => 'result' in answer } = waiting;
  let timer: NodeJS.Timeout | undefined;
  const settled = new Promise<readonly NodeAnswer<T>[]>((resolve, reject) => {
    const answers: NodeAnswer<T>[] = [];
    const well = chain.well?.(method);
    const isComplete = (): boolean =>
      well !== undefined &&
      well.every((name) => answers.some(({ endpoint }) => endpoint === name)) &&
      answers.some(useful);
    const asked = chain.all<T>(method, params, (answer) => {
      answers.push(answer);
      if (enough(answer) || isComplete()) resolve([...answers]);
      if (useful(answer)) timer ??= setTimeout(() => resolve([...answers]), GRACE_MS);
    });
    asked.then(resolve, reject);
  });
  return settled.finally(() => clearTimeout(timer));
}

/** Only the results, without errors. */
export const resultsOf = <T>(answers: readonly NodeAnswer<T>[]): T[] =>
  answers.flatMap((answer) => ('result' in answer ? [answer.result] : []));

/** Parses a JSON-RPC quantity. Null for anything else: malformed answers are ignored. */
export function parseQuantity(value: unknown): bigint | null {
  return typeof value === 'string' && /^0x[0-9a-f]{1,64}$/i.test(value) ? BigInt(value) : null;
}

export const toQuantity = (value: bigint | number): `0x${string}` => `0x${value.toString(16)}`;
