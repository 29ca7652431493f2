import { createInterface } from 'node:readline/promises';

import { type Io, whileBusy } from './io.ts';
import { wrong } from './output.ts';

/**
 * Asks for confirmation at the terminal. Without a terminal `--yes` is required: nothing is signed unseen.
 * @throws {PegwayError} exit code 2 when it is not confirmed.
 */
export async function confirm(question: string, yes: boolean, io: Io): Promise<void> {
  const { stdin, stderr } = io;
  if (yes) return;
  if (stdin.isTTY !== true) {
    throw wrong('nothing was signed: there is no terminal to confirm at', 'read what it changes, then add --yes');
  }
  const lines = createInterface({ input: stdin, output: stderr });
  try {
    const answer = await whileBusy(io, () => lines.question(`${question} [y/N] `));
    if (!/^y(es)?$/i.test(answer.trim())) throw wrong('nothing was signed', 'it was not confirmed');
  } finally {
    lines.close();
  }
}
