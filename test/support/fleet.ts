// Relayers in the process of the test: six of them start in a second and share one heap. Where a process is the point (kill -9,
// SIGTERM, exit status, standby, a full disk), `startTestNet({ processes: true })` starts each as an operator does.
import { join } from 'node:path';

import pino from 'pino';

import { type Child, tail, until } from '../../cli/devnet/child.ts';
import type { FleetMember } from '../../cli/devnet/devnet-fleet.ts';
import { openLog, runRelayer } from '../../relayer/main.ts';
import { openConfigSource } from '../../relayer/reload/config-source.ts';

/** Starts a member's relayer in this process. It has its own configuration, log file and signal, and shares nothing else. */
export function startMemberHere({ index, configFile }: FleetMember): Child {
  const name = `signer ${index}`;
  const logFile = join(configFile, '..', 'relayer.log');
  const destination = pino.destination({ dest: logFile, sync: true });
  const stopping = new AbortController();
  let isRunning = true;
  const run = async (): Promise<void> => {
    const source = openConfigSource(configFile, process.env);
    const config = source.read();
    await runRelayer(config, { log: openLog(config, destination), signal: stopping.signal, source });
  };
  const ended = run()
    .catch((error: unknown) => pino({}, destination).fatal(error))
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
      if (signal === 'SIGSTOP' || signal === 'SIGCONT' || signal === 'SIGHUP')
        throw new Error(`${signal} needs a process: { processes: [${index}] }`);
      stopping.abort();
    },
  };
}
