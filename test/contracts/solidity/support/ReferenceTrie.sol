// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { RLP } from '@openzeppelin/contracts/utils/RLP.sol';

/// @title A Merkle Patricia trie built from its definition, by recursion over its keys
contract ReferenceTrie {
    bytes32[] private _paths;
    mapping(bytes32 path => bytes) private _values;
    bytes[] private _proof;

    function put(bytes32 path, bytes calldata value) external {
        if (_values[path].length == 0) _paths.push(path);
        _values[path] = value;
    }

    function valueAt(bytes32 path) external view returns (bytes memory) {
        return _values[path];
    }

    /// @dev Root, and the nodes on the way to a path that are no part of another, from the root down.
    function prove(bytes32 path) external returns (bytes32 root, bytes[] memory proof) {
        delete _proof;
        bytes memory node = _build(_paths, 0, path, true);
        if (node.length < 32) _proof.push(node);
        bytes[] memory upwards = _proof;
        proof = new bytes[](upwards.length);
        for (uint256 i = 0; i < proof.length; ++i) proof[i] = upwards[proof.length - 1 - i];
        return (keccak256(node), proof);
    }

    /// @param onPath Whether these paths share the key's first `depth` nibbles.
    function _build(
        bytes32[] memory paths,
        uint256 depth,
        bytes32 key,
        bool onPath
    ) private returns (bytes memory node) {
        if (paths.length == 0) return hex'80';
        uint256 shared = _shared(paths, depth);
        bytes[] memory items;
        if (paths.length == 1) {
            items = new bytes[](2);
            items[0] = RLP.encode(_compact(paths[0], depth, 64, true));
            items[1] = RLP.encode(_values[paths[0]]);
        } else if (shared != depth) {
            items = new bytes[](2);
            items[0] = RLP.encode(_compact(paths[0], depth, shared, false));
            items[1] = _reference(_build(paths, shared, key, onPath && _agree(paths[0], key, shared)));
        } else {
            items = new bytes[](17);
            for (uint256 i = 0; i < 16; ++i) {
                bool on = onPath && _nibble(key, depth) == i;
                items[i] = _reference(_build(_select(paths, depth, i), depth + 1, key, on));
            }
            items[16] = hex'80';
        }
        node = RLP.encode(items);
        if (onPath && node.length >= 32) _proof.push(node);
    }

    function _reference(bytes memory node) private pure returns (bytes memory) {
        return node.length < 32 ? node : RLP.encode(keccak256(node));
    }

    /// @dev Up to where all of the paths are alike.
    function _shared(bytes32[] memory paths, uint256 depth) private pure returns (uint256) {
        for (; depth < 64; ++depth) {
            for (uint256 i = 1; i < paths.length; ++i) {
                if (_nibble(paths[i], depth) != _nibble(paths[0], depth)) return depth;
            }
        }
        return depth;
    }

    function _agree(bytes32 one, bytes32 other, uint256 nibbles) private pure returns (bool) {
        return uint256(one) >> (256 - 4 * nibbles) == uint256(other) >> (256 - 4 * nibbles);
    }

    function _select(
        bytes32[] memory paths,
        uint256 depth,
        uint256 nibble
    ) private pure returns (bytes32[] memory selected) {
        uint256 count;
        for (uint256 i = 0; i < paths.length; ++i) if (_nibble(paths[i], depth) == nibble) ++count;
        selected = new bytes32[](count);
        for (uint256 i = 0; i < paths.length; ++i) {
            if (_nibble(paths[i], depth) == nibble) selected[--count] = paths[i];
        }
    }

    function _compact(bytes32 path, uint256 from, uint256 to, bool leaf) private pure returns (bytes memory compact) {
        bool odd = (to - from) % 2 == 1;
        uint256 first = (leaf ? 2 : 0) + (odd ? 1 : 0);
        compact = abi.encodePacked(uint8(first << 4) | (odd ? uint8(_nibble(path, from++)) : 0));
        for (; from < to; from += 2) {
            compact = abi.encodePacked(compact, uint8((_nibble(path, from) << 4) | _nibble(path, from + 1)));
        }
    }

    function _nibble(bytes32 path, uint256 place) private pure returns (uint256) {
        return (uint256(path) >> (252 - 4 * place)) & 0x0f;
    }
}
