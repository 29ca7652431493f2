import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { createLatest } from '../async/latest.ts';
import { type Environment, type ProcessConfig, readProcessConfig } from '../config.ts';

/** The configuration file of a running process, which an operator may edit. */
export interface ConfigSource {
  /** Changes with the file's content, also when it becomes unreadable. */
  version(): string;
  /** @throws {PegwayError} exit code 2 when it is not a valid configuration. */
  read(): ProcessConfig;
  /** Asks for a reload without delay. */
  request(): void;
  /** Resolves at a request with true, or false when the signal is aborted first. */
  requested(signal: AbortSignal): Promise<boolean>;
}

export function openConfigSource(path: string, environment: Environment): ConfigSource {
  const requests = createLatest<true>();
  return {
    version() {
      try {
        return createHash('sha256').update(readFileSync(path)).digest('hex');
      } catch {
        return 'unreadable';
      }
    },
    read: () => readProcessConfig(path, environment),
    request: () => requests.put(true),
    requested: async (signal) => (await requests.take(signal)) === true,
  };
}
