// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Hashes } from '@openzeppelin/contracts/utils/cryptography/Hashes.sol';
import { Math } from '@openzeppelin/contracts/utils/math/Math.sol';

/// @title A commitment to all blocks of a chain from a first one on, which grows without rewriting
/// @notice A Merkle mountain range. Leaf i is `keccak256(0x00 ‖ i ‖ root)` with the Merkle root of the 256 block hashes from
/// `first + 256 * i` on; a node is `keccak256(0x01 ‖ left ‖ right)`, in those trees as well. The peaks are the roots of the
/// perfect trees of the leaves, the largest first: one for each bit of the leaf count. Up to 255 newest blocks form the tail,
/// a tree of the same depth filled up with zeros.
///
/// The peaks are bagged from the largest on: a bag starts as zero, and each peak makes it `keccak256(bag ‖ peak)`. A longer history
/// keeps the largest peaks, so that it is committed to by their bag and the few peaks that are new. The commitment is
/// `keccak256(TAG ‖ first ‖ number ‖ bag ‖ tailRoot)`, a word each; `tailRoot` is zero when there is no tail. Both numbers fix the
/// count of the peaks, and the length of each proof.
/// @dev SECURITY: a block hash, a leaf, a node, a bag and the commitment are hashes of different lengths, and the depth of each
/// proof is fixed: none can be substituted for another.
library History {
    bytes32 internal constant TAG = keccak256('Pegway history 1');
    /// @dev Two to this many blocks make a leaf.
    uint256 internal constant DEPTH = 8;

    /// @param siblings From the block upwards: 8 to the root of its 256 blocks, then those to its peak; of the tail only 8.
    /// @param peaks All peaks, the largest first.
    /// @param tailRoot Zero when there is no tail.
    struct Proof {
        bytes32[] siblings;
        bytes32[] peaks;
        bytes32 tailRoot;
    }

    /// @notice The commitment to the blocks from `first` to `number`; zero when bag, peaks or tail do not fit the numbers.
    /// @param base The end of an earlier history; `bag` holds its peaks that are still peaks. `first - 1` for none.
    /// @param bag Of those peaks; zero for none.
    /// @param peaks All others, the largest first.
    function rootOf(
        uint64 first,
        uint64 number,
        uint64 base,
        bytes32 bag,
        bytes32[] memory peaks,
        bytes32 tailRoot
    ) internal pure returns (bytes32) {
        if (number < first || base > number) return 0;
        uint256 count = uint256(number - first) + 1;
        uint256 leafCount = count >> DEPTH;
        uint256 kept = _countKept((uint256(base) + 1 - first) >> DEPTH, leafCount);
        bool hasTail = count % (1 << DEPTH) != 0;
        if (hasTail == (tailRoot == 0) || (kept == 0) != (bag == 0)) return 0;
        if (kept + peaks.length != _countBits(leafCount)) return 0;

        for (uint256 i = 0; i < peaks.length; ++i) bag = Hashes.efficientKeccak256(bag, peaks[i]);
        return keccak256(abi.encode(TAG, first, number, bag, tailRoot));
    }

    /// @notice The same from all peaks.
    function rootOf(
        uint64 first,
        uint64 number,
        bytes32[] memory peaks,
        bytes32 tailRoot
    ) internal pure returns (bytes32) {
        return rootOf(first, number, first - 1, 0, peaks, tailRoot);
    }

    /// @notice Whether `root`, of the blocks from `first` to `number`, commits to this hash at this height.
    function includes(
        bytes32 root,
        uint64 first,
        uint64 number,
        uint64 height,
        bytes32 blockHash,
        Proof memory proof
    ) internal pure returns (bool) {
        if (height < first || height > number) return false;
        // Zero pads a tail, and is the root of peaks that do not fit.
        if (blockHash == 0 || root == 0 || rootOf(first, number, proof.peaks, proof.tailRoot) != root) return false;

        uint256 position = height - first;
        uint256 leafCount = (uint256(number - first) + 1) >> DEPTH;
        uint256 index = position >> DEPTH;
        bool inTail = index == leafCount;
        (uint256 depth, uint256 offset, uint256 place) = inTail ? (0, 0, 0) : _locate(index, leafCount);
        if (proof.siblings.length != DEPTH + depth) return false;

        bytes32 group = _climb(blockHash, position, proof.siblings, 0, DEPTH);
        if (inTail) return group == proof.tailRoot;
        bytes32 leaf = keccak256(abi.encodePacked(bytes1(0x00), index, group));
        return _climb(leaf, index - offset, proof.siblings, DEPTH, DEPTH + depth) == proof.peaks[place];
    }

    /// @dev The peak above leaf `index`: its depth, its first leaf, and its place among the peaks.
    /// @param index Below `leafCount`.
    function _locate(
        uint256 index,
        uint256 leafCount
    ) private pure returns (uint256 depth, uint256 offset, uint256 place) {
        for (depth = Math.log2(leafCount); ; --depth) {
            uint256 size = leafCount & (1 << depth);
            if (size == 0) continue;
            if (index < offset + size) return (depth, offset, place);
            offset += size;
            ++place;
        }
    }

    /// @dev The node above, by the siblings from `from` up to and without `to`. The lowest bit of `position` is the side.
    function _climb(
        bytes32 node,
        uint256 position,
        bytes32[] memory siblings,
        uint256 from,
        uint256 to
    ) private pure returns (bytes32) {
        for (uint256 i = from; i < to; (++i, position >>= 1)) {
            node =
                position & 1 == 0
                    ? keccak256(abi.encodePacked(bytes1(0x01), node, siblings[i]))
                    : keccak256(abi.encodePacked(bytes1(0x01), siblings[i], node));
        }
        return node;
    }

    /// @dev How many peaks of `earlier` leaves are peaks of `leafCount` leaves: those above the highest bit that differs.
    function _countKept(uint256 earlier, uint256 leafCount) private pure returns (uint256) {
        uint256 changed = earlier ^ leafCount;
        return _countBits(changed == 0 ? leafCount : (leafCount >> Math.log2(changed)) >> 1);
    }

    function _countBits(uint256 word) private pure returns (uint256 bits) {
        // Each step clears the lowest bit of a word that has one.
        unchecked {
            for (; word != 0; word &= word - 1) ++bits;
        }
    }
}
