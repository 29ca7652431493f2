import type { Hex } from 'viem';

import type { Side } from '../../protocol/lane.ts';
import type { RpcQuorum } from '../chain/rpc-quorum.ts';
import { sleep } from '../async/loop.ts';
import type { History } from '../store/history.ts';

export interface PricingOptions {
  readonly nodes: Readonly<Record<Side, Pick<RpcQuorum, 'one'>>>;
  readonly history: Pick<History, 'activity' | 'setPrice'>;
  readonly onError: (error: unknown) => void;
  readonly signal: AbortSignal;
}

/** Few, since nothing but displays waits for them: transactions of a long backfill take hours. */
const AT_ONCE = 20;
const PAUSE_SECONDS = 5;

interface Receipt {
  readonly gasUsed: Hex;
  readonly effectiveGasPrice: Hex;
  /** Of rollups: what publishing the transaction cost, in wei. */
  readonly l1Fee?: Hex;
}

/** Reads the cost of transactions that ended transfers. For display only, so a single node suffices. */
export async function priceTransactions({ nodes, history, onError, signal }: PricingOptions): Promise<void> {
  const price = async ({ side, hash }: { readonly side: Side; readonly hash: Hex }): Promise<void> => {
    const receipt = await nodes[side].one<Receipt | null>('eth_getTransactionReceipt', [hash]);
    history.setPrice(hash, receipt === null ? undefined : costOf(receipt));
  };

  while (!signal.aborted) {
    try {
      await Promise.all(history.activity.unpriced(AT_ONCE).map(price));
    } catch (error) {
      onError(error);
    }
    await sleep(PAUSE_SECONDS, signal);
  }
}

const costOf = ({ gasUsed, effectiveGasPrice, l1Fee = '0x0' }: Receipt): bigint =>
  BigInt(gasUsed) * BigInt(effectiveGasPrice) + BigInt(l1Fee);
