// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Signers } from '../../../contracts/libraries/Signers.sol';

/// @dev What `Signers` reads by assembly or counts by masks, against the plain form.
contract SignerSetTest {
    using Signers for Signers.State;

    Signers.State private _signers;

    function testFuzz_CountIsTheNumberOfBits(uint32 mask) public pure {
        uint256 expected = 0;
        for (uint256 i = 0; i < 32; ++i) if ((mask >> i) & 1 != 0) ++expected;
        require(Signers.count(mask) == expected, 'count');
    }

    function testFuzz_SignersAreReadAsTheyWereSet(uint8 size, uint128 seed) public {
        address[] memory list = _list((uint256(size) % Signers.MAXIMUM_SIGNERS) + 1, seed);
        // The memory behind the list must stay unchanged, and the list must not contain earlier memory.
        bytes memory before = abi.encode(seed);
        _signers.set(list, list.length);
        (address[] memory found, uint256 threshold) = _signers.listOf(_signers.epoch);
        bytes memory behind = abi.encode(seed);
        require(keccak256(abi.encode(found)) == keccak256(abi.encode(list)), 'signers');
        require(threshold == list.length, 'threshold');
        require(keccak256(before) == keccak256(behind), 'memory');
    }

    function testFuzz_AListIsKeptByItsEpoch(uint128 first, uint128 second) public {
        _signers.set(_list(3, first), 2);
        uint64 epoch = _signers.epoch;
        _signers.set(_list(5, second), 4);
        _signers.raiseEpoch();
        (address[] memory found, uint256 threshold) = _signers.listOf(epoch);
        require(keccak256(abi.encode(found)) == keccak256(abi.encode(_list(3, first))) && threshold == 2, 'first');
        (found, threshold) = _signers.listOf(epoch + 2);
        require(keccak256(abi.encode(found)) == keccak256(abi.encode(_list(5, second))) && threshold == 4, 'third');
        (found, threshold) = _signers.listOf(epoch + 3);
        require(found.length == 0 && threshold == 0, 'an epoch that never began');
    }

    function _list(uint256 size, uint128 seed) private pure returns (address[] memory list) {
        list = new address[](size);
        for (uint256 i = 0; i < size; ++i) list[i] = address(uint160(uint256(keccak256(abi.encode(seed, i)))));
    }
}
