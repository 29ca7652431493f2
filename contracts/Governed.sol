// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ReentrancyGuardTransient } from '@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol';
import { Address } from '@openzeppelin/contracts/utils/Address.sol';
import { ECDSA } from '@openzeppelin/contracts/utils/cryptography/ECDSA.sol';

import { SignerSet } from './SignerSet.sol';
import { IGoverned } from './interfaces/IGoverned.sol';

/// @title Pause by one signer, change by a quorum
/// @dev See {IGoverned}.
abstract contract Governed is IGoverned, SignerSet, ReentrancyGuardTransient {
    bytes32 private constant GOVERNANCE_TYPEHASH = keccak256(
        'Governance(uint256 nonce,uint256 deadline,bytes[] calls)'
    );
    bytes32 private constant PAUSE_TYPEHASH = keccak256('Pause(uint64 signerEpoch,uint64 pauseNonce)');

    uint256 private constant EXECUTION_WINDOW = 7 days;
    uint256 private constant MAXIMUM_DELAY = 30 days;
    /// @dev A signer that pauses is heard once, then must wait: no single key can stop the bridge for good.
    uint256 private constant PAUSE_COOLDOWN_FACTOR = 10;

    /// @inheritdoc IGoverned
    uint64 public pauseNonce;
    /// @inheritdoc IGoverned
    uint256 public governanceNonce;
    /// @inheritdoc IGoverned
    mapping(address signer => uint256) public pauseAllowedAt;

    Delays internal _delays;
    Proposal private _pending;

    modifier onlyGovernance() {
        require(msg.sender == address(this), OnlyGovernance(msg.sender));
        _;
    }

    modifier whenNotPaused() {
        _requireNotPaused(pausedUntil());
        _;
    }

    constructor(Delays memory initialDelays) {
        _setDelays(initialDelays);
    }

    /// @inheritdoc IGoverned
    function pause(bytes calldata signature) external {
        // Any 64 bytes recover to somebody; what counts is whether that is a current signer.
        (address signer, , ) = signature.length == 64
            ? ECDSA.tryRecover(pauseDigest(), bytes32(signature[:32]), bytes32(signature[32:]))
            : (address(0), ECDSA.RecoverError.InvalidSignatureLength, bytes32(0));
        require(_isSigner(signer), NotASigner(signer));
        _requireNotPaused(pausedUntil());
        uint256 allowedAt = pauseAllowedAt[signer];
        require(block.timestamp >= allowedAt, PauseTooSoon(signer, allowedAt));

        uint256 duration = _delays.pauseDuration;
        uint256 until = block.timestamp + duration;
        _signerState.pausedUntil = uint40(until);
        pauseAllowedAt[signer] = block.timestamp + duration * PAUSE_COOLDOWN_FACTOR;
        ++pauseNonce;

        emit Paused(signer, until);
    }

    /// @inheritdoc IGoverned
    function propose(uint256 deadline, bytes[] calldata calls, bytes calldata signatures) external nonReentrant {
        require(block.timestamp <= deadline, DeadlinePassed(deadline));
        uint32 signerMask = _verifyQuorum(governanceDigest(deadline, calls), signatures);
        bool immediate = calls.length != 0;
        for (uint256 i = 0; i < calls.length; ++i) immediate = _requireKnown(i, calls[i]) && immediate;

        uint256 nonce = governanceNonce++;
        uint256 executableAt = immediate ? block.timestamp : block.timestamp + _delays.governanceDelay;
        if (immediate || calls.length == 0) {
            delete _pending;
        } else {
            _pending = Proposal(nonce, keccak256(abi.encode(calls)), uint64(executableAt), signerEpoch());
        }

        emit ProposalAccepted(nonce, executableAt, signerMask, calls);

        if (immediate) _run(nonce, calls);
    }

    /// @inheritdoc IGoverned
    function execute(bytes[] calldata calls) external nonReentrant {
        Proposal memory pending = _pending;
        bytes32 callsHash = keccak256(abi.encode(calls));
        require(callsHash == pending.callsHash, NotPending(callsHash, pending.callsHash));
        uint256 expiresAt = pending.executableAt + EXECUTION_WINDOW;
        if (block.timestamp < pending.executableAt || block.timestamp >= expiresAt) {
            revert OutsideWindow(pending.executableAt, expiresAt);
        }
        require(pending.signerEpoch == signerEpoch(), EpochChanged(pending.signerEpoch, signerEpoch()));

        delete _pending;

        _run(pending.nonce, calls);
    }

    /// @inheritdoc IGoverned
    function setSigners(address[] calldata newSigners, uint256 newThreshold) external onlyGovernance {
        _setSigners(newSigners, newThreshold);
    }

    /// @inheritdoc IGoverned
    function setDelays(Delays calldata newDelays) external onlyGovernance {
        _setDelays(newDelays);
    }

    /// @inheritdoc IGoverned
    function unpause() external onlyGovernance {
        require(paused(), BridgeNotPaused());

        _signerState.pausedUntil = uint40(block.timestamp);

        emit PauseChanged(block.timestamp);
    }

    /// @inheritdoc IGoverned
    function prolongPause(uint256 until) external onlyGovernance {
        if (until <= block.timestamp || until <= pausedUntil() || until > type(uint40).max) {
            revert InvalidPauseEnd(until);
        }

        _signerState.pausedUntil = uint40(until);

        emit PauseChanged(until);
    }

    /// @inheritdoc IGoverned
    function paused() public view returns (bool) {
        return block.timestamp < _signerState.pausedUntil;
    }

    /// @inheritdoc IGoverned
    function pausedUntil() public view returns (uint256) {
        return _signerState.pausedUntil;
    }

    /// @inheritdoc IGoverned
    function pendingProposal() external view returns (Proposal memory) {
        return _pending;
    }

    /// @inheritdoc IGoverned
    function delays() external view returns (Delays memory) {
        return _delays;
    }

    /// @inheritdoc IGoverned
    function governanceDigest(uint256 deadline, bytes[] calldata calls) public view returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](calls.length);
        for (uint256 i = 0; i < calls.length; ++i) hashes[i] = keccak256(calls[i]);
        return
            _hashTypedDataV4(
                keccak256(
                    abi.encode(GOVERNANCE_TYPEHASH, governanceNonce, deadline, keccak256(abi.encodePacked(hashes)))
                )
            );
    }

    /// @inheritdoc IGoverned
    function pauseDigest() public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(PAUSE_TYPEHASH, signerEpoch(), pauseNonce)));
    }

    /// @dev Rule 9: a proposal names functions out of this list and no other.
    /// @return known Whether it is an administrative function of this bridge.
    /// @return immediate Whether it runs at once: it only takes away power or harm, or frees what a pause holds.
    function _administrative(bytes4 selector) internal pure virtual returns (bool known, bool immediate) {
        if (selector == this.unpause.selector || selector == this.prolongPause.selector) return (true, true);
        return (selector == this.setSigners.selector || selector == this.setDelays.selector, false);
    }

    function _requireNotPaused(uint256 until) internal view {
        if (block.timestamp < until) revert BridgePaused(until);
    }

    function _requireKnown(uint256 index, bytes calldata call) private pure returns (bool immediate) {
        bool known;
        (known, immediate) = _administrative(bytes4(call));
        require(known, UnknownCall(index, bytes4(call)));
    }

    function _run(uint256 nonce, bytes[] calldata calls) private {
        for (uint256 i = 0; i < calls.length; ++i) Address.functionCall(address(this), calls[i]);

        emit ProposalExecuted(nonce);
    }

    function _setDelays(Delays memory newDelays) private {
        require(newDelays.pauseDuration != 0, InvalidDelay(0, MAXIMUM_DELAY));
        _requireDelay(newDelays.governanceDelay);
        _requireDelay(newDelays.parkDelay);
        _requireDelay(newDelays.pauseDuration);
        _requireDelay(newDelays.bounceDelay);

        _delays = newDelays;

        emit DelaysChanged(newDelays);
    }

    function _requireDelay(uint256 found) private pure {
        require(found <= MAXIMUM_DELAY, InvalidDelay(found, MAXIMUM_DELAY));
    }

    function _isSigner(address account) private view returns (bool) {
        address[] memory list = signers();
        for (uint256 i = 0; i < list.length; ++i) if (list[i] == account) return true;
        return false;
    }
}
