import type { Address, Hex } from 'viem';

import { reasonOf } from '../../protocol/errors.ts';
import type { Caller } from '../callers/callers.ts';
import type { Attester } from '../pipeline/attester.ts';
import type { Statement } from '../state/statement.ts';
import type { Answer } from './handle-attestation.ts';

/** The signer list of the main bridge, which its satellites (rewards, anchors) trust. */
export interface Authority {
  readonly authority: () => { readonly signers: readonly Address[]; readonly signerEpoch: bigint };
  /** Rereads the main bridge after a request names a newer signer epoch; rate-limited. */
  readonly catchUp: (signerEpoch: bigint) => Promise<void>;
}

/**
 * Requires that a current signer has signed the digest that the request names, in the current epoch.
 * @returns that epoch, or the refusal.
 * @throws {PegwayError} `too-many-requests` when the caller's budget of recoveries is spent.
 */
export async function epochOfSigner(
  request: { readonly digest: Hex; readonly signature: Hex; readonly signerEpoch: string },
  context: Authority,
  { recover }: Pick<Caller, 'recover'>,
): Promise<bigint | Extract<Answer, { reason: unknown }>> {
  const caller = await recover(request.digest, request.signature);
  if (caller === undefined) return { reason: 'not-a-signer' };
  const epoch = BigInt(request.signerEpoch);
  await context.catchUp(epoch);
  const { signers, signerEpoch } = context.authority();
  if (epoch !== signerEpoch) return { reason: 'wrong-bridge' };
  return signers.includes(caller) ? signerEpoch : { reason: 'not-a-signer' };
}

/** Signs the own statement if it is the one that was asked for. A refusal of the gate becomes the answer's reason. */
export async function signIfSame(
  digest: Hex,
  attester: Attester,
  state: () => Statement | Promise<Statement>,
): Promise<Answer> {
  try {
    const statement = await state();
    if (statement.digest !== digest) return { reason: 'digest-mismatch' };
    return { signer: attester.address, digest: statement.digest, signature: await attester.sign(statement) };
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    return { reason };
  }
}
