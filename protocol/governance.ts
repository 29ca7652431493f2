import type { Side } from './lane.ts';

interface AdministrativeFunction {
  readonly sides: readonly Side[];
  /** Runs as soon as a quorum has signed, since it only takes away. */
  readonly immediate: boolean;
}

const both = ['main', 'product'] as const;

/** Functions of a bridge that governance may call. */
const administrative = {
  setSigners: { sides: both, immediate: false },
  setDelays: { sides: both, immediate: false },
  openPeg: { sides: both, immediate: false },
  retirePeg: { sides: ['main'], immediate: true },
  setGasCap: { sides: ['main'], immediate: false },
  setMinimum: { sides: both, immediate: false },
  setLimit: { sides: both, immediate: false },
  setFee: { sides: both, immediate: false },
  setDepartMinimum: { sides: both, immediate: false },
  lowerLimit: { sides: both, immediate: true },
  voidParked: { sides: both, immediate: true },
  revokeSignatures: { sides: both, immediate: true },
  renew: { sides: both, immediate: true },
  unpause: { sides: both, immediate: true },
  prolongPause: { sides: both, immediate: true },
} as const satisfies Readonly<Record<string, AdministrativeFunction>>;

export type AdministrativeName = keyof typeof administrative;

export const isAdministrative = (name: string): name is AdministrativeName => Object.hasOwn(administrative, name);

/** Functions that governance may call at one side's bridge. */
export const functionsOf = (side: Side): string[] =>
  Object.entries<AdministrativeFunction>(administrative)
    .filter(([, { sides }]) => sides.includes(side))
    .map(([name]) => name);

export const isImmediate = (name: string): boolean => isAdministrative(name) && administrative[name].immediate;

/** How long an accepted proposal can be executed, in seconds; `EXECUTION_WINDOW` of the contract. */
export const EXECUTION_WINDOW = 604_800n;

/** The stage of the pending proposal. */
export type PendingStage = 'waiting' | 'executable' | 'expired' | 'signers-replaced';

export interface GovernanceClock {
  readonly pending: { readonly executableAt: bigint; readonly listEpoch: bigint } | undefined;
  /** Of the newest block, in seconds since the epoch. */
  readonly timestamp: bigint;
  /** The epoch in which the present list of signers began. */
  readonly listEpoch: bigint;
}

/** Undefined when nothing is pending. */
export function stageOf({ pending, timestamp, listEpoch }: GovernanceClock): PendingStage | undefined {
  if (pending === undefined) return undefined;
  if (pending.listEpoch !== listEpoch) return 'signers-replaced';
  if (timestamp < pending.executableAt) return 'waiting';
  return timestamp < pending.executableAt + EXECUTION_WINDOW ? 'executable' : 'expired';
}
