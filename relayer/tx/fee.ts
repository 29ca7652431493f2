import type { Hex } from 'viem';

import { askAll, parseQuantity, resultsOf } from './ask-all.ts';
import type { TransactionChain } from './ports.ts';
import type { TransactionRecord } from './record.ts';

interface Receipt {
  readonly gasUsed: Hex;
  readonly effectiveGasPrice?: Hex;
  /** What a rollup asks for its parent chain besides. */
  readonly l1Fee?: Hex;
}

/**
 * What a mined transaction has cost, in wei. Asked for once, when it is known to be in a block: nothing waits for it and
 * nothing is decided by it. Null when no node tells.
 */
export async function readFee(chain: TransactionChain, record: TransactionRecord): Promise<bigint | null> {
  for (const { hash, fees } of record.versions.toReversed()) {
    const answers = await askAll<Receipt | null>(chain, 'eth_getTransactionReceipt', [hash], {
      enough: (answer) => 'result' in answer && answer.result !== null,
    });
    const receipt = resultsOf(answers).find((result) => result !== null);
    if (receipt === undefined) continue;
    const gas = parseQuantity(receipt.gasUsed);
    const price = parseQuantity(receipt.effectiveGasPrice) ?? fees.maxFeePerGas;
    return gas === null ? null : gas * price + (parseQuantity(receipt.l1Fee) ?? 0n);
  }
  return null;
}
