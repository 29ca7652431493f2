import type { Address, Hex } from 'viem';

import { reasonOf } from '../../protocol/errors.ts';
import type { Caller } from '../callers/callers.ts';
import type { AttestationRequest } from '../peers/request.ts';
import type { Direction, Lane, Transfer } from '../../protocol/lane.ts';
import type { Reason } from '../../protocol/reasons.ts';
import type { BatchStatement, BounceStatement } from '../state/statement.ts';
import type { Ledger } from '../state/ledger.ts';

export type Answer =
  | { readonly signer: Address; readonly digest: Hex; readonly signature: Hex }
  /** `ready`: number of transfers, from the first requested nonce on, that this relayer would sign now. */
  | { readonly reason: Reason; readonly ready?: number };

/** A request for transfers that are not final here yet is held open this long: the peer's retry would come later. */
const PATIENCE_MILLISECONDS = 1_500;

/** This relayer's own state, from which every request is answered. */
export interface Answering {
  readonly destination: (direction: Direction) => {
    readonly chainId: number;
    readonly bridge: Address;
    readonly signerEpoch: bigint;
    readonly signers: readonly Address[];
  };
  /** Rereads the destination after a request names a newer signer epoch; rate-limited. */
  readonly catchUp: (direction: Direction, signerEpoch: bigint) => Promise<void>;
  readonly ledger: (lane: Lane) => Ledger | undefined;
  /** Rejects early what the signing gate would reject after the wait. Not the authoritative check: `sign` has that. */
  readonly obstacle: (lane: Lane) => Reason | undefined;
  readonly state: (ledger: Ledger, firstNonce: bigint, count: number) => BatchStatement;
  /** With the deadline of this relayer's own head. */
  readonly stateBounce: (transfer: Transfer) => BounceStatement;
  /** True if a withdrawal refused by its token may return to the redeemer now. */
  readonly mayBounce: (transfer: Transfer) => Promise<boolean>;
  /** Passes the signing gate before and after the key. @throws {PegwayError} with the gate's reason as its code. */
  readonly sign: (statement: BatchStatement | BounceStatement) => Promise<Hex>;
  /** Leaves these transfers to the peer that has just received a signature for them. */
  readonly yieldTo: (ledger: Ledger, transfers: readonly Transfer[], caller: Address) => void;
  /** Called with every valid signature over a batch, the caller's and this signer's own. */
  readonly onSignature: (statement: BatchStatement, signer: Address, signature: Hex) => void;
  readonly address: Address;
}

/**
 * Handles a peer's request for a signature.
 *
 * SECURITY: the request is untrusted and only names a range. The signed content is built from transfers that this
 * relayer has proven itself.
 * @throws {PegwayError} `too-many-requests` when the caller's budget of recoveries is spent.
 */
export async function answer(
  request: AttestationRequest,
  context: Answering,
  { recover }: Pick<Caller, 'recover'>,
): Promise<Answer> {
  const { direction, productToken } = request;
  const { chainId, bridge } = context.destination(direction);
  if (request.chainId !== chainId || request.bridge !== bridge) return { reason: 'wrong-bridge' };
  const caller = await recover(request.digest, request.signature);
  if (caller === undefined) return { reason: 'not-a-signer' };
  // The caller may have become a signer in a newer epoch than the one read here.
  const epoch = BigInt(request.signerEpoch);
  await context.catchUp(direction, epoch);
  const { signerEpoch, signers } = context.destination(direction);
  if (epoch !== signerEpoch) return { reason: 'wrong-bridge' };
  if (!signers.includes(caller)) return { reason: 'not-a-signer' };
  if (!signers.includes(context.address)) return { reason: 'not-a-signer' };

  const lane: Lane = { direction, productToken };
  const ledger = context.ledger(lane);
  if (ledger === undefined) return { reason: 'peg-mismatch' };
  const obstacle = context.obstacle(lane);
  if (obstacle !== undefined) return { reason: obstacle };

  return request.kind === 'bounce'
    ? answerBounce(request, ledger, context)
    : answerBatch(request, ledger, caller, context);
}

async function answerBatch(
  request: AttestationRequest,
  ledger: Ledger,
  caller: Address,
  context: Answering,
): Promise<Answer> {
  const { count } = request;
  const firstNonce = BigInt(request.firstNonce);
  await ledger.waitFor(firstNonce, count, PATIENCE_MILLISECONDS);

  const transfers = ledger.range(firstNonce, count);
  if (transfers.length < count) {
    const blocking = firstNonce + BigInt(transfers.length);
    return { reason: reasonNotReady(ledger, blocking), ready: transfers.length };
  }
  const statement = context.state(ledger, firstNonce, count);
  if (statement.digest !== request.digest) return { reason: 'digest-mismatch' };

  context.onSignature(statement, caller, request.signature);
  const signed = await signOrRefuse(statement, context);
  if ('signature' in signed) context.onSignature(statement, context.address, signed.signature);
  if ('signature' in signed) context.yieldTo(ledger, ledger.range(firstNonce, count), caller);
  return signed;
}

/** Why the ledger has no transfer to sign for a nonce. */
function reasonNotReady(ledger: Ledger, nonce: bigint): Reason {
  if (nonce >= ledger.nextNonce) return 'not-final';
  return ledger.get(nonce)?.rejected ?? 'already-executed';
}

async function answerBounce(request: AttestationRequest, ledger: Ledger, context: Answering): Promise<Answer> {
  const entry = ledger.get(BigInt(request.firstNonce));
  if (request.direction !== 'withdraw' || request.count !== 1) return { reason: 'bad-request' };
  if (entry === undefined) return { reason: 'unknown-nonce' };
  if (entry.rejected !== undefined) return { reason: entry.rejected };

  // SECURITY: compare digests before requests to nodes: a replayed signature over other content must cost no request.
  const statement = context.stateBounce(entry.transfer);
  if (statement.digest !== request.digest) return { reason: 'digest-mismatch' };
  // A parked withdrawal may bounce, too: a refused release stays parked.
  if (!(await context.mayBounce(entry.transfer))) return { reason: entry.parked ? 'parked' : 'payment-refused' };
  return signOrRefuse(statement, context);
}

/** @throws any error without a reason code: a fault of this relayer, such as a failed key. */
async function signOrRefuse(statement: BatchStatement | BounceStatement, context: Answering): Promise<Answer> {
  try {
    return { signer: context.address, digest: statement.digest, signature: await context.sign(statement) };
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    return { reason };
  }
}
