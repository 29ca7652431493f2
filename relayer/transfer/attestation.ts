import { type Address, type Hex, concatHex, keccak256, numberToHex, size, sliceHex, stringToHex } from 'viem';

/** At most this many transfers make a batch. */
export const MAXIMUM_BATCH = 256;

const ITEM_LENGTH = 36;
const PACKED_ITEM = /^[0-9a-f]{72}$/;
const MASK_LENGTH = 4;
const SIGNATURE_LENGTH = 64;

/** One item of a batch. `amount` in base units of the destination token, below 2^128. */
export interface TransferItem {
  readonly recipient: Address;
  readonly amount: bigint;
}

/** A signature at its signer's place in the list; 64 bytes of EIP-2098 (r ‖ yParityAndS). */
export interface IndexedSignature {
  readonly index: number;
  readonly signature: Hex;
}

/** The bridge that verifies, and the chain it stands on. */
export interface Domain {
  readonly chainId: number;
  readonly bridge: Address;
}

/** The statement that a batch is final on the source chain. */
export interface Attestation {
  readonly destination: Domain;
  readonly source: Domain;
  readonly signerEpoch: bigint;
  readonly productToken: Address;
  readonly firstNonce: bigint;
  /** Packed, as `encodeTransfers` gives it. */
  readonly transfers: Hex;
  /** Hash of the source block of the batch's last transfer. */
  readonly sourceBlock: Hex;
}

/** The statement that a refused withdrawal may go back to its redeemer. Amount in main base units. */
export interface BounceStatement {
  readonly destination: Domain;
  readonly source: Domain;
  readonly signerEpoch: bigint;
  readonly productToken: Address;
  readonly nonce: bigint;
  readonly redeemer: Address;
  readonly recipient: Address;
  readonly mainAmount: bigint;
  /** Last second in which the bounce is accepted, since the epoch. */
  readonly deadline: bigint;
}

const hashText = (text: string): Hex => keccak256(stringToHex(text));

const DOMAIN_TYPEHASH = hashText('EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)');
const NAME_HASH = hashText('Pegway');
const VERSION_HASH = hashText('2');
const ATTESTATION_TYPEHASH = hashText(
  'Attestation(uint256 sourceChainId,address sourceBridge,uint64 signerEpoch,address productToken,uint64 firstNonce,bytes transfers,bytes32 sourceBlock)',
);
const BOUNCE_TYPEHASH = hashText(
  'Bounce(uint256 sourceChainId,address sourceBridge,uint64 signerEpoch,address productToken,uint64 nonce,address redeemer,address recipient,uint128 mainAmount,uint256 deadline)',
);
const PAUSE_TYPEHASH = hashText('Pause(uint64 signerEpoch,uint64 pauseNonce)');
const GOVERNANCE_TYPEHASH = hashText('Governance(uint64 listEpoch,uint256 nonce,uint256 deadline,bytes[] calls)');

/** All words of our statements are static, so their encoding is one word after the other. */
const word = (value: Hex | bigint | number): Hex =>
  typeof value === 'string' ? `0x${value.slice(2).toLowerCase().padStart(64, '0')}` : numberToHex(value, { size: 32 });

const hashWords = (...values: readonly (Hex | bigint | number)[]): Hex => keccak256(concatHex(values.map(word)));

export const domainSeparator = ({ chainId, bridge }: Domain): Hex =>
  hashWords(DOMAIN_TYPEHASH, NAME_HASH, VERSION_HASH, chainId, bridge);

/** `0x1901 ‖ domain ‖ struct`, 66 bytes: what a signer is given; its keccak256 is the digest. */
const preimage = (domain: Domain, structHash: Hex): Hex => concatHex(['0x1901', domainSeparator(domain), structHash]);

export const attestationPreimage = (a: Attestation): Hex =>
  preimage(
    a.destination,
    hashWords(
      ATTESTATION_TYPEHASH,
      a.source.chainId,
      a.source.bridge,
      a.signerEpoch,
      a.productToken,
      a.firstNonce,
      keccak256(a.transfers),
      a.sourceBlock,
    ),
  );

export const bouncePreimage = (b: BounceStatement): Hex =>
  preimage(
    b.destination,
    hashWords(
      BOUNCE_TYPEHASH,
      b.source.chainId,
      b.source.bridge,
      b.signerEpoch,
      b.productToken,
      b.nonce,
      b.redeemer,
      b.recipient,
      b.mainAmount,
      b.deadline,
    ),
  );

export const pausePreimage = (domain: Domain, signerEpoch: bigint, pauseNonce: bigint): Hex =>
  preimage(domain, hashWords(PAUSE_TYPEHASH, signerEpoch, pauseNonce));

export const governancePreimage = (
  domain: Domain,
  listEpoch: bigint,
  nonce: bigint,
  deadline: bigint,
  calls: readonly Hex[],
): Hex => {
  const callsHash = keccak256(concatHex(calls.map((call) => keccak256(call))));
  return preimage(domain, hashWords(GOVERNANCE_TYPEHASH, listEpoch, nonce, deadline, callsHash));
};

/** The EIP-712 digest of a batch: the twin of `Bridge.attestationDigest`. */
export const attestationDigest = (attestation: Attestation): Hex => keccak256(attestationPreimage(attestation));

/** The twin of `MainBridge.bounceDigest`. */
export const bounceDigest = (statement: BounceStatement): Hex => keccak256(bouncePreimage(statement));

/** The twin of `pauseDigest`. */
export const pauseDigest = (domain: Domain, signerEpoch: bigint, pauseNonce: bigint): Hex =>
  keccak256(pausePreimage(domain, signerEpoch, pauseNonce));

/** The twin of `governanceDigest`. */
export const governanceDigest = (
  domain: Domain,
  listEpoch: bigint,
  nonce: bigint,
  deadline: bigint,
  calls: readonly Hex[],
): Hex => keccak256(governancePreimage(domain, listEpoch, nonce, deadline, calls));

/** Packs a batch: recipient (20 bytes) ‖ amount (16 bytes, big-endian) each. */
export function encodeTransfers(items: readonly TransferItem[]): Hex {
  const packed = items.map(
    ({ recipient, amount }) => recipient.slice(2).toLowerCase() + amount.toString(16).padStart(32, '0'),
  );
  if (!packed.every((item) => PACKED_ITEM.test(item))) {
    throw new RangeError('a transfer needs a 20-byte recipient and an amount from 0 to 2^128 - 1');
  }
  return `0x${packed.join('')}`;
}

/** The other way; throws on a length that is no multiple of 36 bytes. Recipients come in lower case. */
export function decodeTransfers(transfers: Hex): TransferItem[] {
  const length = size(transfers);
  if (length % ITEM_LENGTH !== 0) throw new RangeError(`packed transfers of ${length} bytes: not a multiple of 36`);
  return Array.from({ length: length / ITEM_LENGTH }, (_, index) => {
    const start = index * ITEM_LENGTH;
    return {
      recipient: sliceHex(transfers, start, start + 20),
      amount: BigInt(sliceHex(transfers, start + 20, start + ITEM_LENGTH)),
    };
  });
}

/** mask (4 bytes, bit i is signer i) ‖ the signatures, ascending by signer. None gives `0x`: kept approvals alone. */
export function encodeSignatures(signatures: readonly IndexedSignature[]): Hex {
  if (signatures.length === 0) return '0x';
  const sorted = signatures.toSorted((a, b) => a.index - b.index);
  let mask = 0;
  for (const { index, signature } of sorted) {
    const bit = (1 << index) >>> 0;
    if (!(index >= 0 && index < 32)) throw new RangeError(`signer index ${index} is not from 0 to 31`);
    if ((mask & bit) !== 0) throw new RangeError(`signer ${index} has signed twice`);
    if (size(signature) !== SIGNATURE_LENGTH) throw new RangeError(`signer ${index}: a signature has 64 bytes`);
    mask = (mask | bit) >>> 0;
  }
  return concatHex([numberToHex(mask, { size: MASK_LENGTH }), ...sorted.map(({ signature }) => signature)]);
}

/** r ‖ yParityAndS (EIP-2098) of a signature whose s is in the lower half. */
export function compactSignature({ r, s, yParity }: { r: Hex; s: Hex; yParity: 0 | 1 }): Hex {
  const yParityAndS = BigInt(s) | (BigInt(yParity) << 255n);
  return concatHex([numberToHex(BigInt(r), { size: 32 }), numberToHex(yParityAndS, { size: 32 })]);
}

/** The signer indices of a mask, ascending. */
export const indicesOf = (mask: number): number[] =>
  Array.from({ length: 32 }, (_, index) => index).filter((index) => ((mask >>> index) & 1) === 1);
