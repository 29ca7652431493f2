// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Hashes } from '@openzeppelin/contracts/utils/cryptography/Hashes.sol';
import { MerkleProof } from '@openzeppelin/contracts/utils/cryptography/MerkleProof.sol';

/// @dev The tree of `Rewards.claim` with two earners, by `MerkleProof` as it calls it.
contract MerkleProofs {
    struct Earner {
        address account;
        uint256 earned;
    }

    function check_AClaimOfAnEarnerIsProven(Earner[2] calldata earners) external view {
        for (uint256 place = 0; place < 2; ++place) {
            bytes32[] memory proof = new bytes32[](1);
            proof[0] = _leaf(earners[place ^ 1]);
            assert(this.verify(proof, _root(earners), _leaf(earners[place])));
        }
    }

    function check_NoOtherClaimIsProvenByOneHash(
        Earner[2] calldata earners,
        Earner calldata claim,
        bytes32 hash
    ) external view {
        bytes32[] memory proof = new bytes32[](1);
        proof[0] = hash;
        if (!this.verify(proof, _root(earners), _leaf(claim))) return;
        assert(_isOf(earners[0], claim) || _isOf(earners[1], claim));
    }

    /// @dev An inner node is no leaf: a leaf hashes 32 bytes, a node 64.
    function check_NoClaimIsProvenByNoHash(Earner[2] calldata earners, Earner calldata claim) external view {
        assert(!this.verify(new bytes32[](0), _root(earners), _leaf(claim)));
    }

    function verify(bytes32[] calldata proof, bytes32 root, bytes32 leaf) external pure returns (bool) {
        return MerkleProof.verifyCalldata(proof, root, leaf);
    }

    function _isOf(Earner calldata earner, Earner calldata claim) private pure returns (bool) {
        return earner.account == claim.account && earner.earned == claim.earned;
    }

    function _root(Earner[2] calldata earners) private pure returns (bytes32) {
        return Hashes.commutativeKeccak256(_leaf(earners[0]), _leaf(earners[1]));
    }

    function _leaf(Earner calldata earner) private pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(earner.account, earner.earned))));
    }
}
