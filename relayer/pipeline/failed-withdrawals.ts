import { isExecuted, wordOf } from '../../protocol/bitmap.ts';
import { type Lane, type Transfer, laneKey } from '../../protocol/lane.ts';
import { executedWords } from '../chain/bridge-contract.ts';
import { latestHead } from '../chain/finality.ts';
import type { BridgePair } from '../state/bridges.ts';
import type { Entry, Ledger } from '../state/ledger.ts';
import { entriesOf } from './backoff.ts';
import type { Verdict } from './bounce-verdict.ts';

/** Withdrawals that their token refused to pay. */
export interface FailedWithdrawals {
  /**
   * Returns whether an earlier signer has already submitted part of a batch and the token refused, in a block that is
   * not final yet. Marks those entries as refused and releases the batch's holds.
   */
  detect(ledger: Ledger, transfers: readonly Transfer[]): Promise<boolean>;
  /**
   * Simulates the refused withdrawals of a lane again: unmarks those that their token would pay now, returns those that
   * may bounce. A failed simulation does not delay the others. Each review continues where the previous one ended.
   */
  review(ledger: Ledger): Promise<{
    readonly due: readonly { readonly nonce: bigint; readonly bounceAt: bigint }[];
    readonly failures: readonly unknown[];
  }>;
}

export interface FailedWithdrawalsOptions {
  readonly bridges: BridgePair;
  readonly verdictOf: (transfer: Transfer) => Promise<Verdict>;
  readonly turnSeconds: number;
  /** Monotonic seconds. */
  readonly now: () => number;
}

/** Up to this many withdrawals are simulated individually instead of through the bitmap. */
const FEW = 8;
/** Refused withdrawals simulated per review. */
const PER_REVIEW = 100;

export function createFailedWithdrawals(options: FailedWithdrawalsOptions): FailedWithdrawals {
  const { bridges, verdictOf, turnSeconds, now } = options;
  /** Last nonce reviewed, by lane. */
  const reviewed = new Map<string, bigint>();

  /** Entries still open at the latest block although others of the batch are executed: their payment failed. */
  const passedOver = async ({ productToken }: Lane, entries: readonly Entry[]): Promise<readonly Entry[]> => {
    const nonces = entries.map(({ transfer }) => transfer.nonce);
    const first = wordOf(nonces[0] ?? 0n);
    const count = wordOf(nonces.at(-1) ?? 0n) - first + 1n;
    const { main } = bridges.sides;
    // At a height that the quorum has: at `latest`, nodes one block apart would count as disagreeing.
    const { number } = await latestHead(main.nodes);
    const words = await executedWords(main, productToken, first + count, number, first);
    const open = entries.filter(({ transfer: { nonce } }) => !isExecuted(words, nonce, first));
    return open.length < entries.length ? open : [];
  };

  return {
    async detect(ledger, transfers) {
      const entries = entriesOf(ledger, transfers).filter((entry) => entry !== undefined);
      if (ledger.lane.direction === 'mint' || entries.every(({ readyAt }) => now() - readyAt < turnSeconds))
        return false;
      const doubtful = entries.length <= FEW ? entries : await passedOver(ledger.lane, entries);
      const verdicts = await Promise.allSettled(doubtful.map(({ transfer }) => verdictOf(transfer)));
      // All failed: a node fault. A single failure is left to the reconciler, and the others proceed.
      const [first] = verdicts;
      if (first?.status === 'rejected' && verdicts.every(({ status }) => status === 'rejected')) throw first.reason;
      for (const [index, entry] of doubtful.entries()) {
        const verdict = verdicts[index];
        entry.refused = verdict?.status !== 'fulfilled' || verdict.value.next !== 'pay';
      }
      const found = entries.some((entry) => entry.refused);
      if (found) for (const entry of entries) entry.hold = undefined;
      return found;
    },

    async review(ledger) {
      const refused = ledger.entries().filter((entry) => entry.refused && entry.rejected === undefined);
      const due: { nonce: bigint; bounceAt: bigint }[] = [];
      const failures: unknown[] = [];
      const key = laneKey(ledger.lane);
      const last = reviewed.get(key) ?? -1n;
      const rest = refused.filter(({ transfer: { nonce } }) => nonce > last);
      for (const entry of [...rest, ...refused.slice(0, refused.length - rest.length)].slice(0, PER_REVIEW)) {
        reviewed.set(key, entry.transfer.nonce);
        try {
          const verdict = await verdictOf(entry.transfer);
          if (verdict.next === 'pay') entry.refused = false;
          if (verdict.next === 'bounce') due.push({ nonce: entry.transfer.nonce, bounceAt: verdict.bounceAt });
        } catch (error) {
          failures.push(error);
        }
      }
      return { due, failures };
    },
  };
}
