import { setTimeout as timeout } from 'node:timers/promises';

import type { AnchorsDomain } from '../../protocol/anchors/statement.ts';
import { type Authority, epochOfSigner, signIfSame } from '../api/answer-signer.ts';
import type { Answer } from '../api/handle-attestation.ts';
import type { Caller } from '../callers/callers.ts';
import type { AnchorRequest } from '../peers/request.ts';
import type { Attester } from '../pipeline/attester.ts';
import { stateAnchor } from '../state/statement.ts';
import type { ChainHistory } from './chain-history.ts';

/** This relayer's own state, from which a request for a signature over an anchor is answered. */
export interface AnchorAnswering extends Authority {
  readonly domain: AnchorsDomain;
  readonly history: Pick<ChainHistory, 'head' | 'commit'>;
  /** Reads final blocks of the product chain up to a height, if they are final here. */
  readonly readTo: (number: bigint) => Promise<void>;
  /** The newest time of the main chain known here, in seconds. */
  readonly mainTime: () => bigint;
  readonly attester: Attester;
}

/** A request for a block that is not final here yet is held open this long: the caller's retry would come later. */
const PATIENCE_MILLISECONDS = 1_500;
const STEP_MILLISECONDS = 100;

/**
 * Handles a peer's request for a signature over an anchor.
 *
 * @throws {PegwayError} `too-many-requests` when the caller's budget of recoveries is spent.
 *
 * SECURITY: the request is untrusted and only names a height and a time. The signed hashes are those of the chain that
 * this relayer has read itself. The time must have passed: a signature over a later one would keep an exit closed.
 */
export async function answerAnchor(
  request: AnchorRequest,
  context: AnchorAnswering,
  caller: Pick<Caller, 'recover'>,
): Promise<Answer> {
  const { domain, attester, history } = context;
  if (request.chainId !== domain.chainId || request.anchors !== domain.anchors) return { reason: 'wrong-bridge' };
  const signerEpoch = await epochOfSigner(request, context, caller);
  if (typeof signerEpoch !== 'bigint') return signerEpoch;

  const [number, attestedAt] = [BigInt(request.number), BigInt(request.attestedAt)];
  const isReady = (): boolean => history.head() >= number && context.mainTime() >= attestedAt;
  for (let waited = 0; !isReady() && waited < PATIENCE_MILLISECONDS; waited += STEP_MILLISECONDS) {
    await context.readTo(number);
    if (!isReady()) await timeout(STEP_MILLISECONDS);
  }
  if (!isReady()) return { reason: 'not-final' };
  return signIfSame(request.digest, attester, async () =>
    stateAnchor(domain, signerEpoch, { number, attestedAt, ...(await history.commit(number)) }),
  );
}
