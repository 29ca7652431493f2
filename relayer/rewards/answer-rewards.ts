import type { Address } from 'viem';

import type { RewardPeriod } from '../../protocol/rewards.ts';
import { type Authority, epochOfSigner, signIfSame } from '../api/answer-signer.ts';
import type { Answer } from '../api/handle-attestation.ts';
import type { RewardsRequest } from '../peers/request.ts';
import type { Caller } from '../callers/callers.ts';
import type { Attester } from '../pipeline/attester.ts';
import { stateRewards } from '../state/statement.ts';

/** This relayer's own state, from which a request for a signature over rewards is answered. */
export interface RewardsAnswering extends Authority {
  readonly chainId: number;
  readonly rewards: Address;
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
  caller: Pick<Caller, 'recover'>,
): Promise<Answer> {
  const { chainId, rewards, attester } = context;
  if (request.chainId !== chainId || request.rewards !== rewards) return { reason: 'wrong-bridge' };
  const signerEpoch = await epochOfSigner(request, context, caller);
  if (typeof signerEpoch !== 'bigint') return signerEpoch;

  const own = context.period(request.token, BigInt(request.period));
  if (own === undefined) return { reason: 'not-final' };
  return signIfSame(request.digest, attester, () =>
    stateRewards({ chainId, rewards }, signerEpoch, request.token, own),
  );
}
