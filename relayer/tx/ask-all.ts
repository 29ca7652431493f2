import type { NodeAnswer, TransactionChain } from './ports.ts';

/** How long a slow node is waited for once another has said something of use. */
const PATIENCE_MS = 500;

export interface Waiting<T> {
  /** Nothing more is waited for after this answer. */
  readonly enough?: (answer: NodeAnswer<T>) => boolean;
  /** After this answer others are waited for only a little longer. Any result, when left out. */
  readonly useful?: (answer: NodeAnswer<T>) => boolean;
}

/**
 * Asks every node, and resolves with what was heard when that is enough, when all that are well have answered, or when patience
 * with the rest is at its end. So a hanging node costs little while another answers, and nothing once it is known to hang.
 */
export function gather<T>(
  chain: TransactionChain,
  method: string,
  params: readonly unknown[],
  waiting: Waiting<T> = {},
): Promise<readonly NodeAnswer<T>[]> {
  const { enough = () => false, useful = (answer) => 'result' in answer } = waiting;
  let timer: NodeJS.Timeout | undefined;
  const gathered = new Promise<readonly NodeAnswer<T>[]>((resolve, reject) => {
    const heard: NodeAnswer<T>[] = [];
    const well = chain.well?.(method);
    const areAllHeard = (): boolean =>
      well !== undefined && well.every((name) => heard.some(({ endpoint }) => endpoint === name)) && heard.some(useful);
    const asked = chain.all<T>(method, params, (answer) => {
      heard.push(answer);
      if (enough(answer) || areAllHeard()) resolve([...heard]);
      if (useful(answer)) timer ??= setTimeout(() => resolve([...heard]), PATIENCE_MS);
    });
    asked.then(resolve, reject);
  });
  return gathered.finally(() => clearTimeout(timer));
}

/** The results alone. */
export const resultsOf = <T>(given: readonly NodeAnswer<T>[]): T[] =>
  given.flatMap((answer) => ('result' in answer ? [answer.result] : []));

/** A count or an amount as nodes write it. Anything else is nobody's word. */
export function quantity(value: unknown): bigint | null {
  return typeof value === 'string' && /^0x[0-9a-f]{1,64}$/i.test(value) ? BigInt(value) : null;
}

export const hex = (value: bigint | number): `0x${string}` => `0x${value.toString(16)}`;
