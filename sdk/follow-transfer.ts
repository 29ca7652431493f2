import type { Hex } from 'viem';

import { mainBridgeAbi } from '../protocol/abi.ts';
import { type Status, statuses } from '../protocol/lane.ts';
import type { BridgeReader, TransferName } from './bridge-client.ts';
import { findArrival } from './find.ts';
import { paceOf, pause } from './pace.ts';

/** The status of a transfer at its destination bridge. `reader` and `bridge` are of the destination chain. */
export async function status(
  { bridge, reader }: BridgeReader,
  { productToken, nonce }: Pick<TransferName, 'productToken' | 'nonce'>,
): Promise<Status> {
  const args = [productToken, nonce] as const;
  const index = await reader.readContract({ address: bridge, abi: mainBridgeAbi, functionName: 'status', args });
  return statuses[index] ?? 'open';
}

/** The execution of a transfer. */
export interface Arrival {
  readonly status: Exclude<Status, 'open'>;
  readonly blockNumber: bigint;
  readonly transactionHash: Hex | undefined;
  /** Indices of the signers that counted. */
  readonly signerMask: number | undefined;
}

/**
 * Waits until a transfer is no longer open at its destination.
 * @throws the signal's reason when it is aborted first.
 */
export async function wait(
  destination: BridgeReader,
  departure: Pick<TransferName, 'productToken' | 'nonce'>,
  options: {
    readonly signal: AbortSignal;
    readonly fromBlock?: bigint;
    /** The destination's mean block time when left out, within 0.2 and 12. */
    readonly pollSeconds?: number;
  },
): Promise<Arrival> {
  const { reader } = destination;
  const fromBlock = options.fromBlock ?? (await reader.getBlockNumber());
  const seconds = options.pollSeconds ?? (await paceOf(reader));
  for (;;) {
    options.signal.throwIfAborted();
    const now = await status(destination, departure);
    if (now !== 'open') {
      const found = await findArrival(destination, departure, { fromBlock });
      const blockNumber = found?.blockNumber ?? (await reader.getBlockNumber());
      return { status: now, blockNumber, transactionHash: found?.transactionHash, signerMask: found?.signerMask };
    }
    await pause(seconds, options.signal);
  }
}
