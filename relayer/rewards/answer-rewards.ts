import type { Address } from 'viem';

import { reasonOf } from '../../protocol/errors.ts';
import type { RewardPeriod } from '../../protocol/rewards.ts';
import type { Answer } from '../api/handle-attestation.ts';
import type { RewardsRequest } from '../peers/request.ts';
import type { Caller } from '../callers/callers.ts';
import type { Attester } from '../pipeline/attester.ts';
import { stateRewards } from '../state/statement.ts';

/** This relayer's own state, from which a request for a signature over rewards is answered. */
export interface RewardsAnswering {
  readonly chainId: number;
  readonly rewards: Address;
  readonly authority: () => { readonly signers: readonly Address[]; readonly signerEpoch: bigint };
  /** Rereads the main bridge after a request names a newer signer epoch; rate-limited. */
  readonly catchUp: (signerEpoch: bigint) => Promise<void>;
  readonly period: (token: Address, period: bigint) => RewardPeriod | undefined;
  readonly attester: Attester;
}

/**
 * Handles a peer's request for a signature over one period.
 *
 * @throws {PegwayError} `too-many-requests` when the caller's budget of recoveries is spent.
 *
 * SECURITY: the request is untrusted and only names a period. The signed root is the one that this relayer computed.
 */
export async function answerRewards(
  request: RewardsRequest,
  context: RewardsAnswering,
  { recover }: Pick<Caller, 'recover'>,
): Promise<Answer> {
  const { chainId, rewards, attester } = context;
  if (request.chainId !== chainId || request.rewards !== rewards) return { reason: 'wrong-bridge' };
  const caller = await recover(request.digest, request.signature);
  if (caller === undefined) return { reason: 'not-a-signer' };
  const epoch = BigInt(request.signerEpoch);
  await context.catchUp(epoch);
  const { signers, signerEpoch } = context.authority();
  if (epoch !== signerEpoch) return { reason: 'wrong-bridge' };
  if (!signers.includes(caller)) return { reason: 'not-a-signer' };

  const own = context.period(request.token, BigInt(request.period));
  if (own === undefined) return { reason: 'not-final' };
  const statement = stateRewards({ chainId, rewards }, signerEpoch, request.token, own);
  if (statement.digest !== request.digest) return { reason: 'digest-mismatch' };
  try {
    return { signer: attester.address, digest: statement.digest, signature: await attester.sign(statement) };
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    return { reason };
  }
}
