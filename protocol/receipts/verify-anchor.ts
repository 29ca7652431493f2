import { type Hex, bytesToHex } from 'viem';

import { includesBlock } from '../anchors/history.ts';
import { fromBase64 } from './base64.ts';
import { anchoredIn } from './events.ts';
import { type AnchorProof, type Anchorable, type Receipt, anchorable } from './format.ts';
import { type ProvenLog, verifyLogProof } from './log-proof.ts';
import { ReceiptError } from './receipt-error.ts';

/** Of a history: a tail and a peak for each bit of the number of its groups. */
const MOST_WORDS = 65;
const WORD = 32;

/** Proves the blocks of the product chain from an anchor on the main chain. @throws {ReceiptError} */
export function proveAnchor(
  given: AnchorProof,
  main: Receipt['main'],
  proven: Readonly<Partial<Record<Anchorable, ProvenLog>>>,
) {
  const { contract, firstBlock } = given;
  const event = verifyLogProof(given.event, { side: 'main', chainId: main.chainId }, 'anchor.event');
  const { number, blockHash, historyRoot, attestedAt } = anchoredIn(event.log, contract, 'anchor.event');
  const [tailRoot = '0x', ...peaks] = wordsOf(given.history, 'anchor.history');
  const blocks = anchorable.filter((of) => {
    const block = proven[of]?.block;
    const siblings = given.blocks[of];
    const field = `anchor.blocks.${of}`;
    if (block?.side !== 'product' || block.number < firstBlock) {
      if (siblings === undefined) return false;
      throw new ReceiptError(field, `expected no block of the main chain, or from before ${firstBlock}`);
    }
    if (siblings === undefined) throw new ReceiptError(field, 'missing');
    const proof = { siblings: wordsOf(siblings, field), peaks, tailRoot };
    const claim = { root: historyRoot, first: BigInt(firstBlock), number, height: BigInt(block.number) };
    if (!includesBlock({ ...claim, blockHash: block.hash, proof })) {
      throw new ReceiptError(
        field,
        `the anchor of block ${number} does not contain block ${block.number}, ${block.hash}`,
      );
    }
    return true;
  });
  if (blocks.length === 0) throw new ReceiptError('anchor.blocks', 'expected at least one block');
  return {
    ...{ ...event.block, transactionIndex: event.transactionIndex, log: event.index, contract, blocks },
    anchored: { number: Number(number), hash: blockHash, attestedAt: Number(attestedAt) },
  };
}

function wordsOf(base64: string, field: string): Hex[] {
  const bytes = fromBase64(base64, MOST_WORDS * WORD, field);
  if (bytes.length % WORD !== 0) throw new ReceiptError(field, `expected a multiple of ${WORD} bytes`);
  return Array.from({ length: bytes.length / WORD }, (_, at) => bytesToHex(bytes.subarray(at * WORD, (at + 1) * WORD)));
}
