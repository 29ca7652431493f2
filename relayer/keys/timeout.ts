import { usageError } from './key-error.ts';

/** The option `timeout` of a key URI: seconds for one answer, 10 when left out. */
export function parseTimeout(query: URLSearchParams): number {
  const seconds = Number(query.get('timeout') ?? '10');
  if (!(seconds > 0 && seconds <= 600)) throw usageError('timeout is a number of seconds above 0, at most 600');
  return seconds;
}
