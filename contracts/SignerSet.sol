// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ECDSA } from '@openzeppelin/contracts/utils/cryptography/ECDSA.sol';
import { Arrays } from '@openzeppelin/contracts/utils/Arrays.sol';
import { EIP712 } from '@openzeppelin/contracts/utils/cryptography/EIP712.sol';

import { ISignerSet } from './interfaces/ISignerSet.sol';

/// @dev A contract whose code is its data, one word a signer: reading six signers from code costs one cold access, from
/// storage six.
contract SignerList {
    constructor(address[] memory signers) {
        // A word that holds an address begins with a zero byte, which is STOP: this code never runs.
        assembly ('memory-safe') {
            return(add(signers, 32), mul(mload(signers), 32))
        }
    }
}

/// @title Who signs, and whether enough have signed
/// @dev See {ISignerSet}.
abstract contract SignerSet is ISignerSet, EIP712 {
    using Arrays for uint256[];

    uint256 internal constant MAXIMUM_SIGNERS = 32;
    uint256 private constant MASK_LENGTH = 4;
    uint256 private constant SIGNATURE_LENGTH = 64;
    /// @dev See `_count`.
    uint256 private constant COPIES = 0x80000000100000000200000000400000000800000001;
    uint256 private constant EVERY_SIXTH_BIT = 0x1041041041041041041041041041041041041041041041041041;

    /// @dev One slot: every inbound call reads all of it. `pausedUntil` is `Governed`'s.
    struct SignerState {
        address list;
        uint32 epoch;
        uint40 pausedUntil;
        uint8 threshold;
        uint8 size;
    }

    SignerState internal _signerState;

    constructor(address[] memory initialSigners, uint256 initialThreshold) EIP712('Pegway', '1') {
        _setSigners(initialSigners, initialThreshold);
    }

    /// @inheritdoc ISignerSet
    function signers() public view returns (address[] memory) {
        uint256[] memory words = _words(_signerState.list, _signerState.size);
        address[] memory result = new address[](words.length);
        for (uint256 i = 0; i < words.length; ++i) result[i] = address(uint160(words[i]));
        return result;
    }

    /// @inheritdoc ISignerSet
    function threshold() public view returns (uint256) {
        return _signerState.threshold;
    }

    /// @inheritdoc ISignerSet
    function signerEpoch() public view returns (uint64) {
        return _signerState.epoch;
    }

    function _setSigners(address[] memory newSigners, uint256 newThreshold) internal {
        uint256 size = newSigners.length;
        // More than half: two quorums always share a signer. The doubling comes last, when it cannot overflow.
        if (size > MAXIMUM_SIGNERS || newThreshold > size || newThreshold * 2 <= size) {
            revert InvalidThreshold(size, newThreshold);
        }
        for (uint256 i = 0; i < size; ++i) {
            require(newSigners[i] != address(0), InvalidSigner(i, newSigners[i]));
            for (uint256 j = 0; j < i; ++j) require(newSigners[i] != newSigners[j], InvalidSigner(i, newSigners[i]));
        }

        _signerState.list = address(new SignerList(newSigners));
        _signerState.threshold = uint8(newThreshold);
        _signerState.size = uint8(size);

        _raiseEpoch();
    }

    /// @dev Makes every signature and approval given so far worthless.
    function _raiseEpoch() internal {
        uint32 epoch = ++_signerState.epoch;

        emit SignersChanged(epoch, signers(), _signerState.threshold);
    }

    /// @dev SECURITY: `signatures` come from anyone. Returns the mask of those that signed `digest`, and how many they are; one
    /// that did not reverts the whole, so that a mask never says more than was checked.
    function _verify(
        address list,
        uint256 size,
        bytes32 digest,
        bytes calldata signatures
    ) internal view returns (uint32 mask, uint256 count) {
        if (signatures.length < MASK_LENGTH) revert InvalidSignaturesLength(signatures.length, MASK_LENGTH);
        uint256 left = uint256(_word(signatures, 0)) >> 224;
        mask = uint32(left);
        if (left >> size != 0) revert InvalidSignerMask(mask, size);
        count = _count(mask);
        // Nothing counts beyond 32, and no offset beyond what is here.
        unchecked {
            uint256 expected = MASK_LENGTH + SIGNATURE_LENGTH * count;
            if (signatures.length != expected) revert InvalidSignaturesLength(signatures.length, expected);

            uint256[] memory current = _words(list, size);
            uint256 offset = MASK_LENGTH;
            for (uint256 i = 0; left != 0; ++i) {
                if (left & 1 != 0) {
                    bytes32 r = _word(signatures, offset);
                    bytes32 vs = _word(signatures, offset + 32);
                    // Answers zero for a high s and for what recovers to nobody; no signer is zero.
                    (address recovered, , ) = ECDSA.tryRecover(digest, r, vs);
                    // The mask has no bit beyond the list.
                    if (uint160(recovered) != current.unsafeMemoryAccess(i))
                        revert InvalidSignature(i, address(uint160(current[i])));
                    offset += SIGNATURE_LENGTH;
                }
                left >>= 1;
            }
        }
    }

    /// @dev The same, and enough of them.
    function _verifyQuorum(bytes32 digest, bytes calldata signatures) internal view returns (uint32 mask) {
        SignerState storage state = _signerState;
        uint256 count;
        (mask, count) = _verify(state.list, state.size, digest, signatures);
        if (count < state.threshold) revert MissingSignatures(mask, state.threshold);
    }

    /// @dev How many bits are set. Of six copies of the mask, 35 bits apart, every sixth bit is kept: each bit of the mask once,
    /// at a multiple of six. These are digits of base 64, whose sum is what they leave modulo 63.
    function _count(uint32 mask) internal pure returns (uint256) {
        unchecked {
            return ((uint256(mask) * COPIES) & EVERY_SIXTH_BIT) % 63;
        }
    }

    /// @dev The code of a `SignerList`, a word a signer. `.code` would give bytes, to be decoded once more.
    function _words(address list, uint256 size) private view returns (uint256[] memory result) {
        assembly ('memory-safe') {
            result := mload(0x40)
            mstore(result, size)
            let length := mul(size, 32)
            extcodecopy(list, add(result, 32), 0, length)
            mstore(0x40, add(add(result, 32), length))
        }
    }

    /// @dev The 32 bytes at `offset`, below the length that was checked. A checked slice costs more than what is done with it.
    function _word(bytes calldata signatures, uint256 offset) internal pure returns (bytes32 word) {
        assembly ('memory-safe') {
            word := calldataload(add(signatures.offset, offset))
        }
    }
}
