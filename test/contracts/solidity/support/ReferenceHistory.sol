// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { History } from '../../../../contracts/anchors/History.sol';

/// @title A history of made-up blocks, by the words of the design: every tree is built whole
contract ReferenceHistory {
    uint64 public immutable first;

    /// @dev Of each whole group of 256 blocks, computed once.
    bytes32[] private _roots;

    constructor(uint64 first_, uint256 groups) {
        first = first_;
        for (uint256 i = 0; i < groups; ++i) _roots.push(_root(_group(i, (i + 1) * 256)));
    }

    function hashOf(uint256 height) public pure returns (bytes32) {
        return keccak256(abi.encode('block', height));
    }

    /// @dev Root, peaks and tail of the blocks from `first` to `number`.
    function commit(uint64 number) public view returns (bytes32 root, bytes32[] memory peaks, bytes32 tailRoot) {
        uint256 count = number - first + 1;
        bytes32[] memory leaves = _leaves(count / 256);
        peaks = new bytes32[](_ones(leaves.length));
        uint256 place;
        for (uint256 from = 0; from < leaves.length; ++place) {
            uint256 size = _largestPower(leaves.length - from);
            peaks[place] = _root(_part(leaves, from, size));
            from += size;
        }
        if (count % 256 != 0) tailRoot = _root(_group(count / 256, count));
        bytes32 bag = bagOf(peaks, peaks.length);
        root = keccak256(abi.encodePacked(History.TAG, uint256(first), uint256(number), bag, tailRoot));
    }

    /// @dev The first `size` of the peaks, bagged.
    function bagOf(bytes32[] memory peaks, uint256 size) public pure returns (bytes32 bag) {
        for (uint256 i = 0; i < size; ++i) bag = keccak256(abi.encodePacked(bag, peaks[i]));
    }

    /// @dev How many of the first peaks both have.
    function sharedOf(bytes32[] memory a, bytes32[] memory b) public pure returns (uint256 shared) {
        while (shared < a.length && shared < b.length && a[shared] == b[shared]) ++shared;
    }

    /// @dev The proof of a block of that history.
    function prove(uint64 number, uint64 height) external view returns (History.Proof memory proof) {
        (, proof.peaks, proof.tailRoot) = commit(number);
        uint256 count = number - first + 1;
        uint256 position = height - first;
        bytes32[] memory group = _group(position / 256, count);
        bytes32[] memory lower = _siblings(group, position % 256);
        uint256 leafCount = count / 256;
        uint256 from;
        uint256 size = 1;
        if (position / 256 < leafCount) {
            size = _largestPower(leafCount);
            while (position / 256 >= from + size) {
                from += size;
                size = _largestPower(leafCount - from);
            }
        }
        bytes32[] memory upper = new bytes32[](0);
        if (size > 1) upper = _siblings(_part(_leaves(leafCount), from, size), position / 256 - from);
        proof.siblings = new bytes32[](lower.length + upper.length);
        for (uint256 i = 0; i < lower.length; ++i) proof.siblings[i] = lower[i];
        for (uint256 i = 0; i < upper.length; ++i) proof.siblings[lower.length + i] = upper[i];
    }

    function _leaves(uint256 count) private view returns (bytes32[] memory leaves) {
        leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            leaves[i] = keccak256(abi.encodePacked(uint8(0), i, _roots[i]));
        }
    }

    /// @dev The hashes of the 256 blocks of leaf `index`, zero from block `count` on.
    function _group(uint256 index, uint256 count) private view returns (bytes32[] memory group) {
        group = new bytes32[](256);
        for (uint256 i = 0; i < 256 && index * 256 + i < count; ++i) group[i] = hashOf(first + index * 256 + i);
    }

    function _above(bytes32[] memory nodes) private pure returns (bytes32[] memory parents) {
        parents = new bytes32[](nodes.length / 2);
        for (uint256 i = 0; i < parents.length; ++i) {
            parents[i] = keccak256(abi.encodePacked(uint8(1), nodes[2 * i], nodes[2 * i + 1]));
        }
    }

    function _root(bytes32[] memory nodes) private pure returns (bytes32) {
        while (nodes.length > 1) nodes = _above(nodes);
        return nodes[0];
    }

    function _siblings(bytes32[] memory nodes, uint256 place) private pure returns (bytes32[] memory siblings) {
        uint256 depth;
        while (1 << depth < nodes.length) ++depth;
        siblings = new bytes32[](depth);
        for (uint256 i = 0; i < depth; ++i) {
            siblings[i] = nodes[place ^ 1];
            nodes = _above(nodes);
            place /= 2;
        }
    }

    function _part(bytes32[] memory nodes, uint256 from, uint256 size) private pure returns (bytes32[] memory part) {
        part = new bytes32[](size);
        for (uint256 i = 0; i < size; ++i) part[i] = nodes[from + i];
    }

    function _largestPower(uint256 count) private pure returns (uint256 power) {
        for (power = 1; power * 2 <= count; power *= 2) continue;
    }

    function _ones(uint256 count) private pure returns (uint256 ones) {
        for (; count != 0; count /= 2) ones += count % 2;
    }
}
