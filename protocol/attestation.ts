import { type Address, type Hex, concatHex, keccak256, numberToHex, size, sliceHex, stringToHex } from 'viem';

/** Maximum number of transfers in a batch. */
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

/** A signature with its signer's index in the signer list; 64 bytes of EIP-2098 (r ‖ yParityAndS). */
export interface IndexedSignature {
  readonly index: number;
  readonly signature: Hex;
}

/** The bridge that verifies a signature, and its chain. */
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
  /** Packed by `encodeTransfers`. */
  readonly transfers: Hex;
  /** Hash of the source block of the batch's last transfer. */
  readonly sourceBlock: Hex;
}

/** The statement that a refused withdrawal may return to its redeemer. Amount in main base units. */
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

/** The statement that a period of one token is distributed under a root. In the EIP-712 domain of the Rewards contract. */
export interface RewardsStatement {
  readonly chainId: number;
  readonly rewards: Address;
  /** Of the main bridge. */
  readonly signerEpoch: bigint;
  readonly token: Address;
  readonly period: bigint;
  readonly root: Hex;
  /** The sum of all `earned` under the root, in base units of the token. */
  readonly total: bigint;
}

/** The statement by which an account names its first payout address. In the EIP-712 domain of the Rewards contract. */
export interface PayoutStatement {
  readonly chainId: number;
  readonly rewards: Address;
  readonly account: Address;
  readonly payout: Address;
}

export const hashText = (text: string): Hex => keccak256(stringToHex(text));

const DOMAIN_TYPEHASH = hashText('EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)');
const ATTESTATION_TYPEHASH = hashText(
  'Attestation(uint256 sourceChainId,address sourceBridge,uint64 signerEpoch,address productToken,uint64 firstNonce,bytes transfers,bytes32 sourceBlock)',
);
const BOUNCE_TYPEHASH = hashText(
  'Bounce(uint256 sourceChainId,address sourceBridge,uint64 signerEpoch,address productToken,uint64 nonce,address redeemer,address recipient,uint128 mainAmount,uint256 deadline)',
);
const PAUSE_TYPEHASH = hashText('Pause(uint64 signerEpoch,uint64 pauseNonce)');
const REWARDS_TYPEHASH = hashText('Rewards(uint64 signerEpoch,address token,uint64 period,bytes32 root,uint256 total)');
const PAYOUT_TYPEHASH = hashText('Payout(address account,address payout)');
const GOVERNANCE_TYPEHASH = hashText('Governance(uint64 listEpoch,uint256 nonce,uint256 deadline,bytes[] calls)');

/** All fields of our statements are static, so their ABI encoding is a plain concatenation of words. */
const word = (value: Hex | bigint | number): Hex =>
  typeof value === 'string' ? `0x${value.slice(2).toLowerCase().padStart(64, '0')}` : numberToHex(value, { size: 32 });

export const hashWords = (...values: readonly (Hex | bigint | number)[]): Hex => keccak256(concatHex(values.map(word)));

/** The EIP-712 domain separator of one of our contracts. */
export const separatorOf = (name: string, version: string, chainId: number, contract: Address): Hex =>
  hashWords(DOMAIN_TYPEHASH, hashText(name), hashText(version), chainId, contract);

export const domainSeparator = ({ chainId, bridge }: Domain): Hex => separatorOf('Pegway', '2', chainId, bridge);

/** `0x1901 ‖ domain ‖ struct`. */
export const preimageIn = (separator: Hex, structHash: Hex): Hex => concatHex(['0x1901', separator, structHash]);

/** `0x1901 ‖ domain ‖ struct`, 66 bytes: the input of a signer; its keccak256 is the digest. */
const preimage = (domain: Domain, structHash: Hex): Hex => preimageIn(domainSeparator(domain), structHash);

/** @param hash Keccak-256; a batch has up to 9 KiB, for which a faster one than viem's pays. */
export const attestationPreimage = (a: Attestation, hash: (bytes: Hex) => Hex = keccak256): Hex =>
  preimage(
    a.destination,
    hashWords(
      ATTESTATION_TYPEHASH,
      a.source.chainId,
      a.source.bridge,
      a.signerEpoch,
      a.productToken,
      a.firstNonce,
      hash(a.transfers),
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

const rewardsDomain = ({ chainId, rewards }: { readonly chainId: number; readonly rewards: Address }): Hex =>
  separatorOf('Pegway Rewards', '1', chainId, rewards);

export const rewardsPreimage = (statement: RewardsStatement): Hex => {
  const { signerEpoch, token, period, root, total } = statement;
  return preimageIn(rewardsDomain(statement), hashWords(REWARDS_TYPEHASH, signerEpoch, token, period, root, total));
};

/** Its keccak256 equals `Rewards.payoutDigest`. */
export const payoutPreimage = (statement: PayoutStatement): Hex =>
  preimageIn(rewardsDomain(statement), hashWords(PAYOUT_TYPEHASH, statement.account, statement.payout));

/** Equals `Rewards.publishDigest`. */
export const rewardsDigest = (statement: RewardsStatement): Hex => keccak256(rewardsPreimage(statement));

/** The EIP-712 digest of a batch; equals `Bridge.attestationDigest`. */
export const attestationDigest = (attestation: Attestation): Hex => keccak256(attestationPreimage(attestation));

/** Equals `MainBridge.bounceDigest`. */
export const bounceDigest = (statement: BounceStatement): Hex => keccak256(bouncePreimage(statement));

/** Equals `pauseDigest` of the bridge. */
export const pauseDigest = (domain: Domain, signerEpoch: bigint, pauseNonce: bigint): Hex =>
  keccak256(pausePreimage(domain, signerEpoch, pauseNonce));

/** Equals `governanceDigest` of the bridge. */
export const governanceDigest = (
  domain: Domain,
  listEpoch: bigint,
  nonce: bigint,
  deadline: bigint,
  calls: readonly Hex[],
): Hex => keccak256(governancePreimage(domain, listEpoch, nonce, deadline, calls));

/** A batch, packed once: digest, calldata and signing history share these bytes. */
export interface PackedTransfers {
  /** The items in order, as `Attestation.transfers` and the bridge's call take them. */
  readonly transfers: Hex;
  /** The 36 bytes of each item: recipient (20 bytes) ‖ amount (16 bytes, big-endian). */
  readonly contents: readonly Hex[];
}

/**
 * Packs a batch and slices the packed bytes by item.
 * @throws {RangeError} for a recipient that is not 20 bytes or an amount outside 0 to 2^128 - 1.
 */
export function packTransfers(items: readonly TransferItem[]): PackedTransfers {
  const transfers = encodeTransfers(items);
  return { transfers, contents: contentsOf(transfers) };
}

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

/**
 * The inverse of {@link encodeTransfers}. Recipients come in lower case.
 * @throws {RangeError} for a length that is no multiple of 36 bytes.
 */
export const decodeTransfers = (transfers: Hex): TransferItem[] =>
  contentsOf(transfers).map((content) => ({
    recipient: sliceHex(content, 0, 20),
    amount: BigInt(sliceHex(content, 20, ITEM_LENGTH)),
  }));

/** @throws {RangeError} for a length that is no multiple of 36 bytes. */
function contentsOf(transfers: Hex): Hex[] {
  const length = size(transfers);
  if (length % ITEM_LENGTH !== 0) throw new RangeError(`packed transfers of ${length} bytes: not a multiple of 36`);
  // Two hexadecimal digits a byte, after `0x`.
  const width = 2 * ITEM_LENGTH;
  return Array.from(
    { length: length / ITEM_LENGTH },
    (_, index): Hex => `0x${transfers.slice(2 + width * index, 2 + width * (index + 1))}`,
  );
}

/**
 * mask (4 bytes, bit i is signer i) ‖ the signatures, ascending by signer. An empty list gives `0x`: stored approvals
 * only.
 */
export function encodeSignatures(signatures: readonly IndexedSignature[]): Hex {
  if (signatures.length === 0) return '0x';
  const sorted = signatures.toSorted((a, b) => a.index - b.index);
  let mask = 0;
  for (const { index, signature } of sorted) {
    const bit = (1 << index) >>> 0;
    if (!(index >= 0 && index < 32)) throw new RangeError(`signer index ${index} is not from 0 to 31`);
    if ((mask & bit) !== 0) throw new RangeError(`signer ${index} has signed twice`);
    if (size(signature) !== SIGNATURE_LENGTH) throw new RangeError(`signer ${index}: expected a signature of 64 bytes`);
    mask = (mask | bit) >>> 0;
  }
  return concatHex([numberToHex(mask, { size: MASK_LENGTH }), ...sorted.map(({ signature }) => signature)]);
}

/** Encodes a signature as r ‖ yParityAndS (EIP-2098); requires s in the lower half of the order. */
export function compactSignature({ r, s, yParity }: { r: Hex; s: Hex; yParity: 0 | 1 }): Hex {
  const yParityAndS = BigInt(s) | (BigInt(yParity) << 255n);
  return concatHex([numberToHex(BigInt(r), { size: 32 }), numberToHex(yParityAndS, { size: 32 })]);
}

/** The signer indices in a mask, ascending. */
export const indicesOf = (mask: number): number[] =>
  Array.from({ length: 32 }, (_, index) => index).filter((index) => ((mask >>> index) & 1) === 1);
