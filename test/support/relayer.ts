import { type ChildProcess, spawn } from 'node:child_process';

/** One relayer as an operator runs it, without Redis. */
export function startRelayerProcess(configFile: string): ChildProcess {
  const { REDIS_URL: _, ...environment } = process.env;
  return spawn(process.execPath, ['cli/pegway.ts', 'relayer', '--config', configFile], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment,
  });
}
