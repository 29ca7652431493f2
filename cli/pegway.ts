#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

import type { Io } from './io.ts';

// Sources are stripped of their types and compiled once. SECURITY: in this checkout, not in Node's default below /tmp, where
// another user could leave code for a process that holds keys. Before the import below, which it is for.
if (import.meta.filename.endsWith('.ts')) enableCompileCache(join(import.meta.dirname, '../.tools/compile-cache'));
const { runCli } = await import('./run-cli.ts');

// The reader of `pegway … | head` has closed the pipe: not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const stopping = new AbortController();
let isListening = false;

const io: Io = {
  get stdin() {
    return process.stdin;
  },
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  get signal() {
    // Never removed: a second Ctrl-C must not end a command before the processes that it has started.
    if (!isListening) for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => stopping.abort());
    isListening = true;
    return stopping.signal;
  },
  onHangup: (listener) => void process.on('SIGHUP', listener),
  onUncaught(listener) {
    process.on('uncaughtException', (error) => {
      if (listener(error)) return;
      process.stderr.write(`pegway: ${error.stack ?? String(error)}\n`, () => process.exit(1));
    });
  },
};

const status = await runCli(process.argv.slice(2), io);

// End the process even if a library still waits (viem: three minutes for a receipt of a chain that has ended).
process.stdout.write('', () => process.stderr.write('', () => process.exit(status)));
