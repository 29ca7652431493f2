// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ReentrancyGuardTransient } from '@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol';
import { Address } from '@openzeppelin/contracts/utils/Address.sol';

import { SignerSet } from './SignerSet.sol';
import { IGoverned } from './interfaces/IGoverned.sol';
import { Governance } from './libraries/Governance.sol';
import { Signers } from './libraries/Signers.sol';

/// @title Pause by one signer, change by a quorum
/// @dev See {IGoverned}.
abstract contract Governed is IGoverned, SignerSet, ReentrancyGuardTransient {
    using Governance for Governance.State;
    using Governance for Signers.State;
    using Signers for Signers.State;

    Governance.State internal _governance;

    modifier onlyGovernance() {
        _requireGovernance();
        _;
    }

    modifier whenNotPaused() {
        _requireNotPaused();
        _;
    }

    constructor(Delays memory initialDelays) {
        _governance.listEpoch = _signers.epoch;
        _governance.setDelays(initialDelays);
    }

    /// @inheritdoc IGoverned
    function pause(bytes calldata signature) external {
        _governance.pause(_signers, _domainSeparatorV4(), signature);
    }

    /// @inheritdoc IGoverned
    function propose(uint256 deadline, bytes[] calldata calls, bytes calldata signatures) external nonReentrant {
        bool immediate = calls.length != 0;
        for (uint256 i = 0; i < calls.length; ++i) {
            (bool known, bool atOnce) = _administrative(bytes4(calls[i]));
            require(known, UnknownCall(i, bytes4(calls[i])));
            immediate = immediate && atOnce;
        }

        uint256 nonce = _governance.accept(_signers, _domainSeparatorV4(), deadline, calls, signatures, immediate);

        if (immediate) _run(nonce, calls);
    }

    /// @inheritdoc IGoverned
    function execute(bytes[] calldata calls) external nonReentrant {
        _run(_governance.take(_signers, calls), calls);
    }

    /// @inheritdoc IGoverned
    function setSigners(address[] calldata newSigners, uint256 newThreshold) external onlyGovernance {
        _signers.set(newSigners, newThreshold);
        _governance.listEpoch = _signers.epoch;
    }

    /// @inheritdoc IGoverned
    function setDelays(Delays calldata newDelays) external onlyGovernance {
        _governance.setDelays(newDelays);
    }

    /// @inheritdoc IGoverned
    function revokeSignatures() external onlyGovernance {
        _signers.raiseEpoch();
    }

    /// @inheritdoc IGoverned
    function renew() external onlyGovernance {}

    /// @inheritdoc IGoverned
    function unpause() external onlyGovernance {
        _signers.unpause();
    }

    /// @inheritdoc IGoverned
    function prolongPause(uint256 until) external onlyGovernance {
        _signers.prolongPause(until);
    }

    /// @inheritdoc IGoverned
    function paused() external view returns (bool) {
        return block.timestamp < _signers.pausedUntil;
    }

    /// @inheritdoc IGoverned
    function pausedUntil() external view returns (uint256) {
        return _signers.pausedUntil;
    }

    /// @inheritdoc IGoverned
    function pauseNonce() external view returns (uint64) {
        return _governance.pauseNonce;
    }

    /// @inheritdoc IGoverned
    function pauseAllowedAt(address signer) external view returns (uint256) {
        return _governance.pauseAllowedAt[signer];
    }

    /// @inheritdoc IGoverned
    function governanceNonce() external view returns (uint256) {
        return _governance.nonce;
    }

    /// @inheritdoc IGoverned
    function lastProposalAt() external view returns (uint256) {
        return _governance.lastProposalAt;
    }

    /// @inheritdoc IGoverned
    function listEpoch() external view returns (uint64) {
        return _governance.listEpoch;
    }

    /// @inheritdoc IGoverned
    function pendingProposal() external view returns (Proposal memory) {
        return _governance.pending;
    }

    /// @inheritdoc IGoverned
    function delays() external view returns (Delays memory) {
        return _governance.delays;
    }

    /// @inheritdoc IGoverned
    function governanceDigest(uint256 deadline, bytes[] calldata calls) external view returns (bytes32) {
        return _governance.proposalDigest(_domainSeparatorV4(), deadline, calls);
    }

    /// @inheritdoc IGoverned
    function pauseDigest() external view returns (bytes32) {
        return _governance.pauseDigest(_signers, _domainSeparatorV4());
    }

    /// @dev Rule 9: a proposal names functions of this list and no other.
    /// @return known Whether it is an administrative function of this bridge.
    /// @return immediate Whether it runs at once: it only reduces power or harm, or ends a pause.
    function _administrative(bytes4 selector) internal pure virtual returns (bool known, bool immediate) {
        immediate =
            selector == this.unpause.selector ||
            selector == this.prolongPause.selector ||
            selector == this.revokeSignatures.selector ||
            selector == this.renew.selector;
        known = immediate || selector == this.setSigners.selector || selector == this.setDelays.selector;
    }

    function _requireGovernance() private view {
        require(msg.sender == address(this), OnlyGovernance(msg.sender));
    }

    function _requireNotPaused() private view {
        uint256 until = _signers.pausedUntil;
        require(block.timestamp >= until, BridgePaused(until));
    }

    function _run(uint256 nonce, bytes[] calldata calls) private {
        for (uint256 i = 0; i < calls.length; ++i) Address.functionCall(address(this), calls[i]);

        emit ProposalExecuted(nonce);
    }
}
