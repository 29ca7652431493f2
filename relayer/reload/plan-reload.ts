import { isDeepStrictEqual } from 'node:util';

import { PegwayError } from '../../protocol/errors.ts';
import { sides } from '../../protocol/lane.ts';
import { type ChainConfig, type Config, type ProcessConfig, bridgeIdOf } from '../config.ts';

/** The way from the running configuration to another, in the order of its steps. */
export interface ReloadPlan {
  readonly next: ProcessConfig;
  /** Ids of the bridges that are removed, or reopened with other settings. */
  readonly stop: readonly string[];
  /** Names of the chains that are removed, or reopened. */
  readonly close: readonly string[];
  readonly open: readonly (readonly [name: string, config: ChainConfig])[];
  readonly start: readonly Config[];
}

/** Settings of the process as a whole: ports, folder, queue, keys and the pace of its watchdog. */
const atStartOnly = ['listen', 'dataDir', 'queue', 'key', 'payingKey', 'shards', 'devnet', 'standSeconds'] as const;

/**
 * Compares two configurations. A bridge with any other setting, or on a chain with any other setting, is reopened: it recovers
 * from the chains, as after a restart.
 * @returns undefined when nothing differs.
 * @throws {PegwayError} exit code 2 when a setting differs that takes effect at a start only.
 */
export function planReload(running: ProcessConfig, next: ProcessConfig): ReloadPlan | undefined {
  const fixed = needsRestart(running, next);
  if (fixed.length > 0) {
    throw new PegwayError(`needs a restart: ${fixed.join(', ')}`, {
      exitCode: 2,
      hint: 'restart the relayer, or undo the change',
    });
  }

  const isKept = (one: Config): boolean => running.bridges.some((other) => isSameBridge(one, other));
  const isKeptIn = (one: Config): boolean => next.bridges.some((other) => isSameBridge(one, other));
  const stop = running.bridges.filter((one) => !isKeptIn(one)).map(bridgeIdOf);
  const start = next.bridges.filter((one) => !isKept(one));
  const isOther = (name: string): boolean => !isDeepStrictEqual(running.chains[name], next.chains[name]);
  const close = Object.keys(running.chains).filter(isOther);
  const open = Object.entries(next.chains).filter(([name]) => isOther(name));

  const isSame = stop.length + start.length + close.length + open.length === 0 && running.log === next.log;
  return isSame ? undefined : { next, stop, close, open, start };
}

function needsRestart(running: ProcessConfig, next: ProcessConfig): readonly string[] {
  if (running.isFleet !== next.isFleet) return ['main and product in place of chains and bridges, or the reverse'];
  const settings = atStartOnly.filter((name) => !isDeepStrictEqual(running[name], next[name]));
  // The lease and the folders of an only bridge are named after it.
  const [one, other] = [running.bridges[0], next.bridges[0]];
  if (running.isFleet || one === undefined || other === undefined) return settings;
  const places = sides.flatMap((side) =>
    (['chainId', 'bridge'] as const).flatMap((name) =>
      one[side][name] === other[side][name] ? [] : [`${side}.${name}`],
    ),
  );
  return [...settings, ...places];
}

/** The log level is the process's, and changes without a bridge being reopened. */
const isSameBridge = (one: Config, other: Config): boolean => isDeepStrictEqual({ ...one, log: other.log }, other);
