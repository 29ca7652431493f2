import { PegwayError, messageOf } from '../../protocol/errors.ts';
import type { Side } from '../../protocol/lane.ts';

/** What went wrong at one bridge. */
export interface Failed {
  readonly chain: Side;
  readonly error: unknown;
}

/** Does something at each bridge, side by side: what goes wrong at one spares the other nothing. */
export async function atEach<T>(
  chains: readonly Side[],
  work: (chain: Side) => Promise<T>,
): Promise<{ readonly done: readonly T[]; readonly failed: readonly Failed[] }> {
  const done: T[] = [];
  const failed: Failed[] = [];
  const ends = await Promise.allSettled(chains.map(work));
  for (const [index, chain] of chains.entries()) {
    const end = ends[index];
    if (end?.status === 'fulfilled') done.push(end.value);
    else if (end !== undefined) failed.push({ chain, error: end.reason });
  }
  return { done, failed };
}

/** One error that says which bridges are not paused, and why; code and hint are the first one's. Undefined where all are. */
export function together(failed: readonly Failed[]): PegwayError | undefined {
  const [first] = failed;
  if (first === undefined) return undefined;
  const lines = failed.map(({ chain, error }) => `the ${chain} bridge is not paused: ${messageOf(error)}`);
  const { code, hint, exitCode } = first.error instanceof PegwayError ? first.error : new PegwayError('');
  const options = { cause: first.error, exitCode };
  return new PegwayError(lines.join('\n'), {
    ...options,
    ...(code === undefined ? {} : { code }),
    ...(hint === undefined ? {} : { hint }),
  });
}
