// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The signers of one bridge
/// @notice An ordered list of at most 32 signers, of which `threshold` must sign before anything moves. Every change of
/// the list begins a signer epoch; every attestation names its epoch, so signatures and approvals of an earlier epoch are
/// worthless. Other contracts may rely on these signers through `hasQuorum`: they sign in an EIP-712 domain of their own.
/// @dev `signatures` is always: mask (4 bytes, bit i is signer i) ‖ one 64-byte EIP-2098 signature (r ‖ yParityAndS) for
/// each set bit, ascending. A signer therefore counts once. Passed signatures and kept approvals count together towards a
/// quorum; empty `signatures` use the approvals alone.
interface ISignerSet {
    /// @notice The list of signers changed, or the epoch was raised to make old signatures worthless.
    /// @param signerEpoch The epoch that begins.
    /// @param signers The signers, in the order of their indices.
    /// @param threshold How many of them must sign.
    event SignersChanged(uint64 indexed signerEpoch, address[] signers, uint256 threshold);

    /// @notice A signature over `digest` was kept.
    /// @param approvals All that are kept for this digest in this epoch.
    event DigestApproved(bytes32 indexed digest, address indexed signer, uint64 indexed signerEpoch, uint32 approvals);

    /// @notice A list must keep `size / 2 < threshold <= size <= 32`.
    error InvalidThreshold(uint256 size, uint256 threshold);

    /// @notice The signer at `index` is the zero address, or repeats an earlier one.
    error InvalidSigner(uint256 index, address signer);

    /// @notice The mask names a signer index that the list does not have.
    error InvalidSignerMask(uint32 mask, uint256 size);

    /// @notice The length does not fit the mask: too short, truncated or padded.
    error InvalidSignaturesLength(uint256 length, uint256 expected);

    /// @notice The signature in this signer's place does not recover to this signer: other content, another epoch, bridge or
    /// chain, a high s, or random bytes.
    error InvalidSignature(uint256 index, address signer);

    /// @notice Too few signers: `mask` has fewer than `threshold`; where signatures are kept, none of them is new.
    error MissingSignatures(uint32 mask, uint256 threshold);

    /// @notice Keeps signatures of current signers over any digest, until the epoch ends. Anyone may call it, also while the
    /// bridge is paused: an approval moves nothing.
    function approve(bytes32 digest, bytes calldata signatures) external;

    /// @notice The signers in the order of their indices.
    function signers() external view returns (address[] memory);

    /// @notice How many signers must sign.
    function threshold() external view returns (uint256);

    /// @notice Starts at 1; rises with every change of the list, with `revokeSignatures` and with `voidParked`.
    function signerEpoch() external view returns (uint64);

    /// @notice The signers of an epoch and how many of them had to sign; empty and zero for an epoch that never began.
    function signerList(uint64 epoch) external view returns (address[] memory signers, uint256 threshold);

    /// @notice The signers whose signatures are kept for this digest in the current epoch.
    function approvals(bytes32 digest) external view returns (uint32 mask);

    /// @notice Whether the signers of `epoch` are a quorum over `digest`, by signatures and approvals together. Reverts on a
    /// signature that is not valid.
    /// @dev Warning: signatures of an earlier epoch prove nothing about today. Callers pass the current epoch.
    function hasQuorum(uint64 epoch, bytes32 digest, bytes calldata signatures) external view returns (bool);
}
