import { type Hex, parseEventLogs } from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import { maskedNonces } from '../../protocol/bitmap.ts';
import { type Direction, directions, destinationOf, sourceOf } from '../../protocol/lane.ts';
import { type TransferName, departuresOfTransaction, findExecutions, receiptOf } from '../../sdk/index.ts';
import { fieldsOf, listOf, parseReport } from '../api/answers.ts';
import { ask } from '../api/ask.ts';
import type { Machine } from '../context.ts';
import type { Teller } from '../history/rows.ts';

/**
 * The transfers that departed, or that arrived, in a transaction of either chain; otherwise those of the batch with this digest.
 * Everything is read from the chains; of batches older than the newest blocks, relayers name the transaction.
 */
export async function transfersOf(machine: Machine, tellers: readonly Teller[], hash: Hex): Promise<TransferName[]> {
  const found = await Promise.all(
    directions.flatMap((direction) => [departed(machine, direction, hash), arrived(machine, direction, hash)]),
  );
  if (found.some((transfers) => transfers.length > 0)) return found.flat();
  const recent = (await Promise.all(directions.map((direction) => newBatch(machine, direction, hash)))).flat();
  return recent.length > 0 ? recent : oldBatch(machine, tellers, hash);
}

async function departed({ config, readers }: Machine, direction: Direction, hash: Hex): Promise<TransferName[]> {
  const side = sourceOf(direction);
  const bridge = { bridge: config.chains[side].bridge, reader: readers[side] };
  return (await departuresOfTransaction(bridge, hash)).map(({ lane, nonce }) => ({ ...lane, nonce }));
}

/** @param digest Only the transfers of this batch. */
async function arrived(
  { config, readers }: Machine,
  direction: Direction,
  hash: Hex,
  digest?: Hex,
): Promise<TransferName[]> {
  const side = destinationOf(direction);
  const receipt = await receiptOf(readers[side], hash);
  const bridge = config.chains[side].bridge.toLowerCase();
  const logs = receipt?.logs.filter(({ address }) => address.toLowerCase() === bridge) ?? [];
  return parseEventLogs({ abi: mainBridgeAbi, eventName: [...arrivals], logs }).flatMap((log) => {
    const { productToken } = log.args;
    if (digest !== undefined && !(log.eventName === 'TransfersExecuted' && log.args.digest === digest)) return [];
    const nonces =
      log.eventName === 'TransfersExecuted' ? maskedNonces(log.args.firstNonce, log.args.mask) : [log.args.nonce];
    return nonces.map((nonce) => ({ direction, productToken, nonce }));
  });
}

const arrivals = ['TransfersExecuted', 'TransferReleased', 'TransferBounced'] as const;

async function newBatch({ config, readers }: Machine, direction: Direction, digest: Hex): Promise<TransferName[]> {
  const side = destinationOf(direction);
  const { bridge, logRange } = config.chains[side];
  const reader = readers[side];
  const toBlock = await reader.getBlockNumber();
  const fromBlock = toBlock > logRange ? toBlock - logRange + 1n : 0n;
  const executions = await findExecutions({ bridge, reader }, { fromBlock, toBlock });
  return executions
    .filter((one) => one.digest === digest.toLowerCase())
    .flatMap(({ productToken, nonces }) => nonces.map((nonce) => ({ direction, productToken, nonce })));
}

/** Transactions named by relayers that are read from the chains: a batch has one, unless it was executed in parts. */
const MOST_TRANSACTIONS = 8;
const LARGEST_BATCH = 256;

async function oldBatch(machine: Machine, tellers: readonly Teller[], hash: Hex): Promise<TransferName[]> {
  const digest = hash.toLowerCase() as Hex;
  const named = await Promise.all(
    tellers.map(async ({ apiUrl }) => {
      const answer = await ask(apiUrl, `/v1/transfers?batch=${digest}`).catch(() => undefined);
      const reports = listOf(fieldsOf(answer)['transfers'], LARGEST_BATCH).map(parseReport);
      const transactions = new Set(reports.flatMap(({ executedTransaction }) => executedTransaction ?? []));
      // SECURITY: one relayer's inventions must not crowd out what the others name.
      return [...transactions].slice(0, MOST_TRANSACTIONS);
    }),
  );
  const transactions = [...new Set(named.flat())];
  const found = await Promise.all(
    transactions.flatMap((transaction) =>
      directions.map((direction) => arrived(machine, direction, transaction, digest)),
    ),
  );
  return found.flat();
}
