// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ECDSA } from '@openzeppelin/contracts/utils/cryptography/ECDSA.sol';
import { MessageHashUtils } from '@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol';

import { Signers } from './Signers.sol';
import { IGoverned } from '../interfaces/IGoverned.sol';

/// @title Pauses and proposals of one bridge
/// @dev Functions that are `public` run by delegatecall in the bridge's storage.
library Governance {
    using Signers for Signers.State;

    bytes32 private constant GOVERNANCE_TYPEHASH = keccak256(
        'Governance(uint64 listEpoch,uint256 nonce,uint256 deadline,bytes[] calls)'
    );
    bytes32 private constant PAUSE_TYPEHASH = keccak256('Pause(uint64 signerEpoch,uint64 pauseNonce)');

    /// @dev The end of a pause that no call can change.
    uint40 internal constant HALTED = type(uint40).max;

    uint256 private constant EXECUTION_WINDOW = 7 days;
    uint256 private constant MAXIMUM_DELAY = 30 days;
    /// @dev After a pause its signer must wait, so that a single key cannot keep the bridge stopped.
    uint256 private constant PAUSE_COOLDOWN_FACTOR = 10;

    struct State {
        uint64 nonce;
        uint64 pauseNonce;
        uint64 listEpoch;
        uint64 lastProposalAt;
        IGoverned.Delays delays;
        IGoverned.Proposal pending;
        mapping(address signer => uint256) pauseAllowedAt;
    }

    /// @notice See {IGoverned-pause}.
    function pause(
        State storage state,
        Signers.State storage signers,
        bytes32 domain,
        bytes calldata signature
    ) public {
        // Any 64 bytes may recover some address; only a current signer's counts.
        (address signer, , ) = signature.length == 64
            ? ECDSA.tryRecover(pauseDigest(state, signers, domain), bytes32(signature[:32]), bytes32(signature[32:]))
            : (address(0), ECDSA.RecoverError.InvalidSignatureLength, bytes32(0));
        require(signers.isSigner(signer), IGoverned.NotASigner(signer));
        require(block.timestamp >= signers.pausedUntil, IGoverned.BridgePaused(signers.pausedUntil));
        uint256 allowedAt = state.pauseAllowedAt[signer];
        require(block.timestamp >= allowedAt, IGoverned.PauseTooSoon(signer, allowedAt));

        uint256 duration = state.delays.pauseDuration;
        uint256 until = block.timestamp + duration;
        signers.pausedUntil = uint40(until);
        state.pauseAllowedAt[signer] = block.timestamp + duration * PAUSE_COOLDOWN_FACTOR;
        ++state.pauseNonce;

        emit IGoverned.Paused(signer, until);
    }

    /// @notice Accepts a proposal of known calls. See {IGoverned-propose}.
    /// @param immediate Whether the caller runs the calls now; they leave the pending proposal as it is.
    function accept(
        State storage state,
        Signers.State storage signers,
        bytes32 domain,
        uint256 deadline,
        bytes[] calldata calls,
        bytes calldata signatures,
        bool immediate
    ) public returns (uint256 nonce) {
        _requireNotHalted(signers);
        require(block.timestamp <= deadline, IGoverned.DeadlinePassed(deadline));
        uint32 mask = signers.requireQuorum(proposalDigest(state, domain, deadline, calls), signatures);

        nonce = state.nonce++;
        state.lastProposalAt = uint64(block.timestamp);
        uint256 executableAt = immediate ? block.timestamp : block.timestamp + state.delays.governanceDelay;
        if (calls.length == 0) {
            delete state.pending;
        } else if (!immediate) {
            bytes32 callsHash = keccak256(abi.encode(calls));
            state.pending = IGoverned.Proposal(nonce, callsHash, uint64(executableAt), state.listEpoch);
        }

        emit IGoverned.ProposalAccepted(nonce, executableAt, mask, calls);
    }

    /// @notice Removes the pending proposal and returns its nonce. Its window must be open, and its list of signers current.
    function take(
        State storage state,
        Signers.State storage signers,
        bytes[] calldata calls
    ) public returns (uint256 nonce) {
        _requireNotHalted(signers);
        IGoverned.Proposal memory pending = state.pending;
        bytes32 callsHash = keccak256(abi.encode(calls));
        require(callsHash == pending.callsHash, IGoverned.NotPending(callsHash, pending.callsHash));
        uint256 expiresAt = pending.executableAt + EXECUTION_WINDOW;
        if (block.timestamp < pending.executableAt || block.timestamp >= expiresAt) {
            revert IGoverned.OutsideWindow(pending.executableAt, expiresAt);
        }
        require(pending.listEpoch == state.listEpoch, IGoverned.SignersReplaced(pending.listEpoch, state.listEpoch));

        delete state.pending;
        return pending.nonce;
    }

    function setDelays(State storage state, IGoverned.Delays memory newDelays) public {
        _requireDelay(newDelays.governanceDelay);
        _requireDelay(newDelays.parkDelay);
        _requireDelay(newDelays.pauseDuration);
        _requireDelay(newDelays.bounceDelay);

        state.delays = newDelays;

        emit IGoverned.DelaysChanged(newDelays);
    }

    function unpause(Signers.State storage signers) public {
        require(block.timestamp < signers.pausedUntil, IGoverned.BridgeNotPaused());

        signers.pausedUntil = uint40(block.timestamp);

        emit IGoverned.PauseChanged(block.timestamp);
    }

    function prolongPause(Signers.State storage signers, uint256 until) public {
        if (until <= block.timestamp || until <= signers.pausedUntil || until >= HALTED) {
            revert IGoverned.InvalidPauseEnd(until);
        }

        signers.pausedUntil = uint40(until);

        emit IGoverned.PauseChanged(until);
    }

    function proposalDigest(
        State storage state,
        bytes32 domain,
        uint256 deadline,
        bytes[] calldata calls
    ) public view returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](calls.length);
        for (uint256 i = 0; i < calls.length; ++i) hashes[i] = keccak256(calls[i]);
        bytes32 callsHash = keccak256(abi.encodePacked(hashes));
        return
            MessageHashUtils.toTypedDataHash(
                domain,
                keccak256(abi.encode(GOVERNANCE_TYPEHASH, state.listEpoch, state.nonce, deadline, callsHash))
            );
    }

    function pauseDigest(
        State storage state,
        Signers.State storage signers,
        bytes32 domain
    ) public view returns (bytes32) {
        bytes32 content = keccak256(abi.encode(PAUSE_TYPEHASH, signers.epoch, state.pauseNonce));
        return MessageHashUtils.toTypedDataHash(domain, content);
    }

    function _requireNotHalted(Signers.State storage signers) private view {
        require(signers.pausedUntil != HALTED, IGoverned.BridgeHalted());
    }

    function _requireDelay(uint256 found) private pure {
        require(found != 0 && found <= MAXIMUM_DELAY, IGoverned.InvalidDelay(found, MAXIMUM_DELAY));
    }
}
