// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { StateTrie } from '../../../contracts/exits/StateTrie.sol';
import { ReferenceTrie } from './support/ReferenceTrie.sol';

/// @title The trie's entries are proven present, all other keys are proven absent, and nothing else is proven
contract StateTrieTest {
    uint256 private constant MOST_KEYS = 24;

    ReferenceTrie private _trie = new ReferenceTrie();

    /// forge-config: default.fuzz.runs = 256
    function testFuzz_PresentAndAbsentKeys(uint256 seed) external {
        uint256 count = _fill(seed);
        for (uint256 i = 0; i < 4; ++i) {
            uint256 number = (seed >> (32 * i)) % (2 * count);
            (bytes32 root, bytes[] memory proof) = _trie.prove(_path(seed, number));
            bytes memory value = this.valueAt(root, _path(seed, number), proof);
            require(keccak256(value) == keccak256(_trie.valueAt(_path(seed, number))), 'another value');
        }
    }

    /// @dev A key's proof proves nothing of another key; nor does one with a byte changed, a node more, one less or none.
    /// forge-config: default.fuzz.runs = 256
    function testFuzz_NothingElseIsProven(uint256 seed, uint256 how) external {
        uint256 count = _fill(seed);
        uint256 number = (seed >> 32) % (2 * count);
        bytes32 path = _path(seed, number);
        (bytes32 root, bytes[] memory proof) = _trie.prove(path);
        if (how % 5 == 0) {
            // Another key's path may lead through the same nodes: a proof of that key is then true.
            uint256 other = (seed >> 64) % (2 * count);
            (bool done, bytes memory answer) = _try(root, _path(seed, other), proof);
            bytes memory expected = _trie.valueAt(_path(seed, other));
            require(!done || keccak256(abi.decode(answer, (bytes))) == keccak256(expected), 'another key');
            return;
        }
        if (how % 5 == 1) {
            bytes memory node = proof[(how >> 8) % proof.length];
            node[(how >> 64) % node.length] ^= bytes1(uint8(1 << ((how >> 128) % 8)));
        }
        if (how % 5 == 2) proof = _resize(proof, proof.length + 1);
        if (how % 5 == 3) proof = _resize(proof, proof.length - 1);
        if (how % 5 == 4) root ^= bytes32(1 << (how >> 248));
        (bool proven, ) = _try(root, path, proof);
        require(!proven, 'proven, and should not be');
    }

    function test_AnEmptyTrieHasNothing() external view {
        require(this.valueAt(StateTrie.EMPTY_ROOT, bytes32('path'), new bytes[](0)).length == 0, 'an empty trie');
        (bool done, bytes memory answer) = _try(bytes32('root'), bytes32('path'), new bytes[](0));
        require(!done && bytes4(answer) == StateTrie.InvalidProofLength.selector, 'a trie without a node');
    }

    /// @dev Nodes that hash to their parent's word, and that no trie of hashed keys has: each would exclude a present key.
    function test_NodesOfNoTrieAreRefused() external view {
        _requireRefused(hex'c0');
        // A leaf with a path that is too short, too long, or empty; an extension without a path, or to the end.
        _requireRefused(hex'c22001');
        _requireRefused(hex'c28001');
        _requireRefused(hex'c20001');
        // Padding that is not zero, before the key's whole path; a flag that does not exist, before another path.
        _requireRefused(bytes.concat(hex'e3a12f', bytes32('path'), hex'01'));
        _requireRefused(bytes.concat(hex'e2a040', bytes31(0), hex'01'));
        // A branch below the path's end: an extension of 63 nibbles leads to one within another.
        bytes32 compact = bytes32((uint256(bytes32('path')) >> 4) | (1 << 252));
        bytes memory empty = hex'80808080808080808080808080808080';
        _requireRefused(bytes.concat(hex'f844a0', compact, hex'e2d1', empty, hex'80', empty));
        // A child that is neither empty nor a hash, where the path "p" (0x70) leads.
        _requireRefused(hex'd18080808080808001808080808080808080');
    }

    function valueAt(bytes32 root, bytes32 path, bytes[] calldata proof) external pure returns (bytes memory) {
        return StateTrie.valueAt(root, path, proof);
    }

    function _requireRefused(bytes memory node) private view {
        bytes[] memory proof = new bytes[](1);
        proof[0] = node;
        (bool done, bytes memory answer) = _try(keccak256(node), bytes32('path'), proof);
        require(!done && bytes4(answer) == StateTrie.InvalidNode.selector, 'a node of no trie');
    }

    function _try(bytes32 root, bytes32 path, bytes[] memory proof) private view returns (bool, bytes memory) {
        return address(this).staticcall(abi.encodeCall(this.valueAt, (root, path, proof)));
    }

    function _fill(uint256 seed) private returns (uint256 count) {
        count = 1 + (seed % MOST_KEYS);
        for (uint256 i = 0; i < count; ++i) _trie.put(_path(seed, i), _value(seed, i));
    }

    /// @dev Of a hash; or, in half of the runs, alike up to their last nibbles: there nodes are so short that they are part of
    /// those above.
    function _path(uint256 seed, uint256 number) private pure returns (bytes32) {
        bytes32 hash = keccak256(abi.encode(seed, number));
        uint256 alike = seed >> 255 == 0 ? 0 : 256 - 4 * (2 + ((seed >> 248) % 8));
        if (alike == 0) return hash;
        uint256 low = uint256(hash) & ((1 << (256 - alike)) - 1);
        return bytes32(((seed >> (256 - alike)) << (256 - alike)) | low);
    }

    /// @dev Of one to 33 bytes.
    function _value(uint256 seed, uint256 number) private pure returns (bytes memory value) {
        bytes32 word = keccak256(abi.encode('value', seed, number));
        value = new bytes(1 + (uint256(word) % 33));
        for (uint256 i = 0; i < value.length; ++i) value[i] = word[i % 32] | 0x01;
    }

    function _resize(bytes[] memory words, uint256 length) private pure returns (bytes[] memory resized) {
        resized = new bytes[](length);
        for (uint256 i = 0; i < length && i < words.length; ++i) resized[i] = words[i];
    }
}
