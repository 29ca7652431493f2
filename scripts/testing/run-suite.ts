// Runs one suite and returns how it went: counts, wall time, processor time.
import { createWriteStream, mkdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { finished } from 'node:stream/promises';

import { type Counts, readCounts } from './counts.ts';
import { runCommand } from './run-command.ts';
import type { Suite } from './suites.ts';

export interface Outcome extends Counts {
  suite: Suite;
  seconds: number;
  /** Undefined when nothing ran, or the suite was killed. */
  processorSeconds?: number | undefined;
  /** The file with all its output, unless it was printed at once. */
  log?: string;
  /** Why nothing, or not everything, ran. */
  note?: string;
}

export const resultsFolder = 'test-results';

/** The compiler of the contracts prints nothing for minutes, and shares two cores with other suites. */
const STUCK_SECONDS = 1_500;

/** Counts that fit the exit status: a suite that dies, or runs no test, has failed whatever it counted. */
function outcomeOf(counts: Counts | undefined, passed: boolean): Counts & { note?: string } {
  if (counts === undefined) return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 };
  if (passed && counts.passed + counts.failed + counts.skipped === 0)
    return { ...counts, failed: 1, note: 'ran no test' };
  if (!passed && counts.failed === 0) return { ...counts, failed: 1, note: 'ended with an error' };
  return counts;
}

/** Prints at once, or to `log`, a file that is created anew. */
export async function runSuite(suite: Suite, log?: string): Promise<Outcome> {
  const started = performance.now();
  mkdirSync(resultsFolder, { recursive: true });
  const countsFile = resolve(resultsFolder, `${suite.name}.json`);
  rmSync(countsFile, { force: true });

  const { REDIS_URL: _onlyForSuitesThatAskForIt, ...inherited } = process.env;
  const service = await suite.service?.();
  const output = log === undefined ? process.stdout : createWriteStream(log);
  const running = runCommand({
    command: suite.command,
    env: { ...inherited, ...colours(output), TEST_COUNTS: countsFile, ...service?.environment },
    output,
    countsFile,
    usageFile: resolve(resultsFolder, `${suite.name}.times`),
    stuckSeconds: STUCK_SECONDS,
  });
  await Promise.allSettled([running]);
  await service?.stop();
  const { status, isStuck, processorSeconds } = await running;
  if (output !== process.stdout) await finished(output.end());

  const seconds = (performance.now() - started) / 1000;
  const counts = outcomeOf(readCounts(countsFile), status === 0);
  const outcome = { suite, seconds, processorSeconds, ...(log === undefined ? {} : { log }), ...counts };
  return isStuck ? { ...outcome, note: `killed: no progress for ${STUCK_SECONDS} s` } : outcome;
}

/** The suite writes to a pipe, and would print without colours to a terminal, too. */
const colours = (output: NodeJS.WritableStream): NodeJS.ProcessEnv =>
  output === process.stdout && process.stdout.isTTY ? { FORCE_COLOR: '1' } : {};
