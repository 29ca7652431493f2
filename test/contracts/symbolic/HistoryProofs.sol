// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { History } from '../../../contracts/anchors/History.sol';

/// @dev The Merkle mountain range of {Anchors}. Hashes are uninterpreted functions without collisions.
contract HistoryProofs {
    uint64 private constant FIRST = 1_001;

    /// @dev Two blocks, which are a tail without peaks: any siblings and any tail prove only these, each at its height.
    function check_NoOtherBlockOfATailIsProven(
        bytes32[2] calldata hashes,
        bool second,
        bytes32 blockHash,
        bytes32[8] calldata siblings,
        bytes32 tailRoot
    ) external view {
        bytes32[] memory none = new bytes32[](0);
        bytes32 root = History.rootOf(FIRST, FIRST + 1, none, _tailOf(hashes));
        History.Proof memory proof = History.Proof(new bytes32[](8), none, tailRoot);
        for (uint256 i = 0; i < 8; ++i) proof.siblings[i] = siblings[i];
        if (!this.includes(root, FIRST, FIRST + 1, second ? FIRST + 1 : FIRST, blockHash, proof)) return;
        assert(blockHash == (second ? hashes[1] : hashes[0]));
    }

    function check_NothingIsProvenAtAnotherHeight(
        bytes32 root,
        uint64 height,
        bytes32 blockHash,
        bytes32[8] calldata siblings,
        bytes32 tailRoot
    ) external view {
        if (height == FIRST || height == FIRST + 1) return;
        History.Proof memory proof = History.Proof(new bytes32[](8), new bytes32[](0), tailRoot);
        for (uint256 i = 0; i < 8; ++i) proof.siblings[i] = siblings[i];
        assert(!this.includes(root, FIRST, FIRST + 1, height, blockHash, proof));
    }

    /// @dev The honest proof of either block of the tail.
    function check_ABlockOfATailIsProven(bytes32[2] calldata hashes, bool second) external view {
        bytes32 tailRoot = _tailOf(hashes);
        bytes32[] memory none = new bytes32[](0);
        bytes32 root = History.rootOf(FIRST, FIRST + 1, none, tailRoot);
        // Hashes of zero cannot be had, but for the solver.
        if (hashes[0] == 0 || hashes[1] == 0 || root == 0) return;
        History.Proof memory proof = History.Proof(_emptySiblings(), none, tailRoot);
        proof.siblings[0] = second ? hashes[0] : hashes[1];
        uint64 height = second ? FIRST + 1 : FIRST;
        assert(this.includes(root, FIRST, FIRST + 1, height, second ? hashes[1] : hashes[0], proof));
    }

    /// @dev Of two leaves below one peak: an accepted proof of the first or last block of either leads to that leaf's root.
    function check_AProofLeadsToTheLeafOfItsHeight(
        bytes32[2] calldata groups,
        bool second,
        bool last,
        bytes32 blockHash,
        bytes32[9] calldata siblings,
        bytes32 peak
    ) external view {
        bytes32[] memory peaks = new bytes32[](1);
        peaks[0] = _node(_leaf(0, groups[0]), _leaf(1, groups[1]));
        bytes32 root = History.rootOf(1, 512, peaks, 0);
        peaks[0] = peak;
        History.Proof memory proof = History.Proof(new bytes32[](9), peaks, 0);
        for (uint256 i = 0; i < 9; ++i) proof.siblings[i] = siblings[i];
        uint64 height = (second ? 257 : 1) + (last ? 255 : 0);
        if (!this.includes(root, 1, 512, height, blockHash, proof)) return;

        bytes32 group = blockHash;
        for (uint256 i = 0; i < 8; ++i) group = last ? _node(siblings[i], group) : _node(group, siblings[i]);
        assert(group == groups[second ? 1 : 0]);
    }

    /// @dev A proof with one sibling less or more proves nothing, whatever it has.
    function check_AProofOfAnotherLengthProvesNothing(
        bytes32 root,
        uint64 height,
        bytes32 blockHash,
        bytes32[10] calldata siblings,
        bool longer,
        bytes32 peak
    ) external view {
        bytes32[] memory peaks = new bytes32[](1);
        peaks[0] = peak;
        History.Proof memory proof = History.Proof(new bytes32[](longer ? 10 : 8), peaks, 0);
        for (uint256 i = 0; i < proof.siblings.length; ++i) proof.siblings[i] = siblings[i];
        assert(!this.includes(root, 1, 512, height, blockHash, proof));
    }

    /// @dev Histories of no to three leaves, with tails of no, one or 255 blocks.
    function check_PeaksThatDoNotFitCommitToNothing(bytes32[2] calldata all, bytes32 tailRoot) external pure {
        for (uint64 leafCount = 0; leafCount < 4; ++leafCount) {
            uint64 needed = (leafCount & 1) + (leafCount >> 1);
            for (uint64 count = 0; count < 3; ++count) {
                bytes32[] memory peaks = new bytes32[](count);
                for (uint256 i = 0; i < count; ++i) peaks[i] = all[i];
                for (uint64 tail = 0; tail < 256; tail = tail == 0 ? 1 : tail + 254) {
                    if (leafCount == 0 && tail == 0) continue;
                    if (count == needed && (tailRoot == 0) == (tail == 0)) continue;
                    assert(History.rootOf(FIRST, FIRST + leafCount * 256 + tail - 1, peaks, tailRoot) == 0);
                }
            }
        }
    }

    function includes(
        bytes32 root,
        uint64 first,
        uint64 number,
        uint64 height,
        bytes32 blockHash,
        History.Proof calldata proof
    ) external pure returns (bool) {
        return History.includes(root, first, number, height, blockHash, proof);
    }

    function _tailOf(bytes32[2] calldata hashes) private pure returns (bytes32 node) {
        node = _node(hashes[0], hashes[1]);
        bytes32[] memory siblings = _emptySiblings();
        for (uint256 i = 1; i < 8; ++i) node = _node(node, siblings[i]);
    }

    /// @dev Roots of trees filled up with zeros, by depth.
    function _emptySiblings() private pure returns (bytes32[] memory siblings) {
        siblings = new bytes32[](8);
        for (uint256 i = 1; i < 8; ++i) siblings[i] = _node(siblings[i - 1], siblings[i - 1]);
    }

    function _leaf(uint256 index, bytes32 group) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(bytes1(0x00), index, group));
    }

    function _node(bytes32 left, bytes32 right) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(bytes1(0x01), left, right));
    }
}
