// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The signers of one bridge
/// @notice An ordered list of at most 32 signers, of which `threshold` must sign before anything moves. Every change of
/// the list raises the signer epoch; every attestation names the epoch, so that what was signed or approved before a
/// change is worth nothing after it.
/// @dev `signatures` is always: mask (4 bytes, bit i is signer i) ‖ one 64-byte EIP-2098 signature (r ‖ yParityAndS) for
/// each set bit, ascending. A signer can therefore never count twice.
interface ISignerSet {
    /// @notice The list of signers changed, or the epoch was raised to make old signatures worthless.
    /// @param signerEpoch The epoch that begins.
    /// @param signers The signers, in the order of their indices.
    /// @param threshold How many of them must sign.
    event SignersChanged(uint64 indexed signerEpoch, address[] signers, uint256 threshold);

    /// @notice A list must keep `size / 2 < threshold <= size <= 32`.
    error InvalidThreshold(uint256 size, uint256 threshold);

    /// @notice The signer at `index` is the zero address or stands in the list before.
    error InvalidSigner(uint256 index, address signer);

    /// @notice The mask names a signer index that the list does not have.
    error InvalidSignerMask(uint32 mask, uint256 size);

    /// @notice The length does not fit the mask: too short, truncated or padded.
    error InvalidSignaturesLength(uint256 length, uint256 expected);

    /// @notice The signature at this signer's place is not this signer's: other content, another epoch, bridge or chain, a
    /// high s, or bytes that are no signature.
    error InvalidSignature(uint256 index, address signer);

    /// @notice Too few signers: `mask` counts, `threshold` are needed, and nothing new was passed.
    error MissingSignatures(uint32 mask, uint256 threshold);

    /// @notice The signers in the order of their indices.
    function signers() external view returns (address[] memory);

    /// @notice How many signers must sign.
    function threshold() external view returns (uint256);

    /// @notice Starts at 1; rises with every change of the list, and when a parked transfer is voided.
    function signerEpoch() external view returns (uint64);
}
