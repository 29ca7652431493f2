import { KeyError } from './key-error.ts';

/** Gives up waiting after so many seconds. The work itself goes on: a call into an HSM cannot be called back. */
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
