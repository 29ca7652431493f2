import { type Hex, parseEventLogs } from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import { maskedNonces } from '../../protocol/bitmap.ts';
import { type Direction, directions, destinationOf, sourceOf } from '../../protocol/lane.ts';
import { type TransferName, departuresOfTransaction, findExecutions, receiptOf } from '../../sdk/index.ts';
import type { Machine } from '../context.ts';

/**
 * The transfers that departed, or that arrived, in a transaction of either chain; otherwise those of the batch with this digest, in
 * the newest blocks. From the chains alone.
 */
export async function transfersOf(machine: Machine, hash: Hex): Promise<TransferName[]> {
  const found = await Promise.all(
    directions.flatMap((direction) => [departed(machine, direction, hash), arrived(machine, direction, hash)]),
  );
  if (found.some((transfers) => transfers.length > 0)) return found.flat();
  return (await Promise.all(directions.map((direction) => batch(machine, direction, hash)))).flat();
}

async function departed({ config, readers }: Machine, direction: Direction, hash: Hex): Promise<TransferName[]> {
  const side = sourceOf(direction);
  const bridge = { bridge: config.chains[side].bridge, reader: readers[side] };
  return (await departuresOfTransaction(bridge, hash)).map(({ lane, nonce }) => ({ ...lane, nonce }));
}

async function arrived({ config, readers }: Machine, direction: Direction, hash: Hex): Promise<TransferName[]> {
  const side = destinationOf(direction);
  const receipt = await receiptOf(readers[side], hash);
  const bridge = config.chains[side].bridge.toLowerCase();
  const logs = receipt?.logs.filter(({ address }) => address.toLowerCase() === bridge) ?? [];
  return parseEventLogs({ abi: mainBridgeAbi, eventName: [...arrivals], logs }).flatMap((log) => {
    const { productToken } = log.args;
    const nonces =
      log.eventName === 'TransfersExecuted' ? maskedNonces(log.args.firstNonce, log.args.mask) : [log.args.nonce];
    return nonces.map((nonce) => ({ direction, productToken, nonce }));
  });
}

const arrivals = ['TransfersExecuted', 'TransferReleased', 'TransferBounced'] as const;

async function batch({ config, readers }: Machine, direction: Direction, digest: Hex): Promise<TransferName[]> {
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
