import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { Io } from '../io.ts';
import { wrong } from '../output.ts';

/** Selects a bridge: a relayer's configuration, or the folder of a devnet. */
export interface PlaceFlags {
  readonly config?: string;
  readonly data?: string;
  /** One of several bridges, by name or id. */
  readonly bridge?: string;
}

export type Place =
  | { readonly kind: 'config'; readonly file: string }
  | { readonly kind: 'devnet'; readonly directory: string };

/** Where packages and units put the configuration of a signer's machine. */
export const SYSTEM_CONFIG = '/etc/pegway/relayer.json';
const VARIABLE = 'PEGWAY_CONFIG';
/** The default folder of `pegway devnet`. */
const DEVNET = '.pegway';

type Environment = Pick<Io, 'env'>;

/**
 * Finds the bridge of a command: `--config`, `--data`, `PEGWAY_CONFIG`, the devnet that runs from this folder, then
 * `/etc/pegway/relayer.json`.
 * @throws {PegwayError} exit code 2 when there is none.
 */
export function findPlace({ config, data }: PlaceFlags, io: Environment, system: string = SYSTEM_CONFIG): Place {
  if (config === undefined && data !== undefined) return { kind: 'devnet', directory: data };
  const named = namedConfig(config, io);
  if (named !== undefined) return { kind: 'config', file: named };
  if (existsSync(join(DEVNET, 'devnet.json'))) return { kind: 'devnet', directory: DEVNET };
  return { kind: 'config', file: systemConfig(system) };
}

/**
 * Finds a relayer's configuration, for commands that need one: `--config`, `PEGWAY_CONFIG`, then `/etc/pegway/relayer.json`.
 * @throws {PegwayError} exit code 2 when there is none.
 */
export const findConfig = (config: string | undefined, io: Environment, system: string = SYSTEM_CONFIG): string =>
  namedConfig(config, io) ?? systemConfig(system);

function namedConfig(config: string | undefined, { env }: Environment): string | undefined {
  if (config !== undefined) return config;
  const named = env[VARIABLE];
  return named === '' ? undefined : named;
}

function systemConfig(file: string): string {
  if (existsSync(file)) return file;
  throw wrong(
    `no configuration is named, and there is no ${file}`,
    `add --config FILE, or set ${VARIABLE} to the path of a relayer’s configuration`,
  );
}
