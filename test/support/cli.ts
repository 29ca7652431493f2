import { spawn } from 'node:child_process';
import { PassThrough, Writable } from 'node:stream';

import type { Io } from '../../cli/io.ts';
import { runCli } from '../../cli/run-cli.ts';
import { bundledProgram } from './bundled-program.ts';

export interface Ended {
  /** Null when a signal ended the process. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function collector(): { readonly stream: Writable; text(): string } {
  const chunks: string[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => chunks.join('') };
}

/** Runs a command in this process: no terminal, nothing on stdin. `io` replaces parts of its outside. */
export async function pegwayWith(io: Partial<Io>, ...args: readonly string[]): Promise<Ended> {
  const stdout = collector();
  const stderr = collector();
  const status = await runCli(args, {
    stdin: new PassThrough().end(),
    stdout: stdout.stream,
    stderr: stderr.stream,
    env: process.env,
    signal: new AbortController().signal,
    onHangup: () => undefined,
    onUncaught: () => undefined,
    ...io,
  });
  return { status, stdout: stdout.text(), stderr: stderr.text() };
}

export const pegway = (...args: readonly string[]): Promise<Ended> => pegwayWith({}, ...args);

/** Runs a command as a process of its own: for exit at a signal, children, and state that a process has once. */
export const pegwayProcess = (...args: readonly string[]): Promise<Ended> => inProcess(['cli/pegway.ts', ...args]);

/** As `pegwayProcess`, from the bundle: for commands that start relayers of their own, which then start from it, too. */
export const pegwayBundled = async (...args: readonly string[]): Promise<Ended> =>
  inProcess([await bundledProgram(), ...args]);

/** Runs a command as a process that cannot connect to anything. */
export const pegwayOffline = (...args: readonly string[]): Promise<Ended> =>
  inProcess(['--import', './test/support/no-network.ts', 'cli/pegway.ts', ...args]);

function inProcess(args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, stdout, stderr }));
  });
}
