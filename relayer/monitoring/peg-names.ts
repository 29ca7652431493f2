import { type Address, erc20Abi } from 'viem';

import { view } from '../chain/bridge-contract.ts';
import type { RpcQuorum } from '../chain/rpc-quorum.ts';
import type { Metrics } from './metrics.ts';

/** The symbols of product tokens, for alerts and dashboards alone. */
export interface PegNames {
  /** Reads the symbols of pegs that are new, and removes those of pegs that are gone. Does not wait for them. */
  update(productTokens: readonly Address[]): void;
}

const LONGEST = 16;

export function createPegNames(options: {
  readonly nodes: RpcQuorum;
  readonly metrics: Pick<Metrics, 'pegInfo'>;
}): PegNames {
  const { nodes, metrics } = options;
  /** Undefined while it is read, and after a read that failed. */
  const symbols = new Map<Address, string | undefined>();

  const read = async (peg: Address): Promise<void> => {
    symbols.set(peg, undefined);
    try {
      const text = await view(nodes, { address: peg, abi: erc20Abi, functionName: 'symbol' });
      if (!symbols.has(peg)) return;
      // SECURITY: untrusted text, of a bounded length, in messages to people.
      const symbol = text.replace(/[^\p{L}\p{N}.$_-]/gu, '?').slice(0, LONGEST);
      symbols.set(peg, symbol);
      metrics.pegInfo.set({ peg, symbol }, 1);
    } catch {
      // Tried again with the next scrape.
      symbols.delete(peg);
    }
  };

  return {
    update(productTokens) {
      for (const peg of productTokens) if (!symbols.has(peg)) void read(peg);
      for (const [peg, symbol] of symbols) {
        if (productTokens.includes(peg)) continue;
        symbols.delete(peg);
        if (symbol !== undefined) metrics.pegInfo.remove({ peg, symbol });
      }
    },
  };
}
