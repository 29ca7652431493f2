import { readFile } from 'node:fs/promises';

import { type Address, type PublicClient, createPublicClient } from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import { PegwayError, messageOf } from '../../protocol/errors.ts';
import type { Side } from '../../protocol/lane.ts';
import { parseReceiptText } from '../../protocol/receipts/parse-receipt.ts';
import type { Premise } from '../../protocol/receipts/verify-anchor.ts';
import { type ReceiptVerdict, verifyReceipt } from '../../protocol/receipts/verify-receipt.ts';
import { readTokenInfo } from '../../sdk/index.ts';
import { jsonRpc } from '../../sdk/transport.ts';
import { BASE_UNITS } from '../inspect/format.ts';
import { printableSymbol } from '../inspect/token-name.ts';
import type { Io } from '../io.ts';
import { openOutput } from '../output.ts';
import { type Node, type WitnessedAnchors, findOuter, requireAnchors } from './anchors-contract.ts';
import { type Compared, type ReceiptTokens, type Witnessed, describeReceipt } from './describe-receipt.ts';

interface VerifyFlags {
  readonly rpc?: readonly string[];
  readonly json: boolean;
}

/** @returns 0 when the receipt holds and, where nodes were given, each of its blocks and contracts is confirmed; else 1. */
export async function verify(file: string, { rpc = [], json }: VerifyFlags, io: Io): Promise<number> {
  const output = openOutput(json, io);
  const verdict = await verifyReceipt(parseReceiptText(await textOf(file)));
  const nodes = await openNodes(rpc);
  const compared = await witness(verdict, nodes);
  const tokens = json ? NO_TOKENS : await readTokens(verdict, nodes);
  output.result(describeReceipt(verdict, compared, tokens), { holds: true, ...verdict, ...compared });
  return [...compared.restsOn, ...compared.contracts].some((one) => one.witness === 'no-node') ? 1 : 0;
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new PegwayError(`cannot read ${file}: ${messageOf(cause)}`, { cause, exitCode: 2, hint: 'name a receipt' });
  }
}

const openNodes = (urls: readonly string[]): Promise<Node[]> =>
  Promise.all(
    urls.map(async (url) => {
      const client = createPublicClient({ transport: jsonRpc(url) });
      return { client, chainId: await client.getChainId() };
    }),
  );

const NO_TOKENS: ReceiptTokens = { main: BASE_UNITS, product: BASE_UNITS };

/** Symbols and decimals of both tokens, from the nodes of their chains; base units without one. For display only. */
async function readTokens(
  { main, product, transfer: { productToken } }: ReceiptVerdict,
  nodes: readonly Node[],
): Promise<ReceiptTokens> {
  const readerOf = (chainId: number) => nodes.find((node) => node.chainId === chainId)?.client;
  const [onMain, onProduct] = [readerOf(main.chainId), readerOf(product.chainId)];
  const locked = async (reader: PublicClient) => {
    const call = { address: main.bridge, abi: mainBridgeAbi, functionName: 'peg', args: [productToken] } as const;
    return named(reader, (await reader.readContract(call)).mainToken);
  };
  const read = (reading: Promise<ReceiptTokens[Side]> | undefined) => reading?.catch(() => BASE_UNITS) ?? BASE_UNITS;
  return {
    main: await read(onMain && locked(onMain)),
    product: await read(onProduct && named(onProduct, productToken)),
  };
}

async function named(reader: PublicClient, address: Address): Promise<ReceiptTokens[Side]> {
  const { symbol, decimals, missing } = await readTokenInfo(reader, address);
  return missing.includes('decimals') ? BASE_UNITS : { symbol: printableSymbol(symbol), decimals };
}

/**
 * Compares the blocks with those of nodes, and the contracts Anchors with their code.
 * @throws {PegwayError} when a node has another block at a height or another contract, or does not answer.
 */
async function witness(verdict: ReceiptVerdict, nodes: readonly Node[]): Promise<Compared> {
  if (nodes.length === 0) {
    return {
      restsOn: verdict.restsOn.map((block) => ({ ...block, witness: 'not-asked' })),
      contracts: anchorsOf(verdict).map((contract) => ({ ...contract, witness: 'not-asked' })),
    };
  }
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
