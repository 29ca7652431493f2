import type { Account } from './account.ts';
import { sleep } from './async/loop.ts';
import type { ChainReader } from './chain/chain-reader.ts';
import type { Head } from './chain/finality.ts';
import type { HeadHints } from './chain/head-hints.ts';
import { type LoopContext, startLoop } from './monitoring/supervised-loop.ts';
import { createAdaptivePoller } from './pipeline/adaptive-poller.ts';

/** The latest head is read with every final one while transactions are pending, otherwise this often. */
const IDLE_TIP_SECONDS = 15;
/** After a hint that showed nothing new. */
const REPEAT_SECONDS = 0.25;

export interface ChainLoopOptions {
  readonly chain: ChainReader;
  /** Those that pay on this chain now. */
  readonly accounts: () => readonly Account[];
  /** Passes a final head to each bridge on the chain, which processes it in a loop of its own. */
  readonly onFinalHead: (head: Head) => void;
  /** A loop that does not complete a round for this long counts as stuck. */
  readonly stallSeconds: number;
  /** New heads by WebSocket, where a node offers it. */
  readonly hints?: HeadHints | undefined;
  /** Monotonic seconds. */
  readonly now: () => number;
}

/** Polls one chain's heads at the pace of its blocks, for all bridges and accounts on it. Ends with the signal. */
export function startChainLoop(options: ChainLoopOptions, context: LoopContext): Promise<void> {
  const { chain, accounts, onFinalHead, stallSeconds, hints, now } = options;
  const { signal } = context;
  const poller = createAdaptivePoller();
  let highest: bigint | undefined;
  let tipAt = -Infinity;

  /** In seconds from a poll to the next: where heads come by WebSocket, three intervals pass before polling takes over. */
  const waitAfter = (polledAt: number, blocks: number, isHint: boolean): number => {
    const polling = Math.max(poller.next(polledAt, blocks) - now(), 0);
    const expected = hints?.expectedFor() ?? 0;
    if (expected === 0) return polling;
    // The node with the WebSocket may be ahead of the others: one more poll, so that its head is not missed.
    return Math.min(isHint && blocks === 0 ? REPEAT_SECONDS : expected, stallSeconds / 2);
  };
  /** Undefined before the first poll, and after one that failed. */
  let wait: number | undefined;

  return startLoop(
    {
      name: `watch-${chain.name}`,
      part: `${chain.name} chain`,
      stallSeconds,
      async round() {
        const seconds = wait ?? 0;
        wait = undefined;
        const isHint = hints !== undefined && (await hints.wait(seconds, signal)) === 'hint';
        if (hints === undefined) await sleep(seconds, signal);
        if (signal.aborted) return 0;

        const polledAt = now();
        const paying = accounts();
        const isAwaited = paying.some(
          ({ transactions, tip }) => tip === undefined || transactions.pending().length > 0,
        );
        const isTipDue = isAwaited || (paying.length > 0 && polledAt - tipAt > IDLE_TIP_SECONDS);
        // Requested together, both travel in one HTTP request.
        const [final, tip] = await Promise.all([chain.finalHead(), isTipDue ? chain.latestHead() : undefined]);
        onFinalHead(final);
        if (tip !== undefined) {
          tipAt = now();
          await Promise.all(paying.map((account) => account.onTip(tip)));
        }

        const blocks = highest === undefined || final.number <= highest ? 0 : Number(final.number - highest);
        if (highest === undefined || final.number > highest) highest = final.number;
        wait = waitAfter(polledAt, blocks, isHint);
        return 0;
      },
    },
    context,
  );
}
