import { type Hex, parseEventLogs } from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import { type Direction, directions, destinationOf, sourceOf } from '../../protocol/lane.ts';
import { type TransferName, departuresOfTransaction, receiptOf } from '../../sdk/index.ts';
import type { Machine } from '../context.ts';

/** The transfers that departed, or that arrived, in a transaction of either chain. From the chains alone. */
export async function transfersOf(machine: Machine, hash: Hex): Promise<TransferName[]> {
  const found = await Promise.all(
    directions.flatMap((direction) => [departed(machine, direction, hash), arrived(machine, direction, hash)]),
  );
  return found.flat();
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
      log.eventName === 'TransfersExecuted' ? noncesOf(log.args.firstNonce, log.args.mask) : [log.args.nonce];
    return nonces.map((nonce) => ({ direction, productToken, nonce }));
  });
}

const arrivals = ['TransfersExecuted', 'TransferReleased', 'TransferBounced'] as const;

/** Bit i of the mask: `firstNonce + i` was executed. */
function noncesOf(firstNonce: bigint, mask: bigint): bigint[] {
  const nonces: bigint[] = [];
  for (let place = 0n; mask >> place > 0n; place++) if (((mask >> place) & 1n) === 1n) nonces.push(firstNonce + place);
  return nonces;
}
