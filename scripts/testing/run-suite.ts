// Runs one suite in a process group of its own and says how it went.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';

import { type Counts, readCounts } from './counts.ts';
import type { Suite } from './suites.ts';

export interface Outcome extends Counts {
  name: string;
  seconds: number;
  /** The file with all that it printed, unless it printed at once. */
  log?: string;
  /** Why nothing, or not everything, ran. */
  note?: string;
}

export const resultsFolder = 'test-results';

async function runCommand(
  { command: [tool = '', ...args], minutes }: Suite,
  env: NodeJS.ProcessEnv,
  output: number | 'inherit',
) {
  const child = spawn(tool, args, { stdio: ['ignore', output, output], env, detached: true });
  // To the whole group: a suite starts chains and relayers, and none of them may outlive it.
  const killGroup = (signal: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // Nothing of the group is left.
    }
  };
  const interrupt = (signal: NodeJS.Signals): void => {
    killGroup(signal);
    process.exitCode = signal === 'SIGINT' ? 130 : 143;
  };

  let stuck = false;
  const timer = setTimeout(() => {
    stuck = true;
    killGroup('SIGKILL');
  }, minutes * 60_000);
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  const [status] = (await once(child, 'exit')) as [number | null];
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  clearTimeout(timer);
  killGroup('SIGKILL');
  return { status, stuck };
}

/** Counts that fit the exit status: a suite that dies, or runs no test, has failed whatever it counted. */
function judge(counts: Counts | undefined, passed: boolean): Counts & { note?: string } {
  if (counts === undefined) return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 };
  if (passed && counts.passed + counts.failed + counts.skipped === 0)
    return { ...counts, failed: 1, note: 'ran no test' };
  if (!passed && counts.failed === 0) return { ...counts, failed: 1, note: 'ended with an error' };
  return counts;
}

/** Prints at once, or to `log`, a file that is made anew. */
export async function runSuite(suite: Suite, log?: string): Promise<Outcome> {
  const started = performance.now();
  const countsFile = resolve(resultsFolder, `${suite.name}.json`);
  mkdirSync(resultsFolder, { recursive: true });
  rmSync(countsFile, { force: true });

  const { REDIS_URL: _onlyForSuitesThatAskForIt, ...inherited } = process.env;
  const service = await suite.service?.();
  const env = { ...inherited, TEST_COUNTS: countsFile, ...service?.environment };
  const output = log === undefined ? 'inherit' : openSync(log, 'w');
  const { status, stuck } = await runCommand(suite, env, output).finally(() => service?.stop());
  if (output !== 'inherit') closeSync(output);

  const seconds = (performance.now() - started) / 1000;
  const counts = judge(readCounts(countsFile), status === 0);
  const outcome = { name: suite.name, seconds, ...(log === undefined ? {} : { log }), ...counts };
  return stuck ? { ...outcome, note: `killed: still running after ${suite.minutes} minutes` } : outcome;
}
