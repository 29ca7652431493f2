// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { EIP712 } from '@openzeppelin/contracts/utils/cryptography/EIP712.sol';

import { ISignerSet } from './interfaces/ISignerSet.sol';
import { Signers } from './libraries/Signers.sol';

/// @title The signers of one bridge, and their approvals
/// @dev See {ISignerSet}.
abstract contract SignerSet is ISignerSet, EIP712 {
    using Signers for Signers.State;

    Signers.State internal _signers;

    constructor(address[] memory initialSigners, uint256 initialThreshold) EIP712('Pegway', '2') {
        _signers.set(initialSigners, initialThreshold);
    }

    /// @inheritdoc ISignerSet
    function approve(bytes32 digest, bytes calldata signatures) external {
        _signers.approve(digest, signatures);
    }

    /// @inheritdoc ISignerSet
    function signers() external view returns (address[] memory list) {
        (list, ) = _signers.listOf(_signers.epoch);
    }

    /// @inheritdoc ISignerSet
    function threshold() external view returns (uint256) {
        return _signers.threshold;
    }

    /// @inheritdoc ISignerSet
    function signerEpoch() external view returns (uint64) {
        return _signers.epoch;
    }

    /// @inheritdoc ISignerSet
    function signerList(uint64 epoch) external view returns (address[] memory list, uint256 needed) {
        return _signers.listOf(epoch);
    }

    /// @inheritdoc ISignerSet
    function approvals(bytes32 digest) external view returns (uint32 mask) {
        return _signers.approvalsOf(digest);
    }

    /// @inheritdoc ISignerSet
    function hasQuorum(uint64 epoch, bytes32 digest, bytes calldata signatures) external view returns (bool) {
        return _signers.hasQuorum(epoch, digest, signatures);
    }
}
