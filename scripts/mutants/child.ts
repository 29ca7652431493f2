// The process that judges, started anew after a mutant that does not end or takes all memory.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import type { Verdict } from './judge.ts';
import type { Mutant } from './mutations.ts';

/** Processor time of the judge: several times that of the slowest mutant that ends, however busy the machine is. */
const PROCESSOR_SECONDS = 400;
/** Time of a mutant that waits instead of computing, or whose tests in other processes do not end. */
const LIMIT_SECONDS = 3_600;
/** Compiler and test runner take 2 GiB. */
const MEMORY_BYTES = 5 * 2 ** 30;
const SAMPLE_MILLISECONDS = 250;

export class Judge {
  #child: ChildProcess | undefined;

  /** Killed as well when it exceeds a limit of time or memory, or makes the process crash. */
  async judge(mutant: Mutant): Promise<Verdict> {
    const child = (this.#child ??= await start());
    const before = resourcesOf(child).processorSeconds;
    const end = performance.now() + LIMIT_SECONDS * 1_000;
    let exceeded: string | undefined;
    const watch = setInterval(() => {
      const { processorSeconds, bytes } = resourcesOf(child);
      if (bytes > MEMORY_BYTES) exceeded = 'memory limit';
      else if (processorSeconds - before > PROCESSOR_SECONDS || performance.now() > end) exceeded = 'time limit';
      if (exceeded !== undefined) child.kill('SIGKILL');
    }, SAMPLE_MILLISECONDS);
    child.send(mutant);
    const settled = new AbortController();
    const { signal } = settled;
    const [answer] = (await Promise.race([once(child, 'message', { signal }), once(child, 'exit', { signal })])) as [
      Verdict | number | null,
    ];
    clearInterval(watch);
    // Removes the listener that did not fire.
    settled.abort();
    if (typeof answer === 'object' && answer !== null) return answer;

    this.#child = undefined;
    if (answer === null) return { outcome: 'killed', by: exceeded ?? 'crash' };
    throw new Error(`the process that judges mutants ended with status ${answer} on ${mutant.id}`);
  }

  stop(): void {
    this.#child?.kill();
  }
}

/** Linux only: elsewhere zero, so that no limit but that of time holds. */
function resourcesOf({ pid }: ChildProcess): { processorSeconds: number; bytes: number } {
  try {
    // The name in parentheses may contain spaces. See proc(5): user and system time in hundredths, memory in pages.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
      .map(Number);
    const [user = 0, system = 0, pages = 0] = [fields[11], fields[12], fields[21]];
    return { processorSeconds: (user + system) / 100, bytes: pages * 4_096 };
  } catch {
    return { processorSeconds: 0, bytes: 0 };
  }
}

async function start(): Promise<ChildProcess> {
  const child = fork(resolve('scripts/mutants/judge.ts'), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([status]) => {
      throw new Error(`the process that judges mutants did not start: status ${status}`);
    }),
  ]);
  return child;
}
