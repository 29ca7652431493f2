import { type Chain, call } from '../../cli/devnet/anvil.ts';

/** Mines the blocks of test chains several times a second: `evm_setIntervalMining` takes whole seconds only. */
export interface BlockClock {
  /** From now on blocks come by the clock alone. */
  start(chain: Pick<Chain, 'rpcUrl'>): Promise<void>;
  /** Until `start`, no block comes but by `evm_mine`. Resolves when the last one is in. */
  hold(chain: Pick<Chain, 'rpcUrl'>): Promise<void>;
  /** Ends all. */
  stop(): Promise<void>;
}

export function createBlockClock(milliseconds: number): BlockClock {
  const running = new Map<string, { readonly ending: AbortController; readonly ended: Promise<void> }>();

  const hold = async ({ rpcUrl }: Pick<Chain, 'rpcUrl'>): Promise<void> => {
    const clock = running.get(rpcUrl);
    running.delete(rpcUrl);
    clock?.ending.abort();
    await clock?.ended;
  };
  return {
    async start({ rpcUrl }) {
      await hold({ rpcUrl });
      await call(rpcUrl, 'evm_setAutomine', false);
      const ending = new AbortController();
      running.set(rpcUrl, { ending, ended: mine(rpcUrl, milliseconds, ending.signal) });
    },
    hold,
    async stop() {
      await Promise.all([...running.keys()].map((rpcUrl) => hold({ rpcUrl })));
    },
  };
}

async function mine(rpcUrl: string, milliseconds: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    if (signal.aborted) return;
    // A test may kill the chain.
    await call(rpcUrl, 'evm_mine').catch(() => undefined);
  }
}
