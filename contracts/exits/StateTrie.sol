// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Memory } from '@openzeppelin/contracts/utils/Memory.sol';
import { RLP } from '@openzeppelin/contracts/utils/RLP.sol';

/// @title Inclusion and exclusion proofs of state and storage tries
/// @notice Verifies proofs as `eth_getProof` returns them: the nodes from the root down, where a node shorter than 32 bytes is
/// part of its parent. Keys are hashes, so each path has 64 nibbles. See the Merkle Patricia trie of the Ethereum yellow paper,
/// appendix D; OpenZeppelin's `TrieProof` proves inclusion only.
/// @dev SECURITY: the proof comes from anyone. A key is excluded only by a node on its own path: an empty child of a branch, or a
/// leaf or an extension with a path that differs from the key's. Every other end of a proof reverts.
library StateTrie {
    using Memory for bytes;
    using Memory for Memory.Slice;
    using RLP for Memory.Slice;

    /// @dev The root of a trie without keys: the hash of the empty string's encoding.
    bytes32 internal constant EMPTY_ROOT = 0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421;

    uint256 private constant NIBBLES = 64;
    uint256 private constant BRANCH_LENGTH = 17;
    bytes1 private constant EMPTY = 0x80;
    bytes1 private constant SHORTEST_LIST = 0xc0;

    /// @notice The node at `index` does not hash to the value in its parent, or is malformed for a trie of hashed keys.
    error InvalidNode(uint256 index);
    /// @notice The proof has nodes beyond its end, or none at it.
    error InvalidProofLength(uint256 length);

    /// @notice The value of a key, in RLP; empty when the trie has none.
    /// @param key Before it is hashed: an address in 20 bytes, a slot in 32.
    function valueOf(bytes32 root, bytes memory key, bytes[] memory proof) internal pure returns (bytes memory) {
        return valueAt(root, keccak256(key), proof);
    }

    /// @notice The value at the path of a hashed key; see `valueOf`.
    function valueAt(bytes32 root, bytes32 path, bytes[] memory proof) internal pure returns (bytes memory) {
        if (root == EMPTY_ROOT && proof.length == 0) return '';

        bytes32 expected = root;
        uint256 depth = 0;
        for (uint256 i = 0; i < proof.length; ++i) {
            require(keccak256(proof[i]) == expected, InvalidNode(i));
            Memory.Slice child = proof[i].asSlice();
            // The node, and those within it.
            do {
                Memory.Slice[] memory items = child.readList();
                if (items.length == BRANCH_LENGTH) {
                    require(depth < NIBBLES, InvalidNode(i));
                    child = items[_nibble(path, depth++)];
                } else {
                    require(items.length == 2, InvalidNode(i));
                    (bool leaf, uint256 length, bool same) = _compare(items[0].readBytes(), path, depth, i);
                    if (leaf || !same) {
                        require(i + 1 == proof.length, InvalidProofLength(proof.length));
                        return same ? items[1].readBytes() : bytes('');
                    }
                    depth += length;
                    child = items[1];
                }
            } while (_first(child) >= SHORTEST_LIST);

            if (_first(child) == EMPTY) {
                require(i + 1 == proof.length, InvalidProofLength(proof.length));
                return '';
            }
            require(child.length() == 33, InvalidNode(i));
            expected = child.readBytes32();
        }
        revert InvalidProofLength(proof.length);
    }

    /// @dev Reads the compact path of a leaf or extension, and compares it with the key's from `depth` on.
    /// @return leaf Whether its path ends at the key's end, as a leaf's must and an extension's must not.
    /// @return length In nibbles.
    function _compare(
        bytes memory compact,
        bytes32 path,
        uint256 depth,
        uint256 index
    ) private pure returns (bool leaf, uint256 length, bool same) {
        require(compact.length != 0, InvalidNode(index));
        uint256 flags = uint8(compact[0]) >> 4;
        bool odd = flags & 1 == 1;
        leaf = flags & 2 == 2;
        length = (compact.length - 1) * 2 + (odd ? 1 : 0);
        bool fits = leaf ? depth + length == NIBBLES : length != 0 && depth + length < NIBBLES;
        bool padded = odd || compact[0] & 0x0f == 0;
        require(flags < 4 && fits && padded, InvalidNode(index));

        for (uint256 k = 0; k < length; ++k) {
            uint256 place = k + (odd ? 1 : 2);
            uint256 found = (uint8(compact[place / 2]) >> (place % 2 == 0 ? 4 : 0)) & 0x0f;
            if (found != _nibble(path, depth + k)) return (leaf, length, false);
        }
        return (leaf, length, true);
    }

    function _nibble(bytes32 path, uint256 place) private pure returns (uint256) {
        return (uint256(path) >> (252 - 4 * place)) & 0x0f;
    }

    function _first(Memory.Slice item) private pure returns (bytes1) {
        return bytes1(item.load(0));
    }
}
