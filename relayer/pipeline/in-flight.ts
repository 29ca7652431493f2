import type { Address } from 'viem';

import type { Metrics } from '../monitoring/metrics.ts';
import type { Submission, Submitting } from './submit.ts';
import type { BatchJob } from '../queue/queue.ts';
import type { Bridges } from '../state/bridges.ts';
import type { Ledger } from '../state/ledger.ts';
import { type Side, destinationOf, laneKey } from '../../protocol/lane.ts';
import type { TxManager } from '../tx/tx-manager.ts';
import { AT_ONCE_SECONDS, type Holds } from './backoff.ts';

/** What is to be sent. */
export interface Parcel {
  readonly ledger: Ledger;
  readonly kind: BatchJob['kind'];
  /** Names the submission: the same one is never sent twice at once. */
  readonly key: string;
  readonly nonces: readonly bigint[];
  /** For the transaction's record and the log. */
  readonly note: Record<string, string | number>;
}

/** What was handed to the transaction lanes, until its end is final. */
export interface Sent {
  send(parcel: Parcel, submit: (submitting: Submitting) => Promise<Submission>): Promise<Submission>;
  /** It is in a block: what of it is still open when that block is final may be tried again. */
  readonly mined: (key: string, block: bigint) => void;
  /** It will never be in a block. */
  readonly abandoned: (key: string) => void;
  /** The destination's final block reached this height. */
  readonly final: (side: Side, height: bigint) => void;
}

export interface SentOptions {
  readonly bridges: Bridges;
  readonly transactions: Readonly<Record<Side, TxManager>>;
  readonly payer: Address;
  readonly blockGasLimit: (side: Side) => bigint;
  readonly holds: Holds;
  readonly metrics: Pick<Metrics, 'transferSeconds'>;
  /** Monotonic seconds. */
  readonly now: () => number;
}

export function createSent(options: SentOptions): Sent {
  const { bridges, transactions, payer, blockGasLimit, holds, metrics, now } = options;
  const parcels = new Map<string, Parcel & { block: bigint | undefined }>();
  const entriesIn = ({ ledger, nonces }: Parcel) => nonces.map((nonce) => ledger.get(nonce));
  const lookAgain = ({ ledger }: Parcel) => holds.lookAgain(laneKey(ledger.lane), AT_ONCE_SECONDS);

  return {
    async send(parcel, submit) {
      const { ledger, key, note } = parcel;
      const side = destinationOf(ledger.lane.direction);
      // Remembered before it is sent, so that no answer comes too early.
      parcels.set(key, { ...parcel, block: undefined });
      const submission = await submit({
        bridge: bridges.sides[side],
        transactions: transactions[side],
        account: payer,
        blockGasLimit: blockGasLimit(side),
        key,
        note: { lane: laneKey(ledger.lane), ...note },
      }).catch((error: unknown) => {
        parcels.delete(key);
        throw error;
      });
      if (!submission.sent) parcels.delete(key);
      return submission;
    },

    mined(key, block) {
      const parcel = parcels.get(key);
      if (parcel === undefined) return;
      // Once, though it may be told again after a reorganisation.
      if (parcel.kind === 'attest' && parcel.block === undefined) observeStage(parcel, 'mined', metrics, now());
      parcel.block = block;
      const reason = parcel.kind === 'approve' ? 'waiting-for-signatures' : 'waiting-for-finality';
      holds.hold(entriesIn(parcel), reason, Infinity, block);
    },

    abandoned(key) {
      const parcel = parcels.get(key);
      if (parcel === undefined) return;
      parcels.delete(key);
      holds.hold(entriesIn(parcel), 'waiting-for-inclusion', 0);
      lookAgain(parcel);
    },

    final(side, height) {
      for (const [key, parcel] of parcels) {
        const { ledger, block } = parcel;
        if (destinationOf(ledger.lane.direction) !== side || block === undefined || block > height) continue;
        parcels.delete(key);
        void transactions[side].settle(key);
        const left = entriesIn(parcel).filter((entry) => entry !== undefined);
        for (const entry of left) if (entry.hold?.block === block) entry.hold = undefined;
        if (left.length > 0) lookAgain(parcel);
      }
    },
  };
}

/** How long these transfers took from their proof to the end of a stage; `now` in monotonic seconds. */
export function observeStage(
  { ledger, nonces }: Pick<Parcel, 'ledger' | 'nonces'>,
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
