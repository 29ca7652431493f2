import { type Address, type Hex, keccak256 } from 'viem';

import { hashText, hashWords, preimageIn, separatorOf } from '../attestation.ts';

/** The `Anchors` contract that verifies a signature, its chain, and the chain that it anchors. */
export interface AnchorsDomain {
  readonly chainId: number;
  readonly anchors: Address;
  readonly sourceChainId: number;
}

/** What an anchor commits to, as `IAnchors.Anchor`. */
export interface Anchor {
  /** Height of the newest anchored block. */
  readonly number: bigint;
  /** When the signers attested it, in seconds since the epoch. */
  readonly attestedAt: bigint;
  readonly blockHash: Hex;
  /** The commitment to all blocks up to `number`; see `historyRootOf`. */
  readonly historyRoot: Hex;
}

const ANCHOR_TYPEHASH = hashText(
  'Anchor(uint256 sourceChainId,uint64 signerEpoch,uint64 number,bytes32 blockHash,bytes32 historyRoot,uint64 attestedAt)',
);
const CORRECTION_TYPEHASH = hashText(
  'Correction(uint256 sourceChainId,uint64 signerEpoch,bytes32 replacedHash,uint64 number,bytes32 blockHash,bytes32 historyRoot,uint64 attestedAt)',
);

const separator = ({ chainId, anchors }: AnchorsDomain): Hex => separatorOf('Pegway Anchors', '1', chainId, anchors);

const contentOf = ({ number, blockHash, historyRoot, attestedAt }: Anchor) =>
  [number, blockHash, historyRoot, attestedAt] as const;

/** The bytes to sign for an anchor; their keccak256 is `Anchors.anchorDigest`. `signerEpoch`: of the main bridge. */
export const anchorPreimage = (domain: AnchorsDomain, signerEpoch: bigint, anchor: Anchor): Hex =>
  preimageIn(separator(domain), hashWords(ANCHOR_TYPEHASH, domain.sourceChainId, signerEpoch, ...contentOf(anchor)));

/**
 * The bytes to sign to replace the last anchor, which has the block hash `replacedHash`; their keccak256 is
 * `Anchors.correctionDigest`.
 */
export const correctionPreimage = (
  domain: AnchorsDomain,
  signerEpoch: bigint,
  replacedHash: Hex,
  anchor: Anchor,
): Hex =>
  preimageIn(
    separator(domain),
    hashWords(CORRECTION_TYPEHASH, domain.sourceChainId, signerEpoch, replacedHash, ...contentOf(anchor)),
  );

/** Equals `Anchors.anchorDigest`. */
export const anchorDigest = (domain: AnchorsDomain, signerEpoch: bigint, anchor: Anchor): Hex =>
  keccak256(anchorPreimage(domain, signerEpoch, anchor));

/** Equals `Anchors.correctionDigest`. */
export const correctionDigest = (domain: AnchorsDomain, signerEpoch: bigint, replacedHash: Hex, anchor: Anchor): Hex =>
  keccak256(correctionPreimage(domain, signerEpoch, replacedHash, anchor));
