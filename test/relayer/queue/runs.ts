import assert from 'node:assert/strict';

import type { BatchJob, LaneId } from '../../../relayer/queue/queue.ts';

interface Run {
  readonly name: string;
  readonly signal: AbortSignal;
  end(error?: Error): void;
}

/** Handlers that record runs, and end a run on the test's command. A batch's name is `{lane} {kind} {firstNonce}`. */
export class Runs {
  /** Names, in order of start. */
  readonly started: string[] = [];
  #open: Run[] = [];
  #most = 0;

  readonly wake = (lane: LaneId, signal: AbortSignal): Promise<void> => this.#run(lane, signal);
  readonly batch = ({ lane, kind, firstNonce }: BatchJob, signal: AbortSignal): Promise<void> =>
    this.#run(`${lane} ${kind} ${firstNonce}`, signal);

  #run(name: string, signal: AbortSignal): Promise<void> {
    this.started.push(name);
    return new Promise((resolve, reject) => {
      this.#open.push({ name, signal, end: (error) => (error === undefined ? resolve() : reject(error)) });
      this.#most = Math.max(this.#most, this.#open.length);
    });
  }

  /** Maximum number of concurrent runs. */
  get most(): number {
    return this.#most;
  }

  /** Current runs, oldest first. */
  get running(): readonly Omit<Run, 'end'>[] {
    return this.#open;
  }

  /** Ends the first run with this name, or the first of all. */
  end(name?: string, error?: Error): void {
    const run = this.#open.find((one) => name === undefined || one.name === name);
    assert.ok(run !== undefined, `${name} runs`);
    this.#open = this.#open.filter((one) => one !== run);
    run.end(error);
  }

  endAll(): void {
    while (this.#open.length > 0) this.end();
  }
}
