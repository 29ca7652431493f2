import { type Address, type Hex, isAddressEqual } from 'viem';

import type { NextProposal } from '../chain/bridge-contract.ts';
import type { ProposalPool, SharedProposal } from '../peers/governance.ts';
import type { ProposalStore } from '../store/proposal-store.ts';
import { type Domain, governanceDigest } from '../../protocol/attestation.ts';
import { type Side, sides } from '../../protocol/lane.ts';
import type { Reason } from '../../protocol/reasons.ts';
import type { Caller } from '../callers/callers.ts';

/** One bridge, as the proposal pool needs it. */
export interface BoardSide extends Domain {
  /** The signers as last read. A stale list is safe: the bridge rejects an invalid signature as well. */
  readonly signers: () => readonly Address[];
  /** Reads what the next proposal must name. */
  readonly next: () => Promise<NextProposal>;
}

/** Proposals that one signer may sign under one nonce: enough for corrections, too few to fill a disk. */
const PROPOSALS_A_SIGNER = 8;

/**
 * Maximum age of the cached governance nonce and list epoch, in seconds: anyone may send requests, so not every one may reach the
 * nodes.
 */
const NEXT_SECONDS = 2;

/**
 * Stores governance signatures: current signers submit theirs, anyone reads them. The relayer neither signs nor trusts
 * anything here; operators sign with `pegway governance sign` after reviewing the change.
 */
export function createProposalPool(options: {
  readonly bridges: Readonly<Record<Side, BoardSide>>;
  readonly store: ProposalStore;
  /** Monotonic seconds. */
  readonly now: () => number;
}): ProposalPool {
  const { bridges, store, now } = options;
  const readings = new Map<Side, { readonly at: number; readonly next: Promise<NextProposal> }>();

  const nextOf = (side: Side, oldest: number): Promise<NextProposal> => {
    const known = readings.get(side);
    if (known !== undefined && now() - known.at < oldest) return known.next;
    const next = bridges[side].next();
    readings.set(side, { at: now(), next });
    next.catch(() => readings.delete(side));
    return next;
  };

  const digestOf = ({ chain, listEpoch, nonce, deadline, calls }: SharedProposal): Hex =>
    governanceDigest(bridges[chain], BigInt(listEpoch), BigInt(nonce), BigInt(deadline), calls);

  /**
   * SECURITY: anyone may send anything; a submission counts only when its signature over this exact digest recovers to
   * a current signer. Each signer is checked once, so that repeating a name costs no recovery.
   */
  const signedByCurrent = async (proposal: SharedProposal, digest: Hex, caller: Pick<Caller, 'recover'>) => {
    const signers = bridges[proposal.chain].signers();
    const bySigner = new Map(proposal.signatures.map((one) => [one.signer, one]));
    const named = [...bySigner.values()].filter(({ signer }) => signers.includes(signer));
    const recovered = await Promise.all(named.map(({ signature }) => caller.recover(digest, signature)));
    return named.filter(({ signer }, index) => recovered[index] === signer);
  };

  return {
    async add(proposal, caller) {
      const refuse = (reason: Reason) => ({ reason });
      const { chain, chainId, bridge, nonce } = proposal;
      const own = bridges[chain];
      if (chainId !== own.chainId.toString() || !isAddressEqual(bridge, own.bridge)) return refuse('wrong-bridge');
      const digest = digestOf(proposal);
      const signed = await signedByCurrent(proposal, digest, caller);
      if (signed.length === 0) return refuse('not-a-signer');

      // SECURITY: signatures never expire, and anyone can read them here or on chain. So replaying one must cost no
      // more node requests than a listing does. Only a signer can have signed a proposal after the next one.
      const known = await nextOf(chain, NEXT_SECONDS);
      const isNewer = BigInt(nonce) > known.nonce || BigInt(proposal.listEpoch) > known.listEpoch;
      const { nonce: next, listEpoch } = isNewer ? await nextOf(chain, 0) : known;
      store.deleteBelow(chain, next);
      if (BigInt(nonce) !== next) return refuse('out-of-order');
      // Signed under a list that was replaced since, or under one that never began.
      if (BigInt(proposal.listEpoch) !== listEpoch) return refuse('wrong-bridge');
      const kept = store.list(chain, next);
      const { signatures: _, ...unsigned } = proposal;
      const text = JSON.stringify(unsigned);
      for (const { signer, signature } of signed) {
        const others = kept.filter((item) => item.signer === signer && item.digest !== digest);
        if (others.length >= PROPOSALS_A_SIGNER) return refuse('too-many-requests');
        store.save({ chain, digest, nonce: next, signer, signature, proposal: text });
      }
      const signers = store.list(chain, next).filter((item) => item.digest === digest);
      return { digest, signers: signers.map(({ signer }) => signer) };
    },

    async list() {
      const lists = await Promise.all(
        sides.map(async (side) => {
          const { nonce, listEpoch } = await nextOf(side, NEXT_SECONDS);
          const kept = store.list(side, nonce);
          return [...Map.groupBy(kept, ({ digest }) => digest).values()].flatMap((items): readonly SharedProposal[] => {
            const signatures = items.map(({ signer, signature }) => ({ signer, signature }));
            const unsigned = JSON.parse(items[0]?.proposal ?? '{}') as Omit<SharedProposal, 'signatures'>;
            return unsigned.listEpoch === listEpoch.toString() ? [{ ...unsigned, signatures }] : [];
          });
        }),
      );
      return lists.flat();
    },
  };
}
