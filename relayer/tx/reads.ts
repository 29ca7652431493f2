import type { Address, Hex } from 'viem';

import { agreeOnCount } from './account.ts';
import { askAll, parseQuantity, resultsOf, toQuantity } from './ask-all.ts';
import type { Head, TransactionChain } from './ports.ts';
import type { TransactionRecord } from './records.ts';

/** The small reads of the lane. Each asks every node and takes the answer that one wrong node can't bend far. */

/**
 * The newest block, each of its fields by the upper median of what the nodes say: of three, one that lags moves nothing, and
 * neither does one that names a block of its own, which would keep the fees of all that is signed now from being raised. Of
 * two the one ahead is believed. Null when none answers.
 */
export async function readHead(chain: TransactionChain): Promise<Head | null> {
  const answers = await askAll<{ number?: unknown; timestamp?: unknown; baseFeePerGas?: unknown } | null>(
    chain,
    'eth_getBlockByNumber',
    ['latest', false],
  );
  const blocks = resultsOf(answers).filter((block) => parseQuantity(block?.number) !== null);
  const middle = (field: 'number' | 'timestamp' | 'baseFeePerGas') =>
    median(
      blocks.flatMap((block) => parseQuantity(block?.[field]) ?? []),
      'upper',
    );
  const number = middle('number');
  if (number === null) return null;
  return { number, timestamp: middle('timestamp') ?? 0n, baseFeePerGas: middle('baseFeePerGas') };
}

/** The lower median of what the nodes suggest; of the gas price on a chain without base fees. Null when none answers. */
export async function readTip(chain: TransactionChain, head: Head): Promise<bigint | null> {
  if (head.baseFeePerGas !== null) {
    const tip = await readMedian(chain, 'eth_maxPriorityFeePerGas', []);
    if (tip !== null) return tip;
  }
  const gasPrice = await readMedian(chain, 'eth_gasPrice', []);
  if (gasPrice === null) return null;
  const baseFee = head.baseFeePerGas ?? 0n;
  return gasPrice > baseFee ? gasPrice - baseFee : 0n;
}

export function readBalance(chain: TransactionChain, address: Address, head: Head): Promise<bigint | null> {
  return readMedian(chain, 'eth_getBalance', [address, toQuantity(head.number)]);
}

/** The nonce after those that pools hold. */
export async function readPendingCount(chain: TransactionChain, address: Address): Promise<number> {
  const answers = await askAll<unknown>(chain, 'eth_getTransactionCount', [address, 'pending']);
  return agreeOnCount(resultsOf(answers))?.agreed ?? 0;
}

async function readMedian(chain: TransactionChain, method: string, params: readonly unknown[]): Promise<bigint | null> {
  const results = resultsOf(await askAll<unknown>(chain, method, params));
  return median(
    results.flatMap((result) => parseQuantity(result) ?? []),
    'lower',
  );
}

const median = (values: readonly bigint[], which: 'lower' | 'upper'): bigint | null =>
  values.toSorted((a, b) => (a < b ? -1 : 1))[Math.floor((values.length - (which === 'lower' ? 1 : 0)) / 2)] ?? null;

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
