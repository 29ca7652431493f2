import type { ChaosNet } from '../net.ts';
import type { Random } from '../random.ts';

/** Resolves after so many seconds, or when all faults are to end. */
export type Last = (seconds: number) => Promise<void>;

/** Something that goes wrong. It ends when `strike` resolves: then all is in order again. */
export interface Fault {
  readonly name: string;
  /** What it takes hold of: two of one kind are never on at once. */
  readonly kind: 'processes' | 'redis' | 'peers' | 'nodes' | 'chain' | 'signers';
  /** How often it is chosen, against the others; one with 0 strikes only where it is named. */
  readonly weight: number;
  strike(net: ChaosNet, random: Random, last: Last): Promise<void>;
}
