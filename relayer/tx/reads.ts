import type { Address, Hex } from 'viem';

import { agreeOnCount } from './nonces.ts';
import { askAll, parseQuantity, resultsOf, toQuantity } from './ask-all.ts';
import type { Head, TransactionChain } from './ports.ts';
import type { TransactionRecord } from './records.ts';

/**
 * Reads of the transaction manager. Each asks every node, and picks an answer that a single wrong node cannot bend far.
 */

/**
 * The newest block, each field the upper median over the nodes. Of three nodes, one that lags or invents a block
 * changes nothing; an invented one would otherwise block fee raises. Of two nodes the higher wins. Null when no node
 * answers.
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

/**
 * The lower median of the suggested tips; of the gas price on a chain without base fees. Under a base fee of 0 the
 * higher of both, since nodes with a minimum gas price may suggest no tip. Null when no node answers.
 */
export async function readTip(chain: TransactionChain, head: Head): Promise<bigint | null> {
  const tip = head.baseFeePerGas === null ? null : await readMedian(chain, 'eth_maxPriorityFeePerGas', []);
  if (tip !== null && head.baseFeePerGas !== 0n) return tip;
  const gasPrice = await readMedian(chain, 'eth_gasPrice', []);
  if (gasPrice === null) return tip;
  const baseFee = head.baseFeePerGas ?? 0n;
  const above = gasPrice > baseFee ? gasPrice - baseFee : 0n;
  return tip !== null && tip > above ? tip : above;
}

export function readBalance(chain: TransactionChain, address: Address, head: Head): Promise<bigint | null> {
  return readMedian(chain, 'eth_getBalance', [address, toQuantity(head.number)]);
}

/** The next nonce, counting the transactions in the pools. */
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
  /** A rollup's additional fee for its parent chain. */
  readonly l1Fee?: Hex;
}

/**
 * The fee of a mined transaction, in wei. Read once, for a metric: nothing depends on it. Null when no node has the
 * receipt.
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
