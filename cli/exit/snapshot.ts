import { dirname } from 'node:path';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import { PegwayError } from '../../protocol/errors.ts';
import { toSnapshotFile } from '../../protocol/exits/snapshot.ts';
import { createAccountBook } from '../../relayer/exits/account-book.ts';
import { snapshotBridge } from '../../relayer/exits/snapshot-bridge.ts';
import type { Io } from '../io.ts';
import { openOutput, wrong } from '../output.ts';
import { makeFolder, writeOutput } from '../output-file.ts';
import { type ExitFlags, type OpenExits, openExits, readStatus } from './open-exits.ts';

export interface SnapshotFlags extends ExitFlags {
  readonly out?: string;
  /** A height. */
  readonly block?: string;
}

/** `pegway exit snapshot`: proves what every holder can claim, as of the block at which exits would settle now. */
export async function takeExitSnapshot(flags: SnapshotFlags, io: Io): Promise<void> {
  const output = openOutput(flags.json, io);
  const exits = await openExits(flags, io);
  const { anchor, settlement } = await readStatus(exits);
  const settling = settlement.closedAt === 0n ? anchor : settlement;
  const { number, blockHash } = flags.block === undefined ? settling : await blockAt(exits, flags.block);
  if (BigInt(blockHash) === 0n) {
    throw new PegwayError('nothing was anchored yet: there is no block at which exits could settle');
  }
  const file = flags.out ?? `exit-snapshot-${number}.json`;
  // The proofs of many accounts take minutes: a folder that cannot be created ends the command before them.
  makeFolder(dirname(file));
  const { product, main, registry, firstBlock, productTokens, config } = exits;
  const deposits = new Map(
    await Promise.all(
      productTokens.map(async (token) => {
        const call = {
          address: main.bridge,
          abi: mainBridgeAbi,
          functionName: 'outboundNonce',
          args: [token],
        } as const;
        return [token, await main.reader.readContract(call)] as const;
      }),
    ),
  );
  const request = product.reader.request as (call: { method: string; params: readonly unknown[] }) => Promise<unknown>;
  const snapshot = await snapshotBridge((method, params) => request({ method, params }), {
    ...{ chainId: config.product.chainId, rule: config.product.headerRule, number, blockHash },
    ...{ productBridge: product.bridge, registry, productTokens },
    deposits: (token) => deposits.get(token) ?? 0n,
    book: createAccountBook({ from: firstBlock, logRange: product.logRange, registry }),
  });
  writeOutput(file, `${JSON.stringify(toSnapshotFile(snapshot))}\n`);
  const { size } = snapshot.nodes;
  output.result(`${file}: block ${number} (${blockHash}), ${size} trie nodes`, {
    file,
    number,
    blockHash,
    nodes: size,
  });
}

async function blockAt({ product }: OpenExits, text: string) {
  if (!/^\d+$/.test(text)) throw wrong(`--block: expected a height, found ${text}`, 'for example: --block 1234567');
  const { number, hash } = await product.reader.getBlock({ blockNumber: BigInt(text) });
  return { number, blockHash: hash };
}
