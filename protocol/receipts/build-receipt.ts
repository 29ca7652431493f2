import { type Hash, type Hex, concatHex, hexToBytes, keccak256 } from 'viem';

import type { Direction, Transfer } from '../lane.ts';
import { ProofError } from '../proof/error.ts';
import { type HeaderRule, type RpcHeader, encodeHeader } from '../proof/header.ts';
import { requireBytes, toHex } from '../proof/hex.ts';
import { keccak } from '../proof/keccak.ts';
import type { LogPlace } from '../proof/receipt-reader.ts';
import { type RpcReceipt, encodeReceipt } from '../proof/receipts.ts';
import { orderedTrieProof } from '../proof/trie.ts';
import { fromBase64, toBase64 } from './base64.ts';
import {
  type AnchorProof,
  FORMAT,
  type LogProof,
  MAXIMUM_LENGTH,
  type Outcome,
  type Receipt,
  type ReceiptBridge,
  type ThroughProof,
  VERSION,
} from './format.ts';
import { cutPayments } from './payments.ts';
import { type ReceiptVerdict, verifyReceipt } from './verify-receipt.ts';

/** A block as a node returns it, with the hash that the caller has agreed on. */
export interface ReceiptBlock {
  readonly hash: Hash;
  readonly header: RpcHeader;
  /** All of them, in order. */
  readonly receipts: readonly RpcReceipt[];
  readonly rule: HeaderRule;
}

/** The proof of one log of a block that was proven: `place` is of its receipts, and `header` has its hash. */
export const logProofOf = (
  { header, rule }: { readonly header: RpcHeader; readonly rule: HeaderRule },
  { transactionIndex, log, nodes }: LogPlace,
): LogProof => {
  const bytes = encodeHeader(header, rule);
  return {
    block: { number: Number(header.number), hash: toHex(keccak(bytes)) },
    header: toBase64(bytes),
    transactionIndex,
    proof: nodes.map(bytesOf),
    log,
  };
};

/**
 * Proves one log of a block.
 * @param at The transaction's index, and the log's position within its receipt.
 * @throws {ProofError} when header or receipts are not those of the block's hash.
 */
export function proveLog(
  block: ReceiptBlock,
  at: { readonly transactionIndex: number; readonly log: number },
): LogProof {
  const { hash, header, receipts, rule } = block;
  const values = receipts.map((receipt, index) => encodeReceipt(receipt, `receipts[${index}]`, rule));
  const nodes = orderedTrieProof(values, at.transactionIndex);
  const proof = logProofOf({ header, rule }, { ...at, nodes });
  const found = proof.block.hash;
  if (found !== hash) throw new ProofError('header', `header: expected the hash ${hash}, found ${found}`);
  const [root = '0x'] = nodes;
  requireBytes(header.receiptsRoot, keccak256(root), 'header', 'receiptsRoot');
  return proof;
}

/** The parts of a receipt. */
export interface ReceiptParts {
  readonly outcome: Outcome;
  readonly pair: Readonly<Record<'main' | 'product', ReceiptBridge>>;
  readonly transfer: Pick<Transfer, 'nonce' | 'sender' | 'recipient' | 'sourceAmount' | 'amount'> & {
    readonly lane: { readonly direction: Direction; readonly productToken: Hex };
  };
  readonly departure: LogProof;
  readonly statement: { readonly signerEpoch: bigint; readonly signatures: Hex } & (
    | { readonly kind: 'batch'; readonly firstNonce: bigint; readonly transfers: Hex; readonly sourceBlock: Hex }
    | { readonly kind: 'bounce'; readonly deadline: bigint }
  );
  readonly signerSet: Receipt['signerSet'];
  readonly parking?: LogProof;
  readonly execution: LogProof;
  readonly anchor?: AnchorProof | undefined;
  /** Only with `anchor`. */
  readonly through?: readonly ThroughProof[] | undefined;
}

/**
 * Builds a receipt, and verifies it as any reader does.
 * @throws {ReceiptError} when the parts do not prove the transfer.
 */
export async function buildReceipt(parts: ReceiptParts): Promise<{ receipt: Receipt; verdict: ReceiptVerdict }> {
  const { outcome, pair, transfer, statement, departure, signerSet, parking, anchor, through } = parts;
  const { lane, nonce, sender, recipient, sourceAmount, amount } = transfer;
  const signed = { signerEpoch: String(statement.signerEpoch), signatures: bytesOf(statement.signatures) };
  const receipt: Receipt = {
    ...{ format: FORMAT, version: VERSION, outcome },
    main: { chainId: pair.main.chainId, bridge: pair.main.bridge },
    product: { chainId: pair.product.chainId, bridge: pair.product.bridge },
    transfer: {
      ...{ direction: lane.direction, productToken: lane.productToken, nonce: String(nonce), sender, recipient },
      ...{ sourceAmount: String(sourceAmount), amount: String(amount) },
    },
    departure,
    attestation:
      statement.kind === 'bounce'
        ? { kind: 'bounce', deadline: String(statement.deadline), ...signed }
        : {
            kind: 'batch',
            firstNonce: String(statement.firstNonce),
            transfers: bytesOf(statement.transfers),
            sourceBlock: statement.sourceBlock,
            ...signed,
          },
    signerSet,
    ...(parking === undefined ? {} : { parking }),
    execution: cutFrom(parts.execution, statement),
    ...(anchor === undefined ? {} : { anchor }),
    ...(through === undefined ? {} : { through }),
  };
  return { receipt, verdict: await verifyReceipt(receipt) };
}

/** The proof with the payments of a batch cut out of its leaf, where they have the usual form. */
function cutFrom(proof: LogProof, statement: ReceiptParts['statement']): LogProof {
  const leaf = proof.proof.at(-1);
  if (statement.kind === 'bounce' || leaf === undefined) return proof;
  const cut = cutPayments(fromBase64(leaf, MAXIMUM_LENGTH, 'execution.proof'), hexToBytes(statement.transfers));
  if (cut === undefined) return proof;
  return { ...proof, proof: [...proof.proof.slice(0, -1), toBase64(cut.leaf)], payments: cut.payments };
}

/** Siblings or peaks of a history, as a receipt has them. */
export const wordsToBase64 = (words: readonly Hex[]): string => toBase64(hexToBytes(concatHex(words)));

const bytesOf = (hex: Hex): string => toBase64(hexToBytes(hex));
