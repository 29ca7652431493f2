// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ECDSA } from '@openzeppelin/contracts/utils/cryptography/ECDSA.sol';
import { EIP712 } from '@openzeppelin/contracts/utils/cryptography/EIP712.sol';

import { ISignerSet } from './interfaces/ISignerSet.sol';

/// @dev A contract whose code is its data: reading six signers from code costs one cold access, from storage six.
contract SignerList {
    constructor(address[] memory signers) {
        // The ABI encoding begins with the offset 0x20, hence with a zero byte, which is STOP: this code never runs.
        bytes memory data = abi.encode(signers);
        assembly ('memory-safe') {
            return(add(data, 32), mload(data))
        }
    }
}

/// @title Who signs, and whether enough have signed
/// @dev See {ISignerSet}.
abstract contract SignerSet is ISignerSet, EIP712 {
    uint256 internal constant MAXIMUM_SIGNERS = 32;
    uint256 private constant MASK_LENGTH = 4;
    uint256 private constant SIGNATURE_LENGTH = 64;

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
        return abi.decode(_signerState.list.code, (address[]));
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
        // More than half: two quorums always share a signer.
        if (newThreshold * 2 <= size || newThreshold > size || size > MAXIMUM_SIGNERS) {
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

    /// @dev SECURITY: `signatures` come from anyone. Returns the mask of those that signed `digest`; one that did not
    /// reverts the whole, so that a mask never says more than was checked.
    function _verify(bytes32 digest, bytes calldata signatures) internal view returns (uint32 mask) {
        if (signatures.length < MASK_LENGTH) revert InvalidSignaturesLength(signatures.length, MASK_LENGTH);
        mask = uint32(bytes4(signatures));
        uint256 size = _signerState.size;
        if (uint256(mask) >> size != 0) revert InvalidSignerMask(mask, size);
        uint256 expected = MASK_LENGTH + SIGNATURE_LENGTH * _count(mask);
        if (signatures.length != expected) revert InvalidSignaturesLength(signatures.length, expected);

        address[] memory list = signers();
        uint256 offset = MASK_LENGTH;
        for (uint256 i = 0; i < size; ++i) {
            if ((mask >> i) & 1 == 0) continue;
            bytes32 r = bytes32(signatures[offset:offset + 32]);
            bytes32 vs = bytes32(signatures[offset + 32:offset + SIGNATURE_LENGTH]);
            // Answers zero for a high s and for what recovers to nobody; no signer is zero.
            (address recovered, , ) = ECDSA.tryRecover(digest, r, vs);
            if (recovered != list[i]) revert InvalidSignature(i, list[i]);
            offset += SIGNATURE_LENGTH;
        }
    }

    /// @dev The same, and enough of them.
    function _verifyQuorum(bytes32 digest, bytes calldata signatures) internal view returns (uint32 mask) {
        mask = _verify(digest, signatures);
        if (_count(mask) < _signerState.threshold) revert MissingSignatures(mask, _signerState.threshold);
    }

    /// @dev How many bits are set.
    function _count(uint32 mask) internal pure returns (uint256 count) {
        for (; mask != 0; mask &= mask - 1) ++count;
    }
}
