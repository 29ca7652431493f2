import { readFile } from 'node:fs/promises';

import { createPublicClient } from 'viem';

import { anchorsAbi } from '../../protocol/abi.ts';
import { PegwayError, messageOf } from '../../protocol/errors.ts';
import { parseReceiptText } from '../../protocol/receipts/parse-receipt.ts';
import { type Premise, type ReceiptVerdict, verifyReceipt } from '../../protocol/receipts/verify-receipt.ts';
import { jsonRpc } from '../../sdk/transport.ts';
import type { Io } from '../io.ts';
import { openOutput } from '../output.ts';
import { type Witnessed, describeReceipt } from './describe-receipt.ts';

interface VerifyFlags {
  readonly rpc?: readonly string[];
  readonly json: boolean;
}

/** @returns 0 when the receipt holds and, where nodes were given, each of its blocks is confirmed; else 1. */
export async function verify(file: string, { rpc = [], json }: VerifyFlags, io: Io): Promise<number> {
  const output = openOutput(json, io);
  const verdict = await verifyReceipt(parseReceiptText(await textOf(file)));
  const restsOn = await witness(verdict, rpc);
  output.result(describeReceipt(verdict, restsOn), { holds: true, ...verdict, restsOn });
  return restsOn.some((block) => block.witness === 'no-node') ? 1 : 0;
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new PegwayError(`cannot read ${file}: ${messageOf(cause)}`, { cause, exitCode: 2, hint: 'name a receipt' });
  }
}

/**
 * Compares the blocks with those of nodes, and an anchor's contract with the bridge that it names.
 * @throws {PegwayError} when a node has another block at a height or another contract, or does not answer.
 */
async function witness(
  { restsOn, main, product, anchor }: ReceiptVerdict,
  urls: readonly string[],
): Promise<Witnessed[]> {
  if (urls.length === 0) return restsOn.map((block) => ({ ...block, witness: 'not-asked' }));
  const confirmed = new Set<Premise>();
  for (const url of urls) {
    const client = createPublicClient({ transport: jsonRpc(url) });
    const chainId = await client.getChainId();
    for (const block of restsOn.filter((one) => one.chainId === chainId)) {
      const { hash } = await client.getBlock({ blockNumber: BigInt(block.number) });
      if (hash !== block.hash) {
        throw new PegwayError(
          `${block.of}: block ${block.number} of chain ${chainId} is ${hash} at the node, ${block.hash} in the receipt`,
          { code: 'receipt-invalid', hint: 'the receipt is of no block of this chain, or the block was reorged' },
        );
      }
      confirmed.add(block);
    }
    if (anchor === undefined || chainId !== main.chainId) continue;
    const call = { address: anchor.contract, abi: anchorsAbi } as const;
    const bridge = await client.readContract({ ...call, functionName: 'bridge' });
    const sourceChainId = await client.readContract({ ...call, functionName: 'sourceChainId' });
    if (bridge !== main.bridge || sourceChainId !== BigInt(product.chainId)) {
      throw new PegwayError(
        `anchor.contract: ${anchor.contract} anchors chain ${sourceChainId} for the bridge ${bridge}, expected chain ` +
          `${product.chainId} for ${main.bridge}`,
        { code: 'receipt-invalid', hint: 'the anchor of the receipt is of another bridge' },
      );
    }
  }
  return restsOn.map((block) => ({ ...block, witness: confirmed.has(block) ? 'confirmed' : 'no-node' }));
}
