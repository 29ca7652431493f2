import type { Io } from './io.ts';
import { wrong } from './output.ts';
import { promptLine } from './prompt-line.ts';

/**
 * Asks for confirmation at the terminal. Without a terminal `--yes` is required: nothing is signed unseen.
 * @throws {PegwayError} exit code 2 when it is not confirmed.
 */
export async function confirm(question: string, yes: boolean, io: Io): Promise<void> {
  if (yes) return;
  if (io.stdin.isTTY !== true) {
    throw wrong('nothing was signed: there is no terminal to confirm at', 'read what it changes, then add --yes');
  }
  const answer = await promptLine(`${question} [y/N] `, io);
  if (!/^y(es)?$/i.test(answer)) throw wrong('nothing was signed', 'it was not confirmed');
}
