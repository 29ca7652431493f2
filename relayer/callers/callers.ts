import type { Address, Hex } from 'viem';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

import { PegwayError } from '../../protocol/errors.ts';
import { reasons } from '../../protocol/reasons.ts';
import { recoverSigner } from '../../protocol/recover-signer.ts';
import { quotaKeyOf } from './address.ts';
import type { PeerSources } from './peer-sources.ts';

/** The sender of a request that may cost signature recoveries. */
export interface Caller {
  readonly kind: CallerKind;
  /**
   * Recovers the signer of `digest` on this caller's budget.
   * @returns undefined for an invalid signature.
   * @throws {PegwayError} `too-many-requests` when the budget is spent.
   */
  recover(digest: Hex, signature: Hex): Promise<Address | undefined>;
}

export type CallerKind = 'peer' | 'stranger';

/** Admits requests that cost a signature recovery. */
export interface Callers {
  /** @returns undefined when the budget of this address is spent. A flood takes this path, so it creates no error. */
  admit(address: string): Promise<Caller | undefined>;
}

export interface CallersOptions {
  readonly sources: PeerSources;
  /** Recovers for strangers, in another thread. */
  readonly pool: { recover(digest: Hex, signature: Hex): Promise<Address | undefined> };
  readonly onRefused: (kind: CallerKind) => void;
}

/** Recoveries a second that are reserved for each peer. One takes one to two milliseconds of the event loop. */
export const PEER_BUDGET = 50;
/** Recoveries a second for all strangers together. */
export const STRANGERS_BUDGET = 50;
/**
 * Recoveries a second for one stranger: an IPv4 address, or a /64 of IPv6. A proposal can have as many signatures, of which an
 * operator sends all at once.
 */
export const STRANGER_QUOTA = 32;

const budget = (points: number): RateLimiterMemory => new RateLimiterMemory({ points, duration: 1 });

/** Takes from a budget; false when it is spent. */
const take = async (from: RateLimiterMemory, key: string, points = 1): Promise<boolean> => {
  try {
    await from.consume(key, points);
    return true;
  } catch (error) {
    if (error instanceof RateLimiterRes) return false;
    throw error;
  }
};

/**
 * Separate budgets for peers and strangers, so that no stranger delays a peer. The budgets of two peers at different addresses are
 * separate, too. A peer that spends more than its budget, or sends from an unknown address, shares the strangers' budget.
 */
export function createCallers({ sources, pool, onRefused }: CallersOptions): Callers {
  const ofPeers = budget(PEER_BUDGET);
  const ofStranger = budget(STRANGER_QUOTA);
  const ofStrangers = budget(STRANGERS_BUDGET);

  const charge = async (address: string): Promise<CallerKind | undefined> => {
    const key = quotaKeyOf(address);
    const peers = sources.peersAt(address);
    // Relayers that share an address share its budget, which is as many times as large.
    if (peers > 0 && (await take(ofPeers, key, 1 / peers))) return 'peer';
    // The quota first: a stranger that exceeds it must take nothing from the others.
    if ((await take(ofStranger, key)) && (await take(ofStrangers, 'all'))) return 'stranger';
    onRefused(peers > 0 ? 'peer' : 'stranger');
    return undefined;
  };

  return {
    async admit(address) {
      const kind = await charge(address);
      if (kind === undefined) return undefined;
      let isPaid = true;
      return {
        kind,
        async recover(digest, signature) {
          const paid = isPaid ? kind : await charge(address);
          isPaid = false;
          if (paid === undefined) throw new PegwayError(reasons['too-many-requests'], { code: 'too-many-requests' });
          return paid === 'peer' ? recoverSigner(digest, signature) : pool.recover(digest, signature);
        },
      };
    },
  };
}
