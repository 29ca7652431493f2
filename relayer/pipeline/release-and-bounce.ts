import { encodeSignatures, indicesOf } from '../../protocol/attestation.ts';
import { type Lane, laneKey } from '../../protocol/lane.ts';
import { hasTurn } from '../../protocol/turns.ts';
import { approvalsOf } from '../chain/bridge-contract.ts';
import type { Ledger } from '../state/ledger.ts';
import { stateBounce } from '../state/statement.ts';
import type { Releasable } from './due-releases.ts';
import type { LaneContext } from './lane-context.ts';
import { submitApproval, submitBounce, submitRelease } from './submit-call.ts';

/**
 * Releases one parked transfer after its delay. A withdrawal is simulated first: the bridge accepts another release of a
 * refused one, which fails again and costs gas, and the refusal may be in a block that is not final yet.
 */
export async function releaseParked(
  ledger: Ledger,
  nonce: bigint,
  { inFlight, verdictOf, log }: Pick<LaneContext, 'inFlight' | 'verdictOf' | 'log'>,
  signal: AbortSignal,
): Promise<void> {
  const transfer = ledger.get(nonce)?.transfer;
  if (transfer === undefined) return;
  if (ledger.lane.direction === 'withdraw' && (await verdictOf(transfer)).next !== 'pay') return;
  signal.throwIfAborted();
  const key = laneKey(ledger.lane);
  const note = { nonce: nonce.toString() };
  const dispatch = { ledger, kind: 'release', key: `release-${key}-${nonce}`, nonces: [nonce], note } as const;
  const submission = await inFlight.send(dispatch, signal, (submitting) =>
    submitRelease(submitting, ledger.lane.productToken, nonce),
  );
  if (submission.sent) log.info({ lane: key, ...note }, 'release submitted');
}

/**
 * Returns a withdrawal that its token keeps refusing to the redeemer. While peers are unreachable, the signatures at
 * hand are kept at the bridge instead; the signer that completes the quorum sends the bounce.
 */
export async function bounceRefused(
  ledger: Ledger,
  nonce: bigint,
  context: Pick<LaneContext, 'bridges' | 'attester' | 'collect' | 'inFlight' | 'verdictOf' | 'log'>,
  signal: AbortSignal,
): Promise<void> {
  const { bridges, attester, collect, inFlight, verdictOf, log } = context;
  const { lane } = ledger;
  const transfer = ledger.get(nonce)?.transfer;
  if (transfer === undefined) return;
  const verdict = await verdictOf(transfer);
  if (verdict.next !== 'bounce') return;
  signal.throwIfAborted();
  const { threshold, signerEpoch } = bridges.destination(lane.direction);
  const note = { nonce: nonce.toString() };

  const { deadline } = verdict;
  const statement = stateBounce(bridges.pair, signerEpoch, transfer, deadline);
  const { digest } = statement;
  const signature = await attester.sign(statement);
  signal.throwIfAborted();
  const { signatures, refusals } = await collect(statement, signature, signal);
  const isComplete = signatures.length >= threshold;
  const stored = isComplete ? [] : indicesOf(await approvalsOf(bridges.sides.main, digest));
  const added = signatures.filter(({ index }) => !stored.includes(index));
  if (stored.length + added.length >= threshold) {
    const dispatch = { ledger, kind: 'bounce', key: `bounce-${digest}`, nonces: [nonce], note } as const;
    const submission = await inFlight.send(dispatch, signal, (submitting) =>
      submitBounce(submitting, transfer, deadline, encodeSignatures(added)),
    );
    if (submission.sent) log.info({ lane: laneKey(lane), ...note }, 'bounce submitted');
    return;
  }

  log.info({ lane: laneKey(lane), ...note, refusals }, 'quorum incomplete for a bounce');
  // Peers that answer will sign later: an approval would cost a transaction and gain nothing.
  const unreachable = refusals.filter(({ reason }) => reason === 'unreachable').length;
  if (added.length === 0 || signatures.length + unreachable < threshold) return;
  const approval = { ledger, kind: 'approve', key: `approve-${digest}`, nonces: [nonce], note } as const;
  const submission = await inFlight.send(approval, signal, (submitting) =>
    submitApproval(submitting, digest, encodeSignatures(added)),
  );
  if (submission.sent) log.info({ lane: laneKey(lane), ...note, digest }, 'approval of a bounce submitted');
}

/** Enqueues due single transfers if it is our turn: a second sender would pay for a reverted transaction. */
export async function enqueueInTurn(
  lane: Lane,
  kind: 'release' | 'bounce',
  due: readonly Releasable[],
  seconds: bigint,
  {
    bridges,
    attester,
    enqueue,
    turnSeconds,
  }: Pick<LaneContext, 'bridges' | 'attester' | 'enqueue'> & {
    readonly turnSeconds: number;
  },
): Promise<void> {
  const { signers } = bridges.destination(lane.direction);
  const index = signers.indexOf(attester.address);
  for (const { nonce, since } of due) {
    const readySeconds = Number(seconds - since);
    if (!hasTurn({ lane, nonce, size: signers.length, index, readySeconds, turnSeconds })) continue;
    await enqueue(laneKey(lane), { firstNonce: nonce.toString(), count: 1, kind });
  }
}
