import { type Address, type Hex, getAbiItem, numberToHex, toEventSelector } from 'viem';

import { anchorsAbi } from '../../protocol/abi.ts';
import type { Anchor } from '../../protocol/anchors/statement.ts';
import type { RpcLog } from '../../protocol/proof/rpc-log.ts';
import { type ReceiptParts, wordsToBase64 } from '../../protocol/receipts/build-receipt.ts';
import { type AnchorProof, type Anchorable, type LogProof, anchorable } from '../../protocol/receipts/format.ts';
import { type AnchorsTerms, readLast } from '../anchors/anchors-contract.ts';
import type { ChainHistory } from '../anchors/chain-history.ts';
import type { Head } from '../chain/finality.ts';
import { type ProvableChain, proveEvent } from './proven-event.ts';

export interface AnchorSources {
  readonly main: ProvableChain & { readonly source: { readonly logRange: number } };
  readonly terms: Pick<AnchorsTerms, 'address' | 'firstBlock'>;
  readonly history: Pick<ChainHistory, 'head' | 'prove'>;
  /** The main chain's final head as last processed. */
  readonly head: () => Head | undefined;
}

const ANCHORED = toEventSelector(getAbiItem({ abi: anchorsAbi, name: 'Anchored' }));

/** The event is sought from the final head backwards, in as many queries: anchors are an hour apart, a day at most. */
const MOST_QUERIES = 32n;

interface FinalAnchor {
  readonly anchor: Anchor;
  readonly event: LogProof;
}

/** Proves the product chain's blocks of receipts by the last anchor; undefined while it does not contain them. */
export function createAnchorProver(options: AnchorSources): (parts: ReceiptParts) => Promise<AnchorProof | undefined> {
  const { main, terms, history, head } = options;
  let newest: { readonly head: Hex; readonly found: Promise<FinalAnchor | undefined> } | undefined;

  const read = async (at: Head): Promise<FinalAnchor | undefined> => {
    const anchor = await readLast(main.nodes, terms.address, at);
    if (anchor.number < terms.firstBlock) return undefined;
    const event = await proveAnchored(main, terms.address, anchor, at.number);
    return event === undefined ? undefined : { anchor, event };
  };

  const lastAnchor = (): Promise<FinalAnchor | undefined> => {
    const at = head();
    if (at === undefined) return Promise.resolve(undefined);
    if (newest?.head === at.hash) return newest.found;
    const found = read(at);
    newest = { head: at.hash, found };
    found.catch(() => (newest = undefined));
    return found;
  };

  return async (parts) => {
    const blocks = productBlocks(parts).filter(({ height }) => height >= terms.firstBlock);
    if (blocks.length === 0) return undefined;
    const last = await lastAnchor();
    const number = last?.anchor.number ?? 0n;
    if (last === undefined || history.head() < number || blocks.some(({ height }) => height > number)) return undefined;
    let words: readonly Hex[] = [];
    const siblings: [Anchorable, string][] = [];
    for (const { name, height } of blocks) {
      const { proof } = await history.prove(number, height);
      words = [proof.tailRoot, ...proof.peaks];
      siblings.push([name, wordsToBase64(proof.siblings)]);
    }
    return {
      ...{ contract: terms.address, firstBlock: Number(terms.firstBlock), event: last.event },
      ...{ history: wordsToBase64(words), blocks: Object.fromEntries(siblings) },
    };
  };
}

/**
 * Proves the newest event of an anchor up to a final block.
 * @param anchor May come from anyone: an event of the contract is sought with its height and hash.
 * @returns undefined if there is none in the last blocks.
 */
export async function proveAnchored(
  main: AnchorSources['main'],
  address: Address,
  anchor: Pick<Anchor, 'number' | 'blockHash'>,
  until: bigint,
): Promise<LogProof | undefined> {
  const block = await blockOf(main, address, anchor, until);
  if (block === undefined) return undefined;
  return (await proveEvent(main, address, block, (log) => isOf(log, anchor))).proof;
}

/** The parts of a receipt that are of the product chain. */
function productBlocks({ transfer, departure, signerSet, parking, execution }: ReceiptParts) {
  const proofs: Partial<Record<Anchorable, LogProof | undefined>> =
    transfer.lane.direction === 'mint' ? { signerSet: signerSet.event, parking, execution } : { departure };
  return anchorable.flatMap((name) => {
    const proof = proofs[name];
    return proof === undefined ? [] : [{ name, height: BigInt(proof.block.number) }];
  });
}

const topicsOf = ({ number, blockHash }: Pick<Anchor, 'number' | 'blockHash'>): readonly [Hex, Hex, Hex] => [
  ANCHORED,
  numberToHex(number, { size: 32 }),
  blockHash,
];

const isOf = ({ topics }: RpcLog, anchor: Pick<Anchor, 'number' | 'blockHash'>): boolean =>
  topicsOf(anchor).every((topic, index) => topics[index]?.toLowerCase() === topic.toLowerCase());

/** The newest block with the event of an anchor. One node suffices: the event is proven. */
async function blockOf(
  { nodes, source }: AnchorSources['main'],
  address: Address,
  anchor: Pick<Anchor, 'number' | 'blockHash'>,
  until: bigint,
): Promise<bigint | undefined> {
  const range = BigInt(source.logRange);
  for (let query = 0n, to = until; query < MOST_QUERIES && to >= 0n; query++, to -= range) {
    const from = to >= range ? to - range + 1n : 0n;
    const filter = { address, topics: topicsOf(anchor), fromBlock: numberToHex(from), toBlock: numberToHex(to) };
    const found = (await nodes.one<readonly RpcLog[]>('eth_getLogs', [filter])).at(-1);
    if (found !== undefined) return BigInt(found.blockNumber);
  }
  return undefined;
}
