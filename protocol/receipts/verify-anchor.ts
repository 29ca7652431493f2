import { type Address, type Hex, bytesToHex } from 'viem';

import { includesBlock } from '../anchors/history.ts';
import { fromBase64 } from './base64.ts';
import { anchoredIn } from './events.ts';
import {
  type AnchorLink,
  type AnchorProof,
  type Anchorable,
  type Linkable,
  type Receipt,
  anchorable,
} from './format.ts';
import { type BlockFacts, type BridgeChain, type ProvenLog, verifyLogProof } from './log-proof.ts';
import { ReceiptError } from './receipt-error.ts';

/** Of a history: a tail and a peak for each bit of the number of its groups. */
const MOST_WORDS = 65;
const WORD = 32;

/** A block with a hash that the receipt cannot prove: everything it proves holds if these blocks are of these chains. */
export interface Premise extends BlockFacts, Partial<BridgeChain> {
  /** `through`: the block with the outermost anchor. Its chain is that of `through`’s last contract, which has no name here. */
  readonly of: Linkable | 'through';
}

/** What a contract Anchors commits to: these blocks need no other witness. */
export interface ProvenLink<Name extends string> extends BlockFacts {
  readonly contract: Address;
  readonly transactionIndex: number;
  /** Position within the transaction's receipt. */
  readonly log: number;
  /** Height and hash of the newest anchored block. */
  readonly anchored: { readonly number: number; readonly hash: Hex; readonly attestedAt: number };
  readonly blocks: readonly Name[];
}

/** An anchor of the product chain in the main chain. */
export type ProvenAnchor = ProvenLink<Anchorable> & BridgeChain;

export interface ProvenAnchors {
  readonly anchor?: ProvenAnchor;
  /** Of the main chain in the next outer one, and so on outwards. */
  readonly through?: readonly ProvenLink<Linkable>[];
  readonly restsOn: readonly Premise[];
}

/**
 * Proves blocks of a receipt from anchors: those of the product chain from the main chain, and those of the main chain from
 * outer ones.
 * @param proven All blocks of the receipt.
 * @throws {ReceiptError}
 */
export function proveAnchors(
  { anchor: given, through: links = [], main }: Pick<Receipt, 'anchor' | 'through' | 'main'>,
  proven: Readonly<Partial<Record<Anchorable, ProvenLog>>>,
): ProvenAnchors {
  const all = anchorable.flatMap((of): Premise[] => {
    const block = proven[of]?.block;
    return block === undefined ? [] : [{ of, ...block }];
  });
  if (given === undefined) return { restsOn: all };
  const anchor = proveAnchor(given, main, all);
  const { side, chainId, number, hash, timestamp } = anchor;
  let restsOn: Premise[] = [
    ...all.filter(({ of }) => !anchor.blocks.some((name) => name === of)),
    { of: 'anchor', side, chainId, number, hash, timestamp },
  ];

  const through: ProvenLink<Linkable>[] = [];
  for (const [index, link] of links.entries()) {
    const isInner = index === 0 ? ({ side }: Premise) => side === 'main' : ({ of }: Premise) => of === 'through';
    const candidates = restsOn.filter(isInner).map((block) => ({ name: nameOf(block), block }));
    const outer = proveLink<Linkable, object>(link, candidates, {}, `through[${index}]`);
    through.push(outer);
    restsOn = [
      ...restsOn.filter((block) => !isInner(block) || !outer.blocks.includes(nameOf(block))),
      { of: 'through', number: outer.number, hash: outer.hash, timestamp: outer.timestamp },
    ];
  }
  return { anchor, ...(through.length === 0 ? {} : { through }), restsOn };
}

/** Each link calls the block of the anchor before it `anchor`. */
const nameOf = ({ of }: Premise): Linkable => (of === 'through' ? 'anchor' : of);

function proveAnchor(given: AnchorProof, { chainId }: Receipt['main'], all: readonly Premise[]): ProvenAnchor {
  const candidates = all.flatMap((block) =>
    block.side === 'product' ? anchorable.filter((of) => of === block.of).map((name) => ({ name, block })) : [],
  );
  return proveLink(given, candidates, { side: 'main' as const, chainId }, 'anchor');
}

/**
 * Proves blocks of one chain from the event of an anchor.
 * @param candidates All blocks of the receipt that are of the anchored chain.
 * @param chain Of the event.
 */
function proveLink<Name extends Linkable, Chain extends object>(
  given: AnchorLink<Name>,
  candidates: readonly { readonly name: Name; readonly block: BlockFacts }[],
  chain: Chain,
  at: string,
): ProvenLink<Name> & Chain {
  const { contract, firstBlock } = given;
  const event = verifyLogProof(given.event, chain, `${at}.event`);
  const { number, blockHash, historyRoot, attestedAt } = anchoredIn(event.log, contract, `${at}.event`);
  const [tailRoot = '0x', ...peaks] = wordsOf(given.history, `${at}.history`);
  const wanted = candidates.filter(({ block }) => block.number >= firstBlock);
  const extra = Object.keys(given.blocks).find((of) => !wanted.some(({ name }) => name === of));
  if (extra !== undefined) {
    throw new ReceiptError(`${at}.blocks.${extra}`, `expected no block of another chain, or from before ${firstBlock}`);
  }
  for (const { name, block } of wanted) {
    const field = `${at}.blocks.${name}`;
    const siblings = given.blocks[name];
    if (siblings === undefined) throw new ReceiptError(field, 'missing');
    const proof = { siblings: wordsOf(siblings, field), peaks, tailRoot };
    const claim = { root: historyRoot, first: BigInt(firstBlock), number, height: BigInt(block.number) };
    if (!includesBlock({ ...claim, blockHash: block.hash, proof })) {
      throw new ReceiptError(
        field,
        `the anchor of block ${number} does not contain block ${block.number}, ${block.hash}`,
      );
    }
  }
  if (wanted.length === 0) throw new ReceiptError(`${at}.blocks`, 'expected at least one block');
  return {
    ...{ ...event.block, transactionIndex: event.transactionIndex, log: event.index, contract },
    blocks: wanted.map(({ name }) => name),
    anchored: { number: Number(number), hash: blockHash, attestedAt: Number(attestedAt) },
  };
}

function wordsOf(base64: string, field: string): Hex[] {
  const bytes = fromBase64(base64, MOST_WORDS * WORD, field);
  if (bytes.length % WORD !== 0) throw new ReceiptError(field, `expected a multiple of ${WORD} bytes`);
  return Array.from({ length: bytes.length / WORD }, (_, at) => bytesToHex(bytes.subarray(at * WORD, (at + 1) * WORD)));
}
