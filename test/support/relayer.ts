import { type ChildProcess, spawn } from 'node:child_process';

import { bundledProgram } from './bundled-program.ts';

/** One relayer as an operator runs it, without Redis. */
export async function startRelayerProcess(configFile: string): Promise<ChildProcess> {
  const program = await bundledProgram();
  const { REDIS_URL: _, ...environment } = process.env;
  return spawn(process.execPath, [program, 'relayer', '--config', configFile], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment,
  });
}
