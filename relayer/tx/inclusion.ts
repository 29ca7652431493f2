import type { Hex } from 'viem';

import { askAll, toQuantity, parseQuantity, resultsOf } from './ask-all.ts';
import type { TransactionChain } from './ports.ts';
import type { BlockId, TransactionRecord } from './records.ts';

/*
 * Finds which versions are in blocks. Reads blocks with hashes only, and only when the account's nonce moved. It never
 * polls single transactions.
 */

/** After a long stop, versions older than this many blocks are looked up by hash instead, once. */
const MAX_BLOCKS = 64n;
/** After a reorg a version may be in a block slightly below the head at which it was signed. */
const MARGIN = 2n;

interface RpcBlock {
  readonly number: Hex;
  readonly hash: Hex;
  readonly transactions: readonly Hex[];
}

export interface Inclusion {
  readonly found: ReadonlyMap<string, BlockId>;
  readonly head: BlockId;
}

/**
 * Finds versions of `records` in the blocks after `from` up to `to`; those below `count` that are still missing, in all
 * blocks since they were signed. Null when a block cannot be read now.
 */
export async function findIncluded(
  chain: TransactionChain,
  records: readonly TransactionRecord[],
  range: { readonly from: bigint | null; readonly to: bigint; readonly count: number },
): Promise<Inclusion | null> {
  const found = new Map<string, BlockId>();
  const wanted = new Set(records.flatMap((record) => record.versions.map(({ hash }) => hash.toLowerCase())));
  const missing = (): TransactionRecord[] =>
    records.filter(
      (record) =>
        record.nonce < highestFound(records, found, range.count) &&
        !record.versions.some(({ hash }) => found.has(hash)),
    );

  const head = await readBlock(chain, range.to);
  if (head === null) return null;
  collect(head, wanted, found);

  const signed = records.reduce((low, { versions: [first] }) => lower(low, first.block - MARGIN), range.to);

  const oldest = signed < 0n ? 0n : signed;

  // Newest first: recent transactions are the likeliest.
  let at = range.to;
  const near = range.from === null || range.from < oldest ? oldest : range.from;
  while (at - 1n > near && range.to - at < MAX_BLOCKS) {
    const block = await readBlock(chain, --at);
    if (block === null) return null;
    collect(block, wanted, found);
  }

  let left = missing();
  while (left.length > 0 && at > oldest && at > 0n && range.to - at < MAX_BLOCKS) {
    const block = await readBlock(chain, --at);
    if (block === null) return null;
    collect(block, wanted, found);
    left = missing();
  }
  if (left.length > 0 && at > oldest) for (const record of left) await findByHash(chain, record, found);

  return { found, head: { number: range.to, hash: head.hash } };
}

/** A mined transaction uses all nonces below its own, whatever count the nodes report. */
export function highestFound(
  records: readonly TransactionRecord[],
  found: ReadonlyMap<string, BlockId>,
  count: number,
): number {
  const nonces = records
    .filter(({ versions }) => versions.some(({ hash }) => found.has(hash)))
    .map(({ nonce }) => nonce + 1);
  return Math.max(count, ...nonces);
}

/** True if the nodes have a block at this height, and none of them has this one. */
export async function isReorged(chain: TransactionChain, block: BlockId): Promise<boolean> {
  const answers = await askAll<RpcBlock | null>(chain, 'eth_getBlockByNumber', [toQuantity(block.number), false]);
  const hashes = resultsOf(answers)
    .filter((result) => result !== null)
    .map((result) => result.hash.toLowerCase());
  return hashes.length > 0 && !hashes.includes(block.hash.toLowerCase());
}

const lower = (a: bigint, b: bigint): bigint => (a < b ? a : b);

async function readBlock(chain: TransactionChain, number: bigint): Promise<RpcBlock | null> {
  const isBlock = (result: RpcBlock | null): result is RpcBlock =>
    result !== null && parseQuantity(result.number) === number && Array.isArray(result.transactions);
  const answers = await askAll<RpcBlock | null>(
    chain,
    'eth_getBlockByNumber',
    [toQuantity(number), false],
    // A node without the block must not shorten the wait for one that has it.
    { enough: (answer) => 'result' in answer && isBlock(answer.result), useful: () => false },
  );
  return resultsOf(answers).find(isBlock) ?? null;
}

function collect(block: RpcBlock, wanted: ReadonlySet<string>, found: Map<string, BlockId>): void {
  const number = BigInt(block.number);
  for (const hash of block.transactions) {
    if (wanted.has(hash.toLowerCase())) found.set(hash.toLowerCase(), { number, hash: block.hash });
  }
}

async function findByHash(
  chain: TransactionChain,
  record: TransactionRecord,
  found: Map<string, BlockId>,
): Promise<void> {
  for (const { hash } of record.versions) {
    const answers = await askAll<{ blockNumber: Hex | null; blockHash: Hex | null } | null>(
      chain,
      'eth_getTransactionByHash',
      [hash],
    );
    for (const result of resultsOf(answers)) {
      const number = parseQuantity(result?.blockNumber);
      if (number !== null && result?.blockHash) found.set(hash, { number, hash: result.blockHash });
    }
  }
}
