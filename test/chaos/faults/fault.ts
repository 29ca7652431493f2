import type { ChaosChains, ChaosNet } from '../net.ts';
import type { Random } from '../random.ts';

/** Resolves after the given seconds, or when all faults must end. */
export type Last = (seconds: number) => Promise<void>;

/** A fault. It has ended, and everything is repaired, when `strike` resolves. */
export interface Fault {
  readonly name: string;
  /** The resource it affects: faults of one kind never overlap. */
  readonly kind: 'processes' | 'redis' | 'peers' | 'nodes' | 'chain' | 'signers' | 'strangers';
  /** Relative frequency; a fault with weight 0 runs only when named. */
  readonly weight: number;
  /** The only client with chains that can have it; default: any. */
  readonly chains?: ChaosChains;
  strike(net: ChaosNet, random: Random, last: Last): Promise<void>;
}
