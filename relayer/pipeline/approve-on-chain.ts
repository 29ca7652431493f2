import { MAXIMUM_BATCH, encodeSignatures, indicesOf } from '../../protocol/attestation.ts';
import { PegwayError } from '../../protocol/errors.ts';
import { type Transfer, destinationOf, laneKey, sourceOf } from '../../protocol/lane.ts';
import type { Reason } from '../../protocol/reasons.ts';
import { approvalsOf } from '../chain/bridge-contract.ts';
import { provenEvents } from '../chain/logs.ts';
import type { BridgePair } from '../state/bridges.ts';
import type { Ledger } from '../state/ledger.ts';
import { stateBatch } from '../state/statement.ts';
import { type Entries, entriesOf } from './backoff.ts';
import { JOB_SECONDS, type LaneContext } from './lane-context.ts';
import { submitBatch } from './submit-call.ts';

export interface Approving extends Pick<
  LaneContext,
  'bridges' | 'attester' | 'inFlight' | 'backoff' | 'metrics' | 'log'
> {
  /** This signer's index in the destination's signer list. */
  readonly index: number;
  readonly turnSeconds: number;
}

/**
 * Falls back to the whitepaper's own protocol when peers are unreachable: submits this signer's signature alone. The
 * statement covers all of the lane's transfers in one source block, including executed ones, so that all signers
 * approve the same digest.
 * @returns the rejection by the bridge or the transaction manager; undefined when the approval was sent or is not
 * needed.
 */
export async function approveOnChain(
  ledger: Ledger,
  nonce: bigint,
  { bridges, attester, inFlight, backoff, metrics, log, index, turnSeconds }: Approving,
  signal: AbortSignal,
): Promise<{ readonly entries: Entries; readonly reason: Reason } | undefined> {
  const { lane } = ledger;
  const entry = ledger.get(nonce);
  if (entry === undefined) return undefined;
  const transfers = await transfersBeside(bridges, entry.transfer);
  if (transfers.some((transfer) => ledger.get(transfer.nonce)?.rejected !== undefined)) return undefined;

  const { threshold, signerEpoch } = bridges.destination(lane.direction);
  const entries = entriesOf(ledger, transfers);
  backoff.hold(entries, 'waiting-for-signatures', JOB_SECONDS);
  const statement = stateBatch(bridges.pair, signerEpoch, transfers, 'block');
  const stored = indicesOf(await approvalsOf(bridges.sides[destinationOf(lane.direction)], statement.digest));
  signal.throwIfAborted();
  if (stored.includes(index) && stored.length < threshold) {
    for (const one of entries) if (one !== undefined) one.approved = true;
    backoff.hold(entries, 'waiting-for-signatures', turnSeconds);
    return undefined;
  }

  const own = stored.includes(index) ? [] : [{ index, signature: await attester.sign(statement) }];
  signal.throwIfAborted();
  metrics.signatures.inc({ signer: attester.address }, own.length);
  const { firstNonce, count, digest } = statement;
  const note = { firstNonce: firstNonce.toString(), count, approval: stored.length + 1 };
  const nonces = transfers.map((transfer) => transfer.nonce);
  const dispatch = { ledger, kind: 'approve', key: `approve-${digest}`, nonces, note } as const;
  backoff.hold(entries, 'waiting-for-inclusion', Infinity);
  const submission = await inFlight.send(dispatch, signal, (submitting) =>
    submitBatch(submitting, statement, encodeSignatures(own)),
  );
  if (!submission.sent) return { entries, reason: submission.reason };
  log.info({ lane: laneKey(lane), ...note, digest }, 'approval submitted');
  return undefined;
}

/** The lane's transfers in the source block of one transfer, from proven logs: the batch that contains it. */
async function transfersBeside(
  bridges: BridgePair,
  { lane, nonce, blockNumber }: Transfer,
): Promise<readonly Transfer[]> {
  const { source } = bridges.sides[sourceOf(lane.direction)];
  const events = await provenEvents(source, { from: blockNumber, to: blockNumber });
  const inBlock = events.flatMap((event) =>
    event.kind === 'departed' && laneKey(event.transfer.lane) === laneKey(lane) ? [event.transfer] : [],
  );
  const position = inBlock.findIndex((transfer) => transfer.nonce === nonce);
  if (position < 0) {
    const message = `${laneKey(lane)}: nonce ${nonce} is missing from block ${blockNumber}, where it departed`;
    throw new PegwayError(message, { code: 'proof-invalid' });
  }
  const start = position - (position % MAXIMUM_BATCH);
  return inBlock.slice(start, start + MAXIMUM_BATCH);
}
