import { readFile } from 'node:fs/promises';

import { type Address, type PublicClient, createPublicClient } from 'viem';

import { anchorsAbi } from '../../protocol/abi.ts';
import { PegwayError, messageOf } from '../../protocol/errors.ts';
import { parseReceiptText } from '../../protocol/receipts/parse-receipt.ts';
import type { Premise } from '../../protocol/receipts/verify-anchor.ts';
import { type ReceiptVerdict, verifyReceipt } from '../../protocol/receipts/verify-receipt.ts';
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
 * Compares the blocks with those of nodes, and the contracts Anchors with the chains that they name.
 * @throws {PegwayError} when a node has another block at a height or another contract, or does not answer.
 */
async function witness(verdict: ReceiptVerdict, urls: readonly string[]): Promise<Witnessed[]> {
  if (urls.length === 0) return verdict.restsOn.map((block) => ({ ...block, witness: 'not-asked' }));
  const nodes = await Promise.all(
    urls.map(async (url) => {
      const client = createPublicClient({ transport: jsonRpc(url) });
      return { client, chainId: await client.getChainId() };
    }),
  );
  const outermost = await compareAnchors(verdict, nodes);
  const witnessed: Witnessed[] = [];
  for (const block of verdict.restsOn) {
    const { chainId = outermost } = block;
    const having = nodes.filter((node) => node.chainId === chainId);
    for (const { client } of having) await compareBlock(client, block, chainId);
    witnessed.push({ ...block, witness: having.length === 0 ? 'no-node' : 'confirmed' });
  }
  return witnessed;
}

interface Node {
  readonly client: PublicClient;
  readonly chainId: number;
}

async function compareBlock(client: PublicClient, block: Premise, chainId: number | undefined): Promise<void> {
  const { hash } = await client.getBlock({ blockNumber: BigInt(block.number) });
  if (hash === block.hash) return;
  throw new PegwayError(
    `${block.of}: block ${block.number} of chain ${chainId} is ${hash} at the node, ${block.hash} in the receipt`,
    { code: 'receipt-invalid', hint: 'the receipt is of no block of this chain, or the block was reorged' },
  );
}

/**
 * Requires that each contract anchors the chain before it.
 * @returns The id of the outermost chain; undefined without a node of it, or without an anchor beyond the main chain.
 */
async function compareAnchors(
  { main, product, anchor, through = [] }: ReceiptVerdict,
  nodes: readonly Node[],
): Promise<number | undefined> {
  if (anchor === undefined) return undefined;
  for (const { client } of nodes.filter(({ chainId }) => chainId === main.chainId)) {
    const { bridge, sourceChainId } = await termsOf(client, anchor.contract);
    if (bridge === main.bridge && sourceChainId === BigInt(product.chainId)) continue;
    throw new PegwayError(
      `anchor.contract: ${anchor.contract} anchors chain ${sourceChainId} for the bridge ${bridge}, expected chain ` +
        `${product.chainId} for ${main.bridge}`,
      { code: 'receipt-invalid', hint: 'the anchor of the receipt is of another bridge' },
    );
  }
  let inner: number | undefined = main.chainId;
  for (const { contract } of through) inner = await anchoringChain(contract, inner, nodes);
  return through.length === 0 ? undefined : inner;
}

/** The chain of the node on which this contract anchors the inner chain. A receipt does not name it. */
async function anchoringChain(contract: Address, inner: number | undefined, nodes: readonly Node[]) {
  for (const { client, chainId } of nodes) {
    if ((await client.getCode({ address: contract })) === undefined) continue;
    if ((await termsOf(client, contract)).sourceChainId === BigInt(inner ?? -1)) return chainId;
  }
  return undefined;
}

async function termsOf(client: PublicClient, address: Address) {
  const call = { address, abi: anchorsAbi } as const;
  const bridge = await client.readContract({ ...call, functionName: 'bridge' });
  return { bridge, sourceChainId: await client.readContract({ ...call, functionName: 'sourceChainId' }) };
}
