import { readFile } from 'node:fs/promises';

import { type PublicClient, createPublicClient } from 'viem';

import { PegwayError, messageOf } from '../../protocol/errors.ts';
import { parseReceiptText } from '../../protocol/receipts/parse-receipt.ts';
import type { Premise } from '../../protocol/receipts/verify-anchor.ts';
import { type ReceiptVerdict, verifyReceipt } from '../../protocol/receipts/verify-receipt.ts';
import { jsonRpc } from '../../sdk/transport.ts';
import type { Io } from '../io.ts';
import { openOutput } from '../output.ts';
import { type Node, type WitnessedAnchors, findOuter, requireAnchors } from './anchors-contract.ts';
import { type Compared, type Witnessed, describeReceipt } from './describe-receipt.ts';

interface VerifyFlags {
  readonly rpc?: readonly string[];
  readonly json: boolean;
}

/** @returns 0 when the receipt holds and, where nodes were given, each of its blocks and contracts is confirmed; else 1. */
export async function verify(file: string, { rpc = [], json }: VerifyFlags, io: Io): Promise<number> {
  const output = openOutput(json, io);
  const verdict = await verifyReceipt(parseReceiptText(await textOf(file)));
  const compared = await witness(verdict, rpc);
  output.result(describeReceipt(verdict, compared), { holds: true, ...verdict, ...compared });
  return [...compared.restsOn, ...compared.contracts].some((one) => one.witness === 'no-node') ? 1 : 0;
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new PegwayError(`cannot read ${file}: ${messageOf(cause)}`, { cause, exitCode: 2, hint: 'name a receipt' });
  }
}

/**
 * Compares the blocks with those of nodes, and the contracts Anchors with their code.
 * @throws {PegwayError} when a node has another block at a height or another contract, or does not answer.
 */
async function witness(verdict: ReceiptVerdict, urls: readonly string[]): Promise<Compared> {
  if (urls.length === 0) {
    return {
      restsOn: verdict.restsOn.map((block) => ({ ...block, witness: 'not-asked' })),
      contracts: anchorsOf(verdict).map((contract) => ({ ...contract, witness: 'not-asked' })),
    };
  }
  const nodes = await Promise.all(
    urls.map(async (url) => {
      const client = createPublicClient({ transport: jsonRpc(url) });
      return { client, chainId: await client.getChainId() };
    }),
  );
  const contracts = await compareAnchors(verdict, nodes);
  const outermost = contracts.at(-1)?.chainId;
  const witnessed: Witnessed[] = [];
  for (const block of verdict.restsOn) {
    const { chainId = outermost } = block;
    const having = nodes.filter((node) => node.chainId === chainId);
    for (const { client } of having) await compareBlock(client, block, chainId);
    witnessed.push({ ...block, witness: having.length === 0 ? 'no-node' : 'confirmed' });
  }
  return { restsOn: witnessed, contracts };
}

async function compareBlock(client: PublicClient, block: Premise, chainId: number | undefined): Promise<void> {
  const { hash } = await client.getBlock({ blockNumber: BigInt(block.number) });
  if (hash === block.hash) return;
  throw new PegwayError(
    `${block.of}: block ${block.number} of chain ${chainId} is ${hash} at the node, ${block.hash} in the receipt`,
    { code: 'receipt-invalid', hint: 'the receipt is of no block of this chain, or the block was reorged' },
  );
}

const anchorsOf = ({ main: { chainId, bridge }, anchor, through = [] }: ReceiptVerdict) =>
  anchor === undefined
    ? []
    : [{ contract: anchor.contract, chainId, bridge }, ...through.map(({ contract }) => ({ contract }))];

/**
 * Requires that each contract is Anchors of the chain before it, where a node has it.
 * @returns All of them, from the inside out.
 */
async function compareAnchors(
  { main, product, anchor, through = [] }: ReceiptVerdict,
  nodes: readonly Node[],
): Promise<WitnessedAnchors[]> {
  if (anchor === undefined) return [];
  const { contract } = anchor;
  const { bridge, chainId } = main;
  const having = nodes.filter((node) => node.chainId === chainId);
  const expected = { bridge, sourceChainId: product.chainId };
  for (const node of having) await requireAnchors(node, contract, expected, 'anchor.contract');
  const all: WitnessedAnchors[] = [
    { contract, chainId, bridge, witness: having.length === 0 ? 'no-node' : 'confirmed' },
  ];
  for (const [index, link] of through.entries()) {
    all.push(await findOuter(link.contract, all.at(-1)?.chainId, nodes, `through[${index}].contract`));
  }
  return all;
}
