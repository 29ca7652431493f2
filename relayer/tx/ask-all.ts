import type { NodeAnswer, TransactionChain } from './ports.ts';

/** How long a slow node is waited for once another has said something of use. */
const GRACE_MS = 500;

export interface AskAllOptions<T> {
  /** Nothing more is waited for after this answer. */
  readonly enough?: (answer: NodeAnswer<T>) => boolean;
  /** After this answer others are waited for only a little longer. Any result, when left out. */
  readonly useful?: (answer: NodeAnswer<T>) => boolean;
}

/**
 * Asks every node, and resolves with what was heard when that is enough, when all have answered, or when patience with the
 * rest is at its end. So a hanging node costs little while another answers.
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
    const asked = chain.all<T>(method, params, (answer) => {
      answers.push(answer);
      if (enough(answer)) resolve([...answers]);
      if (useful(answer)) timer ??= setTimeout(() => resolve([...answers]), GRACE_MS);
    });
    asked.then(resolve, reject);
  });
  return settled.finally(() => clearTimeout(timer));
}

/** The results alone. */
export const resultsOf = <T>(answers: readonly NodeAnswer<T>[]): T[] =>
  answers.flatMap((answer) => ('result' in answer ? [answer.result] : []));

/** A count or an amount as nodes write it. Anything else is nobody's word. */
export function parseQuantity(value: unknown): bigint | null {
  return typeof value === 'string' && /^0x[0-9a-f]{1,64}$/i.test(value) ? BigInt(value) : null;
}

export const toQuantity = (value: bigint | number): `0x${string}` => `0x${value.toString(16)}`;
