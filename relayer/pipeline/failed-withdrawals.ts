import { executedWords } from '../chain/bridge-contract.ts';
import type { Verdict } from './bounce-verdict.ts';
import type { Bridges } from '../state/bridges.ts';
import type { Entry, Ledger } from '../state/ledger.ts';
import { isExecuted, wordOf } from '../../protocol/bitmap.ts';
import { type Lane, type Transfer, laneKey } from '../../protocol/lane.ts';
import { entriesOf } from './backoff.ts';

/** Withdrawals that their token refused. */
export interface Refused {
  /**
   * Whether a signer whose turn came before has tried some of a batch already, in a block that is not final yet. They are
   * marked, and none of the batch is held any more.
   */
  find(ledger: Ledger, transfers: readonly Transfer[]): Promise<boolean>;
  /**
   * Judges those of a lane anew: what its token would pay now is unmarked, what may go back is answered. One that cannot be
   * judged now holds up no other. Where they are many each look goes on where the last one ended.
   */
  due(ledger: Ledger): Promise<{
    readonly due: readonly { readonly nonce: bigint; readonly bounceAt: bigint }[];
    readonly failures: readonly unknown[];
  }>;
}

export interface RefusedOptions {
  readonly bridges: Bridges;
  readonly judge: (transfer: Transfer) => Promise<Verdict>;
  readonly turnSeconds: number;
  /** Monotonic seconds. */
  readonly now: () => number;
}

/** Withdrawals that are asked for one by one. */
const FEW = 8;
/** Refused withdrawals that one look simulates. */
const AT_ONCE = 100;

export function createRefused({ bridges, judge, turnSeconds, now }: RefusedOptions): Refused {
  /** By lane: the nonce that was looked at last. */
  const looked = new Map<string, bigint>();

  /** Those that are open at the newest block although others of the same batch are executed: somebody tried, and they failed. */
  const passedOver = async ({ productToken }: Lane, entries: readonly Entry[]): Promise<readonly Entry[]> => {
    const nonces = entries.map(({ transfer }) => transfer.nonce);
    const first = wordOf(nonces[0] ?? 0n);
    const count = wordOf(nonces.at(-1) ?? 0n) - first + 1n;
    const words = await executedWords(bridges.sides.main, productToken, first + count, 'latest', first);
    const open = entries.filter(({ transfer: { nonce } }) => !isExecuted(words, nonce, first));
    return open.length < entries.length ? open : [];
  };

  return {
    async find(ledger, transfers) {
      const entries = entriesOf(ledger, transfers).filter((entry) => entry !== undefined);
      if (ledger.lane.direction === 'mint' || entries.every(({ readyAt }) => now() - readyAt < turnSeconds))
        return false;
      const doubtful = entries.length <= FEW ? entries : await passedOver(ledger.lane, entries);
      const verdicts = await Promise.allSettled(doubtful.map(({ transfer }) => judge(transfer)));
      // With none judged it is the nodes. One of several is left for the sweep, and the others go on.
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

    async due(ledger) {
      const refused = ledger.entries().filter((entry) => entry.refused && entry.rejected === undefined);
      const due: { nonce: bigint; bounceAt: bigint }[] = [];
      const failures: unknown[] = [];
      const key = laneKey(ledger.lane);
      const last = looked.get(key) ?? -1n;
      const rest = refused.filter(({ transfer: { nonce } }) => nonce > last);
      for (const entry of [...rest, ...refused.slice(0, refused.length - rest.length)].slice(0, AT_ONCE)) {
        looked.set(key, entry.transfer.nonce);
        try {
          const verdict = await judge(entry.transfer);
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
