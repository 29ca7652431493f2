import { type Address, type Hex, bytesToHex, hexToBigInt, hexToBytes, sliceHex } from 'viem';

import { MAXIMUM_BATCH, attestationDigest, bounceDigest, decodeTransfers, indicesOf } from '../attestation.ts';
import { destinationOf, sourceOf } from '../lane.ts';
import { recoverSigner } from '../recover-signer.ts';
import { fromBase64 } from './base64.ts';
import { type ExecutedEvent, departureIn, executedIn, isEvent, laneEventIn, numberIn, signersIn } from './events.ts';
import { type BatchAttestation, type BounceAttestation, type LogProof, type Outcome, type Receipt } from './format.ts';
import { type ProvenBlock, type ProvenLog, verifyLogProof } from './log-proof.ts';
import { parseReceipt } from './parse-receipt.ts';
import { ReceiptError, requireSame } from './receipt-error.ts';
import { type ProvenAnchors, proveAnchors } from './verify-anchor.ts';

/** Bytes of one item, of the mask, and of one signature. */
const ITEM = 36;
const MASK = 4;
const SIGNATURE = 64;
const MAXIMUM_SIGNERS = 32;

/** Where an event stands: proven from the block's hash. */
export interface Place extends ProvenBlock {
  readonly transactionIndex: number;
  /** Position within the transaction's receipt. */
  readonly log: number;
}

/** What a receipt proves, and what that rests on. */
export interface ReceiptVerdict extends ProvenAnchors {
  readonly outcome: Outcome;
  readonly main: Receipt['main'];
  readonly product: Receipt['product'];
  readonly transfer: Receipt['transfer'];
  readonly departure: Place;
  readonly attestation: {
    readonly kind: 'batch' | 'bounce';
    /** EIP-712 digest that was signed. */
    readonly digest: Hex;
    readonly signerEpoch: bigint;
    /** Recovered from the signatures, in the order of the list. */
    readonly signedBy: readonly { readonly index: number; readonly address: Address }[];
    readonly threshold: number;
    /** All signers of the epoch. */
    readonly signers: readonly Address[];
    /** Of a batch: its nonces, and the block that the signers named. */
    readonly batch?: { readonly firstNonce: bigint; readonly count: number; readonly sourceBlock: Hex };
    /** True when the signed statement names the departure's block itself: that of the batch's last transfer. */
    readonly namesDeparture: boolean;
  };
  readonly signerSet: Place;
  readonly parking?: Place;
  readonly execution: Place;
  /** Of a bounce: the nonce of the deposit that it returns as. */
  readonly returnNonce?: bigint;
}

/** A receipt's form, with both ends of its lane. */
interface Case {
  readonly receipt: Receipt;
  readonly source: Receipt['main'];
  readonly destination: Receipt['main'];
  readonly prove: (proof: LogProof, at: 'source' | 'destination', field: string, transfers?: Uint8Array) => ProvenLog;
}

/**
 * Verifies a receipt, without network and relayer.
 * @param value Parsed JSON, from anyone.
 * @returns What it proves. It rests on the hashes in `restsOn`: that these blocks are of these chains, only a witness can show.
 * @throws {ReceiptError} with the field, what was found and what was expected.
 *
 * SECURITY: compare `main` and `product` with the bridge that you mean: a receipt of another bridge verifies, too.
 */
export async function verifyReceipt(value: unknown): Promise<ReceiptVerdict> {
  const receipt = parseReceipt(value);
  const { direction } = receipt.transfer;
  const sideOf = { source: sourceOf(direction), destination: destinationOf(direction) };
  const ends = { source: receipt[sideOf.source], destination: receipt[sideOf.destination] };
  const one: Case = {
    ...{ receipt, ...ends },
    prove: (proof, at, field, transfers) =>
      verifyLogProof(proof, { side: sideOf[at], chainId: ends[at].chainId }, field, transfers),
  };
  requireKinds(receipt);

  const departure = proveDeparture(one);
  const { signerEvent, proven: signerSet } = proveSignerSet(one);
  const digest = digestOf(one, departure);
  const signed = await recoverSigners(one, digest);
  const ended = proveEnd(one, digest, signed.mask);

  const last = (ended.parking ?? ended.execution).block;
  if (signerSet.block.number > last.number) {
    throw new ReceiptError(
      'signerSet.event',
      `its block ${signerSet.block.number} is after ${last.number}, where it was used`,
    );
  }
  const { attestation } = receipt;
  const anchors = proveAnchors(receipt, { departure, signerSet, ...ended });
  return {
    ...{ outcome: receipt.outcome, main: receipt.main, product: receipt.product, transfer: receipt.transfer },
    departure: placeOf(departure),
    attestation: {
      ...{ kind: attestation.kind, digest, signerEpoch: signerEvent.signerEpoch, signedBy: signed.by },
      ...{ threshold: receipt.signerSet.threshold, signers: receipt.signerSet.signers },
      ...(attestation.kind === 'batch' ? { batch: batchOf(attestation) } : {}),
      namesDeparture: attestation.kind === 'batch' && attestation.sourceBlock === departure.block.hash,
    },
    signerSet: placeOf(signerSet),
    ...(ended.parking === undefined ? {} : { parking: placeOf(ended.parking) }),
    execution: placeOf(ended.execution),
    ...(ended.returnNonce === undefined ? {} : { returnNonce: ended.returnNonce }),
    ...anchors,
  };
}

function requireKinds({ outcome, attestation, transfer, main, product }: Receipt): void {
  const kind = outcome === 'bounced' ? 'bounce' : 'batch';
  requireSame(attestation.kind, kind, 'attestation.kind', `the statement behind the outcome ${outcome}`);
  if (outcome === 'bounced')
    requireSame(transfer.direction, 'withdraw', 'transfer.direction', 'the only one that bounces');
  if (main.chainId === product.chainId) {
    throw new ReceiptError(
      'product.chainId',
      `expected another chain than main.chainId, found ${main.chainId} for both`,
    );
  }
}

function proveDeparture({ receipt, source, prove }: Case): ProvenLog {
  const { transfer } = receipt;
  const proven = prove(receipt.departure, 'source', 'departure');
  const event = departureIn(proven.log, transfer.direction, source.bridge, 'departure');
  for (const name of ['productToken', 'nonce', 'sender', 'recipient', 'sourceAmount', 'amount'] as const) {
    requireSame(transfer[name], String(event[name]), `transfer.${name}`, 'as the source’s event has it');
  }
  return proven;
}

function proveSignerSet({ receipt, destination, prove }: Case) {
  const { threshold, signers, event } = receipt.signerSet;
  const proven = prove(event, 'destination', 'signerSet.event');
  const found = signersIn(proven.log, destination.bridge, 'signerSet.event');
  requireSame(
    receipt.attestation.signerEpoch,
    String(found.signerEpoch),
    'attestation.signerEpoch',
    'the epoch of signerSet.event',
  );
  requireSame(String(threshold), String(found.threshold), 'signerSet.threshold', 'as signerSet.event has it');
  requireSame(signers.length, found.signers.length, 'signerSet.signers', 'the number in signerSet.event');
  for (const [index, signer] of signers.entries()) {
    requireSame(signer, found.signers[index], `signerSet.signers[${index}]`, 'as signerSet.event has it');
  }
  if (threshold > signers.length || threshold * 2 <= signers.length || new Set(signers).size !== signers.length) {
    throw new ReceiptError(
      'signerSet',
      `expected distinct signers and more than half of them, found ${threshold} of ${signers.length}`,
    );
  }
  return { signerEvent: found, proven };
}

/** The digest of the statement, after a check that it is about this transfer. */
function digestOf({ receipt, source, destination }: Case, departure: ProvenLog): Hex {
  const { transfer, attestation } = receipt;
  const statement = {
    ...{ destination, source, productToken: transfer.productToken },
    signerEpoch: BigInt(attestation.signerEpoch),
  };
  if (attestation.kind === 'bounce') {
    return bounceDigest({
      ...{ ...statement, nonce: BigInt(transfer.nonce), redeemer: transfer.sender, recipient: transfer.recipient },
      ...{ mainAmount: BigInt(transfer.amount), deadline: BigInt(attestation.deadline) },
    });
  }
  const { sourceBlock } = attestation;
  const { firstNonce, count, transfers } = batchOf(attestation);
  const index = Number(BigInt(transfer.nonce) - firstNonce);
  const item = index < 0 ? undefined : decodeTransfers(transfers)[index];
  if (item === undefined) {
    throw new ReceiptError(
      'attestation.firstNonce',
      `expected nonce ${transfer.nonce} among the ${count} from ${firstNonce} on`,
    );
  }
  const field = `attestation.transfers[${index}]`;
  requireSame(item.recipient, transfer.recipient.toLowerCase(), field, 'the recipient of the transfer');
  requireSame(item.amount, BigInt(transfer.amount), field, 'the amount of the transfer');
  if (index === count - 1) {
    requireSame(
      sourceBlock,
      departure.block.hash,
      'attestation.sourceBlock',
      'the block of the batch’s last transfer, this one',
    );
  }
  return attestationDigest({ ...statement, firstNonce, transfers, sourceBlock });
}

function batchOf({ firstNonce, transfers, sourceBlock }: BatchAttestation) {
  const bytes = fromBase64(transfers, MAXIMUM_BATCH * ITEM, 'attestation.transfers');
  if (bytes.length % ITEM !== 0) {
    throw new ReceiptError('attestation.transfers', `expected a multiple of ${ITEM} bytes, found ${bytes.length}`);
  }
  return { firstNonce: BigInt(firstNonce), count: bytes.length / ITEM, transfers: bytesToHex(bytes), sourceBlock };
}

/** Requires a quorum of valid signatures, each by the signer of its position. */
async function recoverSigners({ receipt }: Case, digest: Hex) {
  const field = 'attestation.signatures';
  const { signers, threshold } = receipt.signerSet;
  const { signatures }: BatchAttestation | BounceAttestation = receipt.attestation;
  const bytes = bytesToHex(fromBase64(signatures, MASK + MAXIMUM_SIGNERS * SIGNATURE, field));
  const length = (bytes.length - 2) / 2;
  if (length < MASK) throw new ReceiptError(field, `expected a mask of ${MASK} bytes, found ${length}`);
  const mask = Number(hexToBigInt(sliceHex(bytes, 0, MASK)));
  const indices = indicesOf(mask);
  requireSame(length, MASK + indices.length * SIGNATURE, field, 'the length in bytes that its mask implies');
  if (indices.length < threshold) {
    throw new ReceiptError(field, `expected ${threshold} signatures or more, found ${indices.length}`);
  }
  const by = [];
  for (const [at, index] of indices.entries()) {
    const address = signers[index];
    const start = MASK + at * SIGNATURE;
    const found = await recoverSigner(digest, sliceHex(bytes, start, start + SIGNATURE));
    if (address === undefined || found !== address) {
      throw new ReceiptError(
        field,
        `signature ${index} is by ${found ?? 'nobody'}, expected ${address ?? 'no such signer'}`,
      );
    }
    by.push({ index, address });
  }
  return { mask, by };
}

interface End {
  readonly parking?: ProvenLog;
  readonly execution: ProvenLog;
  readonly returnNonce?: bigint;
}

function proveEnd(one: Case, digest: Hex, mask: number): End {
  const { receipt, destination, prove } = one;
  const { attestation } = receipt;
  const transfers = attestation.kind === 'batch' ? hexToBytes(batchOf(attestation).transfers) : undefined;
  const execution = prove(receipt.execution, 'destination', 'execution', transfers);
  if (receipt.outcome === 'executed') {
    const event = executedIn(execution.log, destination.bridge, 'execution');
    requireBatch(one, event, digest, mask, 'execution');
    if (!hasBit(event, receipt.transfer.nonce))
      throw new ReceiptError('execution', `the event did not pay nonce ${receipt.transfer.nonce}`);
    return { execution };
  }
  const name = receipt.outcome;
  const event = laneEventIn(execution.log, name, destination.bridge, 'execution');
  requireTransfer(one, event, 'execution');
  if (name === 'bounced') return { execution, returnNonce: numberIn(event.words[0], 'execution') };

  // `parseReceipt` requires it of this outcome.
  const parking = prove(receipt.parking ?? receipt.execution, 'destination', 'parking');
  requireTransfer(one, laneEventIn(parking.log, 'parked', destination.bridge, 'parking'), 'parking');
  const attested = parking.logs
    .filter((log) => isEvent(log, 'executed', destination.bridge))
    .map((log) => executedIn(log, destination.bridge, 'parking'))
    .find((found) => found.digest === digest);
  if (attested === undefined) {
    throw new ReceiptError('parking', `expected TransfersExecuted with the digest ${digest} in the same transaction`);
  }
  requireBatch(one, attested, digest, mask, 'parking');
  if (hasBit(attested, receipt.transfer.nonce))
    throw new ReceiptError('parking', 'the batch paid the transfer and did not park it');
  if (parking.block.number > execution.block.number) {
    throw new ReceiptError('parking.block.number', `expected ${execution.block.number}, its release, or earlier`);
  }
  return { parking, execution };
}

const hasBit = ({ firstNonce, mask }: ExecutedEvent, nonce: string): boolean => {
  const bit = BigInt(nonce) - firstNonce;
  return bit >= 0n && bit < BigInt(MAXIMUM_BATCH) && ((mask >> bit) & 1n) === 1n;
};

function requireTransfer({ receipt }: Case, event: { productToken: Address; nonce: bigint }, field: string): void {
  requireSame(event.productToken, receipt.transfer.productToken, field, 'the product token of the transfer');
  requireSame(String(event.nonce), receipt.transfer.nonce, field, 'the nonce of the transfer');
}

function requireBatch({ receipt }: Case, event: ExecutedEvent, digest: Hex, mask: number, field: string): void {
  requireSame(event.productToken, receipt.transfer.productToken, field, 'the product token of the transfer');
  if (receipt.attestation.kind === 'batch') {
    requireSame(String(event.firstNonce), receipt.attestation.firstNonce, field, 'the batch’s first nonce');
  }
  requireSame(event.digest, digest, field, 'the digest that was signed');
  if ((mask & ~event.signerMask) !== 0) {
    throw new ReceiptError('attestation.signatures', 'expected signers that the bridge counted, found others');
  }
}

const placeOf = ({ block, transactionIndex, index }: ProvenLog): Place => ({ ...block, transactionIndex, log: index });
