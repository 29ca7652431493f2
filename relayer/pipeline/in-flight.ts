import type { Address } from 'viem';

import { type Side, destinationOf, laneKey } from '../../protocol/lane.ts';
import type { Metrics } from '../monitoring/metrics.ts';
import type { BatchJob } from '../queue/queue.ts';
import type { BridgePair } from '../state/bridges.ts';
import type { Ledger } from '../state/ledger.ts';
import type { TxManager } from '../tx/tx-manager.ts';
import { type Backoff, SOON_SECONDS } from './backoff.ts';
import type { Submission, Submitting } from './submit-call.ts';

/** One call of a bridge, and the transfers that it moves. */
export interface Dispatch {
  readonly ledger: Ledger;
  readonly kind: BatchJob['kind'];
  /** Identifies the call: two calls with the same key are never in flight at once. */
  readonly key: string;
  readonly nonces: readonly bigint[];
  /** For the transaction's record and the log. */
  readonly note: Record<string, string | number>;
}

/** Calls passed to the transaction managers, until their outcome is final. */
export interface InFlight {
  /** @param signal Prevents the call while the transaction manager has not accepted it. */
  send(
    dispatch: Dispatch,
    signal: AbortSignal,
    submit: (submitting: Submitting) => Promise<Submission>,
  ): Promise<Submission>;
  /** The transaction is in a block: its transfers wait for that block's finality. */
  mined(key: string, block: bigint): void;
  /** The transaction will never be in a block: its transfers may be sent again. */
  abandoned(key: string): void;
  /** The destination's finalized block reached `height`: transfers that are still open may be sent again. */
  finalized(side: Side, height: bigint): void;
}

export interface InFlightOptions {
  readonly bridges: BridgePair;
  readonly transactions: Readonly<Record<Side, TxManager>>;
  readonly payer: Address;
  readonly blockGasLimit: (side: Side) => bigint;
  readonly backoff: Backoff;
  readonly metrics: Pick<Metrics, 'transferSeconds'>;
  /** Monotonic seconds. */
  readonly now: () => number;
}

export function createInFlight(options: InFlightOptions): InFlight {
  const { bridges, transactions, payer, blockGasLimit, backoff, metrics, now } = options;
  const dispatches = new Map<string, Dispatch & { block: bigint | undefined }>();
  const entriesIn = ({ ledger, nonces }: Dispatch) => nonces.map((nonce) => ledger.get(nonce));
  const wakeSoon = ({ ledger }: Dispatch) => backoff.wakeLater(laneKey(ledger.lane), SOON_SECONDS);

  return {
    async send(dispatch, signal, submit) {
      const { ledger, key, note } = dispatch;
      const side = destinationOf(ledger.lane.direction);
      // Recorded before sending, so that `mined` cannot arrive too early.
      dispatches.set(key, { ...dispatch, block: undefined });
      const submission = await submit({
        bridge: bridges.sides[side],
        transactions: transactions[side],
        account: payer,
        blockGasLimit: blockGasLimit(side),
        ...{ key, signal },
        note: { lane: laneKey(ledger.lane), ...note },
      }).catch((error: unknown) => {
        dispatches.delete(key);
        throw error;
      });
      if (!submission.sent) dispatches.delete(key);
      return submission;
    },

    mined(key, block) {
      const dispatch = dispatches.get(key);
      if (dispatch === undefined) return;
      // Observed once, even if a reorg repeats it.
      if (dispatch.kind === 'attest' && dispatch.block === undefined) observeStage(dispatch, 'mined', metrics, now());
      dispatch.block = block;
      const reason = dispatch.kind === 'approve' ? 'waiting-for-signatures' : 'waiting-for-finality';
      backoff.hold(entriesIn(dispatch), reason, Infinity, block);
    },

    abandoned(key) {
      const dispatch = dispatches.get(key);
      if (dispatch === undefined) return;
      dispatches.delete(key);
      backoff.hold(entriesIn(dispatch), 'waiting-for-inclusion', 0);
      wakeSoon(dispatch);
    },

    finalized(side, height) {
      for (const [key, dispatch] of dispatches) {
        const { ledger, block } = dispatch;
        if (destinationOf(ledger.lane.direction) !== side || block === undefined || block > height) continue;
        dispatches.delete(key);
        void transactions[side].settle(key);
        const open = entriesIn(dispatch).filter((entry) => entry !== undefined);
        for (const entry of open) if (entry.hold?.block === block) entry.hold = undefined;
        if (open.length > 0) wakeSoon(dispatch);
      }
    },
  };
}

/** Observes the time from the proof of these transfers to the end of a stage; `now` in monotonic seconds. */
export function observeStage(
  { ledger, nonces }: Pick<Dispatch, 'ledger' | 'nonces'>,
  stage: 'signed' | 'submitted' | 'mined',
  metrics: Pick<Metrics, 'transferSeconds'>,
  now: number,
): void {
  const { direction } = ledger.lane;
  for (const nonce of nonces) {
    const entry = ledger.get(nonce);
    if (entry !== undefined) metrics.transferSeconds.observe({ direction, stage }, now - entry.readyAt);
  }
}
