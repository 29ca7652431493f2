import { KeyError, usageError } from './key-error.ts';

/** Parses the option `timeout` of a key URI: seconds per answer. Default: 10. */
export function parseTimeout(query: URLSearchParams): number {
  const seconds = Number(query.get('timeout') ?? '10');
  if (!(seconds > 0 && seconds <= 600)) throw usageError('timeout is a number of seconds above 0, at most 600');
  return seconds;
}

/** Rejects after this many seconds. The work itself continues: a call into an HSM cannot be cancelled. */
export async function withTimeout<T>(seconds: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new KeyError(`${what} has not answered for ${seconds} seconds`, { code: 'timeout' }));
    }, seconds * 1000);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
