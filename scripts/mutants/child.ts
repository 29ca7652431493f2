// The process that judges, started anew after a mutant that does not end.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

import type { Verdict } from './judge.ts';
import type { Mutant } from './mutations.ts';

/** Far more than the slowest mutant that ends, on a busy machine. */
const LIMIT_SECONDS = 300;

export class Judge {
  #child: ChildProcess | undefined;

  /** Killed as well when it exceeds the time limit, or makes the process crash. */
  async judge(mutant: Mutant): Promise<Verdict> {
    const child = (this.#child ??= await start());
    const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_SECONDS * 1_000);
    child.send(mutant);
    const settled = new AbortController();
    const { signal } = settled;
    const [answer] = (await Promise.race([once(child, 'message', { signal }), once(child, 'exit', { signal })])) as [
      Verdict | number | null,
    ];
    clearTimeout(limit);
    // Removes the listener that did not fire.
    settled.abort();
    if (typeof answer === 'object' && answer !== null) return answer;

    this.#child = undefined;
    if (answer === null) return { outcome: 'killed', by: 'time limit' };
    throw new Error(`the process that judges mutants ended with status ${answer} on ${mutant.id}`);
  }

  stop(): void {
    this.#child?.kill();
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
