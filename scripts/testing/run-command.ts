// Runs one command in its own process group until it ends, is interrupted, or makes no progress.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, statSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';

export interface CommandRun {
  /** Null when a signal ended it. */
  readonly status: number | null;
  /** True if it was killed after `stuckSeconds` without progress. */
  readonly isStuck: boolean;
  /** CPU time of the command and of all descendants that it waited for; undefined when it was killed. */
  readonly processorSeconds: number | undefined;
}

export interface CommandOptions {
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Receives stdout and stderr. Never closed. */
  readonly output: Writable;
  /** A file to which the command writes its CPU time. */
  readonly usageFile: string;
  /** A file that the command writes after each test. */
  readonly countsFile: string;
  /**
   * A command without output or a finished test for this long is stuck. No other limit applies: a slow machine is not a
   * failure.
   */
  readonly stuckSeconds: number;
}

/** `times` is the shell's view of getrusage(RUSAGE_CHILDREN), which Node does not offer. */
const timed = ['sh', '-c', 'usage=$1; shift; "$@"; status=$?; times >"$usage"; exit $status', 'sh'];

export async function runCommand(options: CommandOptions): Promise<CommandRun> {
  const { command, env, output, usageFile, countsFile, stuckSeconds } = options;
  rmSync(usageFile, { force: true });
  const [tool = '', ...args] = [...timed, usageFile, ...command];
  const child = spawn(tool, args, { stdio: ['ignore', 'pipe', 'pipe'], env, detached: true });
  // Signal the whole group: a suite starts chains and relayers, and none of them may outlive it.
  const killGroup = (signal: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // The group is empty.
    }
  };
  const interrupt = (signal: NodeJS.Signals): void => {
    killGroup(signal);
    process.exitCode = signal === 'SIGINT' ? 130 : 143;
  };

  let isStuck = false;
  const limit = setTimeout(() => {
    if (secondsSinceWritten(countsFile) < stuckSeconds) return void limit.refresh();
    isStuck = true;
    killGroup('SIGKILL');
  }, stuckSeconds * 1_000);
  const drained = passOn(child, output, () => limit.refresh());
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  const [status] = (await once(child, 'exit')) as [number | null];
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  clearTimeout(limit);
  // Remaining processes of the group would hold the pipes open.
  killGroup('SIGKILL');
  await drained;
  return { status, isStuck, processorSeconds: readUsage(usageFile) };
}

async function passOn(
  child: ChildProcessByStdio<null, Readable, Readable>,
  output: Writable,
  onProgress: () => void,
): Promise<void> {
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', onProgress);
    stream.pipe(output, { end: false });
  }
  await once(child, 'close');
}

const secondsSinceWritten = (file: string): number => {
  const written = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return (Date.now() - written) / 1_000;
};

/** The second line of `times` is user and system time of all awaited children, as `1m2.34s 0m5.67s`. */
function readUsage(file: string): number | undefined {
  try {
    const [, children = ''] = readFileSync(file, 'utf8').split('\n');
    const parts = [...children.matchAll(/(\d+)m([\d.]+)s/g)];
    if (parts.length !== 2) return undefined;
    return parts.reduce((total, [, minutes, seconds]) => total + Number(minutes) * 60 + Number(seconds), 0);
  } catch {
    // The shell was killed before it could write.
    return undefined;
  }
}
