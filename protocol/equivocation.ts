import { type Address, type Hex, getAddress, isAddress, size } from 'viem';

import { type Domain, MAXIMUM_BATCH, type TransferItem, attestationDigest, decodeTransfers } from './attestation.ts';
import { PegwayError } from './errors.ts';
import { type Direction, directions } from './lane.ts';
import { recoverSigner } from './recover-signer.ts';

/*
 * Evidence of equivocation: two signatures of one signer that name different transfers for one nonce. A signer may sign a nonce any
 * number of times, in batches of other bounds, over other source blocks and in later epochs; recipient and amount stay the same.
 */

export const EVIDENCE_FORMAT = 'pegway-equivocation';
export const EVIDENCE_VERSION = 1;

/** In characters of the file: above two batches of 256 transfers. */
const MAXIMUM_LENGTH = 131_072;
const ITEM_DIGITS = 72;
const UINT64 = 2n ** 64n;

/** One signed batch of a lane. */
export interface SignedBatch {
  readonly signerEpoch: bigint;
  readonly firstNonce: bigint;
  /** 36 bytes an item, packed by `encodeTransfers`. */
  readonly transfers: Hex;
  readonly sourceBlock: Hex;
  /** r ‖ yParityAndS (EIP-2098), 64 bytes. */
  readonly signature: Hex;
}

/** The bridges and the peg that both statements name. */
export interface EvidenceLane {
  readonly direction: Direction;
  readonly productToken: Address;
  readonly source: Domain;
  /** Where the signatures count. */
  readonly destination: Domain;
}

export interface Evidence extends EvidenceLane {
  readonly statements: readonly [SignedBatch, SignedBatch];
}

/** The file: integers in decimal digits. */
export interface EvidenceFile extends EvidenceLane {
  readonly format: typeof EVIDENCE_FORMAT;
  readonly version: typeof EVIDENCE_VERSION;
  readonly statements: readonly [SignedBatchFile, SignedBatchFile];
}

export type SignedBatchFile = Omit<SignedBatch, 'signerEpoch' | 'firstNonce'> & {
  readonly signerEpoch: string;
  readonly firstNonce: string;
};

/** What valid evidence proves. */
export interface Equivocation {
  readonly signer: Address;
  /** The first nonce for which the statements name different transfers. */
  readonly nonce: bigint;
  /** In base units of the destination token. */
  readonly transfers: readonly [TransferItem, TransferItem];
}

/** The packed item of a batch for a nonce; undefined outside of it. */
export function contentAt({ firstNonce, transfers }: Pick<SignedBatch, 'firstNonce' | 'transfers'>, nonce: bigint) {
  const at = 2 + ITEM_DIGITS * Number(nonce - firstNonce);
  if (nonce < firstNonce || at >= transfers.length) return undefined;
  return transfers.slice(at, at + ITEM_DIGITS).toLowerCase();
}

/** The first nonce for which two batches of a lane name different transfers. */
export function contradiction(
  a: Pick<SignedBatch, 'firstNonce' | 'transfers'>,
  b: Pick<SignedBatch, 'firstNonce' | 'transfers'>,
): bigint | undefined {
  for (let nonce = a.firstNonce; ; nonce++) {
    const content = contentAt(a, nonce);
    if (content === undefined) return undefined;
    const other = contentAt(b, nonce);
    if (other !== undefined && other !== content) return nonce;
  }
}

/** The signer of a batch; undefined for an invalid signature. */
export const signerOf = (lane: EvidenceLane, statement: SignedBatch): Promise<Address | undefined> =>
  recoverSigner(digestOf(lane, statement), statement.signature);

export const digestOf = ({ direction: _, ...lane }: EvidenceLane, statement: SignedBatch): Hex =>
  attestationDigest({ ...lane, ...statement });

/**
 * Verifies evidence from its own bytes. Whether its signer is one of the bridge's is left to the reader.
 * @throws {PegwayError} `evidence-invalid` when a signature is invalid, the signers differ, or nothing contradicts.
 */
export async function verifyEvidence(evidence: Evidence): Promise<Equivocation> {
  const [a, b] = evidence.statements;
  const [signer, other] = [await signerOf(evidence, a), await signerOf(evidence, b)];
  if (signer === undefined || other === undefined) {
    throw invalid(`the signature of the ${signer === undefined ? 'first' : 'second'} statement is invalid`);
  }
  if (signer !== other) throw invalid(`the statements have different signers: ${signer} and ${other}`);
  const nonce = contradiction(a, b);
  if (nonce === undefined) throw invalid('the statements name the same transfers for all nonces that both contain');
  const item = (batch: SignedBatch): TransferItem => {
    const [found] = decodeTransfers(`0x${contentAt(batch, nonce) ?? ''}`);
    if (found === undefined) throw new RangeError('a contradiction is within both batches');
    return { ...found, recipient: getAddress(found.recipient) };
  };
  return { signer, nonce, transfers: [item(a), item(b)] };
}

/** The evidence as it is written to a file and served by relayers. */
export function evidenceFile({ statements: [a, b], ...lane }: Evidence): EvidenceFile {
  const text = ({ signerEpoch, firstNonce, ...rest }: SignedBatch): SignedBatchFile => ({
    ...{ signerEpoch: String(signerEpoch), firstNonce: String(firstNonce) },
    ...rest,
  });
  return { format: EVIDENCE_FORMAT, version: EVIDENCE_VERSION, ...lane, statements: [text(a), text(b)] };
}

/** Parses the text of an evidence file. SECURITY: anyone writes it. @throws {PegwayError} `evidence-invalid` */
export function parseEvidenceText(text: string): Evidence {
  if (text.length > MAXIMUM_LENGTH) throw invalid(`expected at most ${MAXIMUM_LENGTH} characters`);
  try {
    return parseEvidence(JSON.parse(text));
  } catch (cause) {
    if (cause instanceof PegwayError) throw cause;
    throw invalid('expected JSON');
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** Checks the form of evidence. @throws {PegwayError} `evidence-invalid` */
export function parseEvidence(value: unknown): Evidence {
  const { format, version, direction, productToken, source, destination, statements } = fieldsOf(value, 'evidence');
  if (format !== EVIDENCE_FORMAT || version !== EVIDENCE_VERSION) {
    throw invalid(`expected format ${EVIDENCE_FORMAT}, version ${EVIDENCE_VERSION}`);
  }
  const known = directions.find((one) => one === direction);
  if (known === undefined) throw invalid(`direction: expected ${directions.join(' or ')}`);
  if (!Array.isArray(statements) || statements.length !== 2) throw invalid('statements: expected two');
  const [first, second] = statements as unknown[];
  return {
    direction: known,
    productToken: addressOf(productToken, 'productToken'),
    source: domainOf(source, 'source'),
    destination: domainOf(destination, 'destination'),
    statements: [signedBatchOf(first, 'statements[0]'), signedBatchOf(second, 'statements[1]')],
  };
}

function signedBatchOf(value: unknown, path: string): SignedBatch {
  const { signerEpoch, firstNonce, transfers, sourceBlock, signature } = fieldsOf(value, path);
  const packed = hexOf(transfers, `${path}.transfers`);
  const count = size(packed) / (ITEM_DIGITS / 2);
  if (!Number.isInteger(count) || count < 1 || count > MAXIMUM_BATCH) {
    throw invalid(`${path}.transfers: expected 36 bytes each of 1 to ${MAXIMUM_BATCH} transfers`);
  }
  return {
    ...{ signerEpoch: numberOf(signerEpoch, `${path}.signerEpoch`), transfers: packed },
    ...{ firstNonce: numberOf(firstNonce, `${path}.firstNonce`) },
    ...{
      sourceBlock: hexOf(sourceBlock, `${path}.sourceBlock`, 32),
      signature: hexOf(signature, `${path}.signature`, 64),
    },
  };
}

function domainOf(value: unknown, path: string): Domain {
  const { chainId, bridge } = fieldsOf(value, path);
  if (typeof chainId !== 'number' || !Number.isSafeInteger(chainId) || chainId < 1) {
    throw invalid(`${path}.chainId: expected a chain id`);
  }
  return { chainId, bridge: addressOf(bridge, `${path}.bridge`) };
}

function fieldsOf(value: unknown, path: string): Fields {
  if (typeof value !== 'object' || value === null) throw invalid(`${path}: expected an object`);
  return value as Fields;
}

function addressOf(value: unknown, path: string): Address {
  if (typeof value !== 'string' || !isAddress(value)) throw invalid(`${path}: expected an address`);
  return getAddress(value);
}

function hexOf(value: unknown, path: string, bytes?: number): Hex {
  const isHex = typeof value === 'string' && /^0x([0-9a-f]{2})*$/i.test(value);
  if (!isHex || (bytes !== undefined && size(value as Hex) !== bytes)) {
    throw invalid(`${path}: expected ${bytes === undefined ? 'bytes' : `${bytes} bytes`} in hex`);
  }
  return value.toLowerCase() as Hex;
}

function numberOf(value: unknown, path: string): bigint {
  if (typeof value === 'string' && /^\d{1,20}$/.test(value) && BigInt(value) < UINT64) return BigInt(value);
  throw invalid(`${path}: expected a whole number below 2^64 as a decimal string`);
}

const invalid = (message: string): PegwayError =>
  new PegwayError(message, { code: 'evidence-invalid', hint: 'docs/equivocation.md describes the file' });
