// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { History } from '../../../contracts/anchors/History.sol';
import { ReferenceHistory } from './support/ReferenceHistory.sol';

/// @title The commitment to a history is that of the reference, and proves its blocks and no others
contract HistoryTest {
    uint64 private constant FIRST = 1_000_001;
    /// @dev Up to seven leaves, so that there are up to three peaks.
    uint256 private constant MOST = 2_000;

    ReferenceHistory private _reference = new ReferenceHistory(FIRST, MOST / 256 + 1);

    function testFuzz_ABlockIsProven(uint256 seed) external view {
        (uint64 number, uint64 height) = _draw(seed);
        (bytes32 root, bytes32[] memory peaks, bytes32 tailRoot) = _reference.commit(number);
        require(History.rootOf(FIRST, number, peaks, tailRoot) == root, 'another root than the reference');
        History.Proof memory proof = _reference.prove(number, height);
        require(_includes(root, number, height, proof), 'a block was not proven');
    }

    /// @dev Another height, hash, end of the history, or a proof with one bit, one word more or one less.
    function testFuzz_NothingElseIsProven(uint256 seed, uint256 how) external view {
        (uint64 number, uint64 height) = _draw(seed);
        (bytes32 root, , ) = _reference.commit(number);
        History.Proof memory proof = _reference.prove(number, height);
        bytes32 blockHash = _reference.hashOf(height);
        how %= 8;
        uint64 end = number;
        if (how == 0) height = uint64(FIRST + ((seed >> 128) % (number - FIRST + 1)));
        if (how == 1) blockHash ^= bytes32(1 << (seed % 256));
        if (how == 2) ++end;
        if (how == 3) proof.siblings[seed % proof.siblings.length] ^= bytes32(1 << (seed >> 248));
        if (how == 4) proof.siblings = _resize(proof.siblings, proof.siblings.length + 1);
        if (how == 5) proof.siblings = _resize(proof.siblings, proof.siblings.length - 1);
        if (how == 6) proof.peaks = _resize(proof.peaks, proof.peaks.length + 1);
        if (how == 7) proof.tailRoot ^= bytes32(1 << (seed >> 248));
        if (how == 0 && _reference.hashOf(height) == blockHash) return;
        require(!History.includes(root, FIRST, end, height, blockHash, proof), 'proven, and should not be');
    }

    /// @dev A tail is filled up with zeros, which are no blocks.
    function testFuzz_NothingIsProvenBeyondTheEnd(uint256 seed) external view {
        (uint64 number, ) = _draw(seed);
        if ((number - FIRST + 1) % 256 == 0) return;
        (bytes32 root, , ) = _reference.commit(number);
        History.Proof memory proof = _reference.prove(number, number + 1);
        require(!History.includes(root, FIRST, number, number + 1, 0, proof), 'zero is a block');
        require(!History.includes(root, FIRST, number, number, 0, proof), 'zero is the last block');
    }

    /// @dev Histories too long for the reference: the proof's path is chosen, and the peak above computed bit by bit.
    function testFuzz_ALongHistory(uint64 count, uint64 position, bytes32 blockHash, uint256 seed) external pure {
        count = 1 + (count % (1 << 50));
        position %= count;
        if (blockHash == 0) return;
        uint256 leafCount = count / 256;
        uint256 index = position / 256;
        History.Proof memory proof;
        proof.peaks = new bytes32[](_ones(leafCount));
        for (uint256 i = 0; i < proof.peaks.length; ++i) proof.peaks[i] = keccak256(abi.encode(seed, 'peak', i));
        if (count % 256 != 0) proof.tailRoot = keccak256(abi.encode(seed, 'tail'));

        (uint256 depth, uint256 place) = (0, 0);
        if (index < leafCount) {
            // The highest bit in which the index differs from the leaf count is that of its peak.
            for (uint256 bit = 0; bit < 64; ++bit) if (((index ^ leafCount) >> bit) & 1 == 1) depth = bit;
            place = _ones(leafCount >> (depth + 1));
        }
        proof.siblings = new bytes32[](8 + depth);
        bytes32 node = blockHash;
        for (uint256 i = 0; i < proof.siblings.length; ++i) {
            if (i == 8) node = keccak256(abi.encodePacked(uint8(0), index, node));
            proof.siblings[i] = keccak256(abi.encode(seed, 'sibling', i));
            (bytes32 left, bytes32 right) = (node, proof.siblings[i]);
            if ((position >> i) & 1 == 1) (left, right) = (right, left);
            node = keccak256(abi.encodePacked(uint8(1), left, right));
        }
        if (depth == 0 && index < leafCount) node = keccak256(abi.encodePacked(uint8(0), index, node));
        if (index < leafCount) proof.peaks[place] = node;
        else proof.tailRoot = node;

        bytes32 root = History.rootOf(FIRST, FIRST + count - 1, proof.peaks, proof.tailRoot);
        require(root != 0, 'peaks and tail that fit');
        require(
            History.includes(root, FIRST, FIRST + count - 1, FIRST + position, blockHash, proof),
            'a block of a long history was not proven'
        );
    }

    function testFuzz_PeaksThatDoNotFitCommitToNothing(uint64 count, uint8 peaks, bytes32 tailRoot) external pure {
        count = 1 + (count % (1 << 50));
        uint256 ones = _ones(count / 256);
        bool fits = peaks == ones && (tailRoot != 0) == (count % 256 != 0);
        bytes32 root = History.rootOf(FIRST, FIRST + count - 1, new bytes32[](peaks), tailRoot);
        require((root != 0) == fits, 'committed or not');
    }

    function test_NothingBeforeTheFirstBlock() external pure {
        require(History.rootOf(FIRST, FIRST - 1, new bytes32[](0), 0) == 0, 'an empty history');
    }

    /// @dev Often at the edges of leaves.
    function _draw(uint256 seed) private pure returns (uint64 number, uint64 height) {
        uint256 count = 1 + ((seed >> 64) % MOST);
        if (seed % 4 == 0) count = 256 * (1 + (count % 7)) + ((seed >> 8) % 3) - 1;
        number = uint64(FIRST + count - 1);
        height = uint64(FIRST + ((seed >> 160) % count));
    }

    function _includes(
        bytes32 root,
        uint64 number,
        uint64 height,
        History.Proof memory proof
    ) private view returns (bool) {
        return History.includes(root, FIRST, number, height, _reference.hashOf(height), proof);
    }

    function _resize(bytes32[] memory words, uint256 length) private pure returns (bytes32[] memory resized) {
        resized = new bytes32[](length);
        for (uint256 i = 0; i < length && i < words.length; ++i) resized[i] = words[i];
    }

    function _ones(uint256 count) private pure returns (uint256 ones) {
        for (; count != 0; count &= count - 1) ++ones;
    }
}
