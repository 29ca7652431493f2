// Runs one suite in a process group of its own and says how it went.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';

import { type Counts, readCounts } from './counts.ts';
import type { Suite } from './suites.ts';

export interface Outcome extends Counts {
  name: string;
  seconds: number;
  /** Why nothing, or not everything, ran. */
  note?: string;
}

const resultsFolder = 'test-results';

async function runCommand({ command: [tool = '', ...args], minutes }: Suite, env: NodeJS.ProcessEnv) {
  const child = spawn(tool, args, { stdio: ['ignore', 'inherit', 'inherit'], env, detached: true });
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

export async function runSuite(suite: Suite): Promise<Outcome> {
  const started = performance.now();
  const countsFile = resolve(resultsFolder, `${suite.name}.json`);
  mkdirSync(resultsFolder, { recursive: true });
  rmSync(countsFile, { force: true });

  const { REDIS_URL: _onlyForSuitesThatAskForIt, ...inherited } = process.env;
  const service = await suite.service?.();
  const env = { ...inherited, TEST_COUNTS: countsFile, ...service?.environment };
  const { status, stuck } = await runCommand(suite, env).finally(() => service?.stop());

  const seconds = (performance.now() - started) / 1000;
  const outcome = { name: suite.name, seconds, ...judge(readCounts(countsFile), status === 0) };
  return stuck ? { ...outcome, note: `killed: still running after ${suite.minutes} minutes` } : outcome;
}
