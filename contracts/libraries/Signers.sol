// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ECDSA } from '@openzeppelin/contracts/utils/cryptography/ECDSA.sol';
import { Arrays } from '@openzeppelin/contracts/utils/Arrays.sol';

import { Bitmap } from './Bitmap.sol';
import { IBridge } from '../interfaces/IBridge.sol';
import { ISignerSet } from '../interfaces/ISignerSet.sol';

/// @dev A contract with data as its code, one word a signer: reading six signers from code costs one cold access, from
/// storage six.
contract SignerList {
    constructor(address[] memory signers) {
        // A word that holds an address begins with a zero byte, which is STOP: this code never runs.
        assembly ('memory-safe') {
            return(add(signers, 32), mul(mload(signers), 32))
        }
    }
}

/// @title The lists of signers by epoch, their signatures and approvals
/// @dev Functions that are `public` run by delegatecall in the bridge's storage.
library Signers {
    using Arrays for uint256[];
    using Bitmap for uint256;

    uint256 internal constant MAXIMUM_SIGNERS = 32;
    uint256 private constant MASK_LENGTH = 4;
    uint256 private constant SIGNATURE_LENGTH = 64;

    struct List {
        address code;
        uint8 threshold;
        uint8 size;
    }

    /// @dev The first slot is the current list; every inbound call reads all of it. `pausedUntil` is `Governed`'s.
    struct State {
        address list;
        uint32 epoch;
        uint40 pausedUntil;
        uint8 threshold;
        uint8 size;
        // slot 1
        mapping(uint64 epoch => List) lists;
        /// By `keccak256(epoch, digest)`.
        mapping(bytes32 key => uint32) approvals;
    }

    /// @notice Replaces the list and begins an epoch.
    function set(State storage state, address[] memory newSigners, uint256 newThreshold) public {
        uint256 size = newSigners.length;
        // More than half: two quorums always share a signer. The doubling comes last, when it cannot overflow.
        if (size > MAXIMUM_SIGNERS || newThreshold > size || newThreshold * 2 <= size) {
            revert ISignerSet.InvalidThreshold(size, newThreshold);
        }
        for (uint256 i = 0; i < size; ++i) {
            address signer = newSigners[i];
            require(signer != address(0), ISignerSet.InvalidSigner(i, signer));
            for (uint256 j = 0; j < i; ++j) require(signer != newSigners[j], ISignerSet.InvalidSigner(i, signer));
        }

        state.list = address(new SignerList(newSigners));
        state.threshold = uint8(newThreshold);
        state.size = uint8(size);

        raiseEpoch(state);
    }

    /// @notice Begins an epoch with the same list: all signatures and approvals given so far become worthless.
    function raiseEpoch(State storage state) public {
        uint32 epoch = ++state.epoch;
        state.lists[epoch] = List(state.list, state.threshold, state.size);

        emit ISignerSet.SignersChanged(epoch, _addresses(state.list, state.size), state.threshold);
    }

    /// @notice See {ISignerSet-approve}.
    function approve(State storage state, bytes32 digest, bytes calldata signatures) public {
        (uint32 passed, ) = verify(state.list, state.size, digest, signatures);
        (uint32 added, uint32 all) = _keep(state, digest, passed);
        require(added != 0, ISignerSet.MissingSignatures(all, state.threshold));

        address[] memory current = _addresses(state.list, state.size);
        for (uint256 i = 0; i < current.length; ++i) {
            if (uint256(added).has(i)) emit ISignerSet.DigestApproved(digest, current[i], state.epoch, all);
        }
    }

    /// @notice Adds the signers in `passed`, too few for a quorum, to the batch's approvals, and counts all.
    /// @return complete Whether they are a quorum now. The call reverts without a quorum and a new approval.
    function approveBatch(
        State storage state,
        bytes32 digest,
        uint32 passed,
        address productToken,
        uint64 firstNonce
    ) public returns (bool complete, uint32 all) {
        uint32 added;
        (added, all) = _keep(state, digest, passed);
        complete = count(all) >= state.threshold;
        require(complete || added != 0, ISignerSet.MissingSignatures(all, state.threshold));

        address[] memory current = _addresses(state.list, state.size);
        for (uint256 i = 0; i < current.length; ++i) {
            if (uint256(added).has(i)) {
                emit IBridge.TransfersApproved(digest, current[i], productToken, firstNonce, all);
            }
        }
    }

    /// @notice See {ISignerSet-hasQuorum}.
    function hasQuorum(
        State storage state,
        uint64 epoch,
        bytes32 digest,
        bytes calldata signatures
    ) public view returns (bool) {
        // The first slot has the current list, and approvals are read only where signatures are too few.
        List memory list = epoch == state.epoch ? List(state.list, state.threshold, state.size) : state.lists[epoch];
        if (list.threshold == 0) return false;
        uint32 mask;
        if (signatures.length != 0) (mask, ) = verify(list.code, list.size, digest, signatures);
        if (count(mask) < list.threshold) mask |= state.approvals[_key(epoch, digest)];
        return count(mask) >= list.threshold;
    }

    /// @notice See {ISignerSet-signerList}.
    function listOf(State storage state, uint64 epoch) public view returns (address[] memory, uint256) {
        List memory list = state.lists[epoch];
        return (_addresses(list.code, list.size), list.threshold);
    }

    /// @notice The mask of a quorum over `digest`, by passed signatures and approvals together; reverts without one.
    function requireQuorum(
        State storage state,
        bytes32 digest,
        bytes calldata signatures
    ) internal view returns (uint32 mask) {
        mask = approvalsOf(state, digest);
        if (signatures.length != 0) {
            (uint32 passed, ) = verify(state.list, state.size, digest, signatures);
            mask |= passed;
        }
        require(count(mask) >= state.threshold, ISignerSet.MissingSignatures(mask, state.threshold));
    }

    function approvalsOf(State storage state, bytes32 digest) internal view returns (uint32) {
        return state.approvals[_key(state.epoch, digest)];
    }

    function isSigner(State storage state, address account) internal view returns (bool) {
        address[] memory current = _addresses(state.list, state.size);
        for (uint256 i = 0; i < current.length; ++i) if (current[i] == account) return true;
        return false;
    }

    /// @notice The mask of the signers with a passed signature over `digest`, and their count. Reverts unless each signature in
    /// the mask is valid and the length fits the mask.
    /// @dev SECURITY: `signatures` come from anyone.
    function verify(
        address list,
        uint256 size,
        bytes32 digest,
        bytes calldata signatures
    ) internal view returns (uint32 mask, uint256 passed) {
        if (signatures.length < MASK_LENGTH) {
            revert ISignerSet.InvalidSignaturesLength(signatures.length, MASK_LENGTH);
        }
        uint256 bits = uint256(_word(signatures, 0)) >> 224;
        mask = uint32(bits);
        if (bits >> size != 0) revert ISignerSet.InvalidSignerMask(mask, size);
        passed = count(mask);
        // The count is at most 32, and no offset exceeds the length checked here.
        unchecked {
            uint256 expected = MASK_LENGTH + SIGNATURE_LENGTH * passed;
            if (signatures.length != expected) revert ISignerSet.InvalidSignaturesLength(signatures.length, expected);

            uint256[] memory current = _words(list, size);
            uint256 offset = MASK_LENGTH;
            for (uint256 i = 0; bits != 0; (++i, bits >>= 1)) {
                if (!bits.has(0)) continue;
                // Zero for a high s and for a signature that recovers no key; no signer is zero.
                (address recovered, , ) = ECDSA.tryRecover(
                    digest,
                    _word(signatures, offset),
                    _word(signatures, offset + 32)
                );
                // The mask has no bit beyond the list.
                uint256 expectedSigner = current.unsafeMemoryAccess(i);
                if (uint160(recovered) != expectedSigner) {
                    revert ISignerSet.InvalidSignature(i, address(uint160(expectedSigner)));
                }
                offset += SIGNATURE_LENGTH;
            }
        }
    }

    /// @notice How many bits are set.
    function count(uint32 mask) internal pure returns (uint256 bits) {
        unchecked {
            for (; mask != 0; mask &= mask - 1) ++bits;
        }
    }

    function _keep(State storage state, bytes32 digest, uint32 passed) private returns (uint32 added, uint32 all) {
        bytes32 key = _key(state.epoch, digest);
        uint32 kept = state.approvals[key];
        added = passed & ~kept;
        all = passed | kept;
        if (added != 0) state.approvals[key] = all;
    }

    function _key(uint64 epoch, bytes32 digest) private pure returns (bytes32) {
        return keccak256(abi.encode(epoch, digest));
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

    /// @dev The same words. Each is a whole address: the constructor of the list was given addresses.
    function _addresses(address list, uint256 size) private view returns (address[] memory result) {
        uint256[] memory words = _words(list, size);
        assembly ('memory-safe') {
            result := words
        }
    }

    /// @dev The 32 bytes at `offset`, which with the length checked above are within `signatures`.
    function _word(bytes calldata signatures, uint256 offset) private pure returns (bytes32 word) {
        assembly ('memory-safe') {
            word := calldataload(add(signatures.offset, offset))
        }
    }
}
