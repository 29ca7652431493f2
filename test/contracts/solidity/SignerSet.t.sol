// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { SignerSet } from '../../../contracts/SignerSet.sol';

/// @dev What `SignerSet` reads by assembly or counts by masks, against the plain form.
contract SignerSetTest is SignerSet {
    constructor() SignerSet(_list(1, 0), 1) {}

    function testFuzz_CountIsTheNumberOfBits(uint32 mask) public pure {
        uint256 expected = 0;
        for (uint256 i = 0; i < 32; ++i) if ((mask >> i) & 1 != 0) ++expected;
        require(_count(mask) == expected, 'count');
    }

    function testFuzz_SignersAreReadAsTheyWereSet(uint8 size, uint128 seed) public {
        address[] memory list = _list((uint256(size) % MAXIMUM_SIGNERS) + 1, seed);
        // What is in memory behind the list must stay, and what is there before must not come back with it.
        bytes memory before = abi.encode(seed);
        _setSigners(list, list.length);
        address[] memory found = signers();
        bytes memory behind = abi.encode(seed);
        require(keccak256(abi.encode(found)) == keccak256(abi.encode(list)), 'signers');
        require(keccak256(before) == keccak256(behind), 'memory');
    }

    function testFuzz_AWordIsWhatAPlainSliceSays(bytes calldata signatures, uint256 offset) public pure {
        if (signatures.length < 32) return;
        offset %= signatures.length - 31;
        require(_word(signatures, offset) == bytes32(signatures[offset:offset + 32]), 'word');
    }

    function _list(uint256 size, uint128 seed) private pure returns (address[] memory list) {
        list = new address[](size);
        for (uint256 i = 0; i < size; ++i) list[i] = address(uint160(uint256(keccak256(abi.encode(seed, i)))));
    }
}
