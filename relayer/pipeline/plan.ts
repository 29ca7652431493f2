import { MAXIMUM_BATCH } from '../../protocol/attestation.ts';
import type { Lane } from '../../protocol/lane.ts';
import { type Range, cutBatches, hasTurn } from '../../protocol/turns.ts';
import type { Entry } from '../state/ledger.ts';

export interface Plan {
  /** Batches for which this signer attests, collects signatures and submits. */
  readonly attest: readonly Range[];
  /** One open nonce of each source block that this signer approves on chain. */
  readonly approve: readonly bigint[];
  /** When to plan again, in monotonic seconds; undefined when only an event can change the plan. */
  readonly lookAgainAt: number | undefined;
}

export interface Turn {
  readonly lane: Lane;
  /** This signer's index in the destination's signer list. */
  readonly index: number;
  readonly size: number;
  readonly turnSeconds: number;
  readonly fallbackSeconds: number;
  /** Decreases when batches exceed the gas limit of a transaction or block. */
  readonly largestBatch?: number;
}

/** Maximum number of blocks approved per plan: an approval costs every signer a transaction. */
const APPROVALS_AT_ONCE = 8;

/** Plans a lane: entries and time in, batches out. Pure. */
export function planLane(entries: readonly Entry[], now: number, turn: Turn): Plan {
  const ready = entries.filter(
    ({ hold, parked, refused, rejected }) =>
      !parked && !refused && rejected === undefined && (hold === undefined || hold.until <= now),
  );
  const held = entries.flatMap(({ hold }) => (hold !== undefined && hold.until > now ? [hold.until] : []));

  const late = ready.filter((entry) => !entry.approved && now - entry.readyAt >= turn.fallbackSeconds);
  const blocks = [...Map.groupBy(late, ({ transfer }) => transfer.blockNumber).values()].slice(0, APPROVALS_AT_ONCE);
  const approve = blocks.flatMap((block) => (block[0] === undefined ? [] : [block[0].transfer.nonce]));
  const approving = new Set(blocks.flat().map(({ transfer }) => transfer.nonce));

  const byNonce = new Map(ready.map((entry) => [entry.transfer.nonce, entry]));
  const attest: Range[] = [];
  const later: number[] = [];
  const rest = [...byNonce.keys()].filter((nonce) => !approving.has(nonce));
  for (const batch of cutBatches(rest, turn.largestBatch ?? MAXIMUM_BATCH)) {
    const readyAt = byNonce.get(batch.firstNonce)?.readyAt ?? now;
    if (hasTurn({ ...turn, nonce: batch.firstNonce, readySeconds: now - readyAt })) attest.push(batch);
    // Planning early by a turn or more costs nothing.
    else later.push(now + turn.turnSeconds - ((now - readyAt) % turn.turnSeconds));
  }
  const fallbacks = rest.map((nonce) => (byNonce.get(nonce)?.readyAt ?? now) + turn.fallbackSeconds);
  const next = Math.min(...held, ...later, ...fallbacks.filter((at) => at > now));

  return { attest, approve, lookAgainAt: Number.isFinite(next) ? next : undefined };
}
