import { setTimeout as sleep } from 'node:timers/promises';

import type { Hex } from 'viem';

import { PegwayError } from '../../protocol/errors.ts';
import { type BridgeClient, mainBridgeAbi } from '../../sdk/index.ts';
import { maskedNonces } from '../../protocol/bitmap.ts';

/** A transfer that was executed, and where. */
export interface Execution {
  readonly nonce: bigint;
  readonly blockNumber: bigint;
  readonly transactionHash: Hex;
}

/** Follows one bridge's executions until there are so many. @throws {PegwayError} when they have not come at the end of the signal. */
export async function executions(
  { bridge, reader }: BridgeClient,
  options: { readonly afterBlock: bigint; readonly count: number; readonly signal: AbortSignal },
): Promise<Execution[]> {
  const found: Execution[] = [];
  for (let fromBlock = options.afterBlock + 1n; found.length < options.count;) {
    if (options.signal.aborted) {
      throw new PegwayError(`${found.length} of ${options.count} transfers have arrived`, {
        cause: options.signal.reason,
      });
    }
    await sleep(100);
    const toBlock = await reader.getBlockNumber({ cacheTime: 0 });
    if (toBlock < fromBlock) continue;
    const logs = await reader.getContractEvents({
      ...{ address: bridge, abi: mainBridgeAbi, eventName: 'TransfersExecuted', strict: true },
      ...{ fromBlock, toBlock },
    });
    for (const { args, blockNumber, transactionHash } of logs) {
      for (const nonce of maskedNonces(args.firstNonce, args.mask)) found.push({ nonce, blockNumber, transactionHash });
    }
    fromBlock = toBlock + 1n;
  }
  return found;
}
