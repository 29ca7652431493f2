import { createInterface } from 'node:readline/promises';

import { PegwayError } from '../protocol/errors.ts';
import { type Io, whileBusy } from './io.ts';

/**
 * Reads one line from the terminal, without spaces around it.
 * @throws {PegwayError} exit code 130 at Ctrl-C: a terminal that edits a line sends no signal.
 */
export async function promptLine(question: string, io: Pick<Io, 'stdin' | 'stderr' | 'activity'>): Promise<string> {
  const lines = createInterface({ input: io.stdin, output: io.stderr });
  try {
    return (await whileBusy(io, () => lines.question(question))).trim();
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
    // Behind the question that has no answer.
    io.stderr.write('\n');
    throw new PegwayError('interrupted', { exitCode: 130, hint: 'nothing was signed, sent or written' });
  } finally {
    lines.close();
  }
}
