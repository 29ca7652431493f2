import type { Account } from './account.ts';
import type { ChainReader } from './chain/chain-reader.ts';
import type { Head } from './chain/finality.ts';
import { type LoopContext, startLoop } from './monitoring/supervised-loop.ts';
import { createAdaptivePoller } from './pipeline/adaptive-poller.ts';

/** The latest head is read with every final one while transactions are pending, otherwise this often. */
const IDLE_TIP_SECONDS = 15;

export interface ChainLoopOptions {
  readonly chain: ChainReader;
  /** Pays on this chain. */
  readonly account: Account;
  /** Passes a final head to each bridge on the chain, which processes it in a loop of its own. */
  readonly onFinalHead: (head: Head) => void;
  /** A loop that does not complete a round for this long counts as stuck. */
  readonly stallSeconds: number;
  /** Monotonic seconds. */
  readonly now: () => number;
}

/** Polls one chain's heads at the pace of its blocks, for all bridges and accounts on it. Ends with the signal. */
export function startChainLoop(options: ChainLoopOptions, context: LoopContext): Promise<void> {
  const { chain, account, onFinalHead, stallSeconds, now } = options;
  const poller = createAdaptivePoller();
  let highest: bigint | undefined;
  let tipAt = -Infinity;

  return startLoop(
    {
      name: `watch-${chain.name}`,
      part: `${chain.name} chain`,
      stallSeconds,
      async round() {
        const polledAt = now();
        const isTipDue = account.transactions.pending().length > 0 || polledAt - tipAt > IDLE_TIP_SECONDS;
        // Requested together, both travel in one HTTP request.
        const [final, tip] = await Promise.all([chain.finalHead(), isTipDue ? chain.latestHead() : undefined]);
        onFinalHead(final);
        if (tip !== undefined) {
          tipAt = now();
          await account.onTip(tip);
        }

        const blocks = highest === undefined || final.number <= highest ? 0 : Number(final.number - highest);
        if (highest === undefined || final.number > highest) highest = final.number;
        return Math.max(poller.next(polledAt, blocks) - now(), 0);
      },
    },
    context,
  );
}
