import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { type Child, watchChild } from '../../cli/devnet/child.ts';
import { freePorts } from '../../cli/devnet/free-ports.ts';
import type { ConfigFile } from '../../relayer/config.ts';
import { bundledProgram } from '../support/bundled-program.ts';

/** A signer's second process, with its own ports and data folder. */
export interface Standby {
  process(): Child;
  start(): void;
}

export async function startStandby(configFile: string): Promise<Standby> {
  const config = JSON.parse(readFileSync(configFile, 'utf8')) as ConfigFile;
  const [publicPort, privatePort] = await freePorts(2);
  config.listen = { public: `127.0.0.1:${publicPort}`, private: `127.0.0.1:${privatePort}` };
  config.dataDir = 'standby-data';
  const file = join(dirname(configFile), 'standby.json');
  writeFileSync(file, JSON.stringify(config));
  const program = await bundledProgram();
  let child: Child;
  const start = () => {
    const spawned = spawn(process.execPath, [program, 'relayer', '--config', file], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = watchChild('standby', spawned, join(dirname(file), 'standby.log'));
  };
  start();
  return { process: () => child, start };
}
