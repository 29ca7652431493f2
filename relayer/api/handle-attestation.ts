import type { Address, Hex } from 'viem';

import { reasonOf } from '../../protocol/errors.ts';
import type { AttestationRequest } from '../peers/request.ts';
import type { Direction, Lane, Transfer } from '../../protocol/lane.ts';
import { recoverSigner } from '../../protocol/recover-signer.ts';
import type { Reason } from '../../protocol/reasons.ts';
import type { Statement } from '../state/statement.ts';
import type { Ledger } from '../state/ledger.ts';

export type Answer =
  | { readonly signer: Address; readonly digest: Hex; readonly signature: Hex }
  | { readonly reason: Reason; readonly ready?: number };

/** A peer that is a moment ahead of us waits this long with its question open, which is sooner than it would ask again. */
const PATIENCE_MILLISECONDS = 1_500;

/** What answering needs to know; all of it this relayer's own view. */
export interface Answering {
  readonly destination: (direction: Direction) => {
    readonly chainId: number;
    readonly bridge: Address;
    readonly signerEpoch: bigint;
    readonly signers: readonly Address[];
  };
  /** Somebody says that the destination has this newer signer epoch; however often that is said, nodes are asked seldom. */
  readonly catchUp: (direction: Direction, signerEpoch: bigint) => Promise<void>;
  readonly ledger: (lane: Lane) => Ledger | undefined;
  /** Why nothing of this lane may be signed now. */
  readonly obstacle: (lane: Lane) => Reason | undefined;
  readonly state: (ledger: Ledger, firstNonce: bigint, count: number) => Statement;
  readonly sign: (statement: Statement) => Promise<Hex>;
  /** A signature for these transfers was given to this signer, who moves them now. */
  readonly giveWay: (ledger: Ledger, transfers: readonly Transfer[], caller: Address) => void;
  /** Whether a withdrawal that its token refuses may go back to the redeemer now. */
  readonly mayBounce: (transfer: Transfer) => Promise<boolean>;
  readonly stateBounce: (transfer: Transfer) => Omit<Statement, 'transfers'>;
  readonly signBounce: (statement: Omit<Statement, 'transfers'>) => Promise<Hex>;
  readonly address: Address;
}

/**
 * Answers a peer's question for a signature. SECURITY: everything in the request is checked against what this relayer has
 * proven itself; the request only says which range is meant.
 */
export async function answer(request: AttestationRequest, context: Answering): Promise<Answer> {
  const { direction, productToken } = request;
  const { chainId, bridge } = context.destination(direction);
  if (request.chainId !== chainId || request.bridge !== bridge) return { reason: 'wrong-bridge' };
  const caller = await recoverSigner(request.digest, request.signature);
  if (caller === undefined) return { reason: 'not-a-signer' };
  // A signer of a newer epoch may be one that is not known here yet.
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
  const firstNonce = BigInt(request.firstNonce);
  await ledger.waitFor(firstNonce, request.count, PATIENCE_MILLISECONDS);
  const proven = ledger.nextNonce - firstNonce;
  const ready = ledger.range(firstNonce, request.count).length;
  if (proven < BigInt(request.count)) return { reason: 'not-final', ready };
  if (ready < request.count) return { reason: 'already-executed', ready };

  const statement = context.state(ledger, firstNonce, request.count);
  if (statement.digest !== request.digest) return { reason: 'digest-mismatch' };
  try {
    const signature = await context.sign(statement);
    context.giveWay(ledger, ledger.range(firstNonce, request.count), caller);
    return { signer: context.address, digest: statement.digest, signature };
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === 'second-content' || reason === 'disk-full') return { reason };
    throw error;
  }
}

async function answerBounce(request: AttestationRequest, ledger: Ledger, context: Answering): Promise<Answer> {
  const entry = ledger.get(BigInt(request.firstNonce));
  if (request.direction !== 'withdraw' || request.count !== 1) return { reason: 'bad-request' };
  if (entry === undefined) return { reason: 'unknown-nonce' };
  if (entry.rejected !== undefined) return { reason: entry.rejected };

  // SECURITY: nodes are asked only for who signed this very bounce; any old signature of a signer has some digest.
  const statement = context.stateBounce(entry.transfer);
  if (statement.digest !== request.digest) return { reason: 'digest-mismatch' };
  // Parked is no obstacle: with its old batch anybody can park again what was refused and is over the limit.
  if (!(await context.mayBounce(entry.transfer))) return { reason: entry.parked ? 'parked' : 'payment-refused' };
  return { signer: context.address, digest: statement.digest, signature: await context.signBounce(statement) };
}
