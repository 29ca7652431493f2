import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

import { KeyError, usageError } from './key-error.ts';

/** Asks at the terminal without echo. The question goes to stderr, so that stdout stays the command's result. */
export async function promptHidden(question: string, signal?: AbortSignal): Promise<string> {
  if (!process.stdin.isTTY) {
    throw usageError(`${question} cannot be asked for: there is no terminal`, {
      hint: 'add ?password-file=FILE or ?password-fd=N to the key URI',
    });
  }
  const silent = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  // `terminal: true` takes the terminal out of its own echo; what readline would echo goes nowhere.
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true, historySize: 0 });
  // Asked only now: what is typed sooner would be echoed.
  process.stderr.write(`${question}: `);
  try {
    return await new Promise<string>((resolve, reject) => {
      const stop = () => {
        reject(new KeyError(`${question}: nothing was entered`));
      };
      lines.once('line', resolve).once('SIGINT', stop).once('close', stop);
      signal?.addEventListener('abort', stop, { once: true });
    });
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
