// Relayers in the process of the test: six of them start in a second and share one heap. Where a process is the point (kill -9,
// SIGTERM, exit status, standby, a full disk), `startTestNet({ processes: true })` starts each as an operator does.
import { join } from 'node:path';

import pino, { type Logger } from 'pino';

import { type Child, tail, until } from '../../cli/devnet/child.ts';
import type { FleetMember } from '../../cli/devnet/fleet.ts';
import { type Config, readConfig } from '../../relayer/config.ts';
import { type Relayer, startRelayer } from '../../relayer/relayer.ts';

/** Starts a member's relayer in this process. It has its own configuration, log file and signal, and shares nothing else. */
export function startMemberHere({ index, configFile }: FleetMember): Child {
  const name = `signer ${index}`;
  const logFile = join(configFile, '..', 'relayer.log');
  const destination = pino.destination({ dest: logFile, sync: true });
  const stopping = new AbortController();
  let isRunning = true;
  const log = pino({}, destination);
  const ended = run(() => readConfig(configFile), log, stopping.signal)
    .catch((error: unknown) => log.fatal(error))
    // The file stays open: a request that was under way at the stop may still be logged when it fails.
    .finally(() => void (isRunning = false));
  const stop = (): Promise<void> => {
    stopping.abort();
    return ended;
  };

  const child = { name, logFile, isRunning: () => isRunning, outcome: () => 'an error' };
  return {
    ...{ name, pid: process.pid, logFile, ended, stop },
    log: () => tail(logFile, 200),
    isRunning: () => isRunning,
    until: (ready, seconds) => until(child, ready, seconds),
    kill(signal) {
      if (signal === 'SIGSTOP' || signal === 'SIGCONT')
        throw new Error(`${signal} needs a process: { processes: true }`);
      stopping.abort();
    },
  };
}

/** As relayer/main.ts runs it: superseded in the lease of its queue, it starts over and stands by. */
async function run(read: () => Config, log: Logger, signal: AbortSignal): Promise<void> {
  const config = read();
  log.level = config.log;
  for (let superseded = false; !signal.aborted;) {
    const relayer = await start(config, log, signal, superseded);
    if (relayer === undefined) return;
    await aborted(AbortSignal.any([signal, relayer.superseded]));
    superseded = relayer.superseded.aborted;
    await relayer.stop();
  }
}

/** Undefined when it was stopped before it had started. */
async function start(...options: Parameters<typeof startRelayer>): Promise<Relayer | undefined> {
  const [, , signal] = options;
  try {
    return await startRelayer(...options);
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
