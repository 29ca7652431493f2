// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ISignerSet } from './ISignerSet.sol';

/// @title Pause and governance of one bridge
/// @notice Any one signer can pause the bridge for `pauseDuration`. A quorum can change it: a proposal is accepted with their
/// signatures, waits for `governanceDelay`, and can be executed by anyone for seven days after that, as long as the list
/// of signers that accepted it is the current one. There is no owner.
/// @dev Warning: governance does not protect from a dishonest quorum. The delay makes a change visible before it takes
/// effect, but holders cannot leave without signatures of the same quorum.
interface IGoverned is ISignerSet {
    /// @notice All in seconds, each at least 1 and at most 30 days.
    /// @param governanceDelay From acceptance of a proposal until it can be executed.
    /// @param parkDelay From parking a transfer until it can be released.
    /// @param pauseDuration Length of one signer's pause.
    /// @param bounceDelay From the first refusal of a withdrawal until it can be bounced.
    struct Delays {
        uint32 governanceDelay;
        uint32 parkDelay;
        uint32 pauseDuration;
        uint32 bounceDelay;
    }

    /// @param nonce The governance nonce it was accepted under.
    /// @param callsHash `keccak256(abi.encode(calls))`; zero when nothing is pending.
    /// @param executableAt First second in which it can be executed.
    /// @param listEpoch The epoch in which the list of signers that accepted it began; under another list it cannot be executed.
    struct Proposal {
        uint256 nonce;
        bytes32 callsHash;
        uint64 executableAt;
        uint64 listEpoch;
    }

    /// @notice A signer stopped the bridge until `until`, in seconds since the epoch.
    event Paused(address indexed signer, uint256 until);
    /// @notice A quorum ended the pause or set its end.
    event PauseChanged(uint256 until);
    /// @notice The delays, in seconds.
    event DelaysChanged(Delays delays);

    /// @notice A quorum accepted a proposal. One that waits replaces the pending one; empty `calls` cancel it; one that runs at
    /// once leaves it.
    event ProposalAccepted(uint256 indexed nonce, uint256 executableAt, uint32 signerMask, bytes[] calls);
    /// @notice All calls of the proposal were made.
    event ProposalExecuted(uint256 indexed nonce);

    /// @notice Paused until `until`, in seconds since the epoch.
    error BridgePaused(uint256 until);
    /// @notice There is no pause to end.
    error BridgeNotPaused();
    /// @notice The signature is not a current signer's over this bridge's next pause.
    error NotASigner(address recovered);
    /// @notice This signer paused before; it may again at `allowedAt`.
    error PauseTooSoon(address signer, uint256 allowedAt);
    /// @notice Not later than now and than the present end, or beyond 40 bits.
    error InvalidPauseEnd(uint256 until);
    /// @notice Zero, or more than `maximum`; in seconds.
    error InvalidDelay(uint256 found, uint256 maximum);
    /// @notice The last second, `deadline` since the epoch, is over.
    error DeadlinePassed(uint256 deadline);
    /// @notice The call at `index` is not one of the bridge's own administrative functions.
    error UnknownCall(uint256 index, bytes4 selector);
    /// @notice The bridge itself alone calls this, from a proposal.
    error OnlyGovernance(address caller);
    /// @notice Nothing is pending, or it is not these calls.
    error NotPending(bytes32 callsHash, bytes32 pendingHash);
    /// @notice Executable from `executableAt` up to and without `expiresAt`.
    error OutsideWindow(uint256 executableAt, uint256 expiresAt);
    /// @notice The list of signers was replaced after the proposal was accepted.
    error SignersReplaced(uint64 accepted, uint64 current);
    /// @notice The bridge was halted, which nothing can undo.
    error BridgeHalted();

    /// @notice Stops deposit, redeem, mint, withdraw, release, bounce and fees for `pauseDuration`; never governance.
    /// @param signature 64-byte EIP-2098 signature of one current signer over
    /// `Pause(uint64 signerEpoch,uint64 pauseNonce)`. The same signer can pause again after ten times the duration.
    function pause(bytes calldata signature) external;

    /// @notice Accepts a proposal on a quorum over
    /// `Governance(uint64 listEpoch,uint256 nonce,uint256 deadline,bytes[] calls)` with the current `listEpoch` and
    /// `governanceNonce`; the nonce is used up. If each call only reduces power or harm, the calls run at once and the
    /// pending proposal stays. Otherwise the proposal waits, and replaces the pending one.
    /// @param deadline Last second in which it is accepted.
    /// @param calls Encoded calls of this bridge's administrative functions; empty cancels the pending proposal.
    function propose(uint256 deadline, bytes[] calldata calls, bytes calldata signatures) external;

    /// @notice Executes the pending proposal in its window. Anyone may call it.
    function execute(bytes[] calldata calls) external;

    /// @notice Replaces the list of signers and begins an epoch; `size / 2 < threshold <= size <= 32`.
    /// @dev Administrative, as all up to `prolongPause`: callable by this bridge itself alone, through a proposal.
    function setSigners(address[] calldata newSigners, uint256 newThreshold) external;

    /// @notice Sets all delays, in seconds.
    function setDelays(Delays calldata newDelays) external;

    /// @notice Begins an epoch with the same signers, at once: attestations, bounces and approvals signed so far become
    /// worthless.
    function revokeSignatures() external;

    /// @notice Does nothing, at once: its acceptance proves that the quorum is alive.
    function renew() external;

    /// @notice Ends the pause now.
    function unpause() external;

    /// @notice Sets the end of a pause, or begins one.
    /// @param until When the pause ends, in seconds since the epoch; later than now and than the present end.
    function prolongPause(uint256 until) external;

    /// @notice Whether the bridge is paused now.
    function paused() external view returns (bool);

    /// @notice End of the last pause, in seconds since the epoch; zero when there was none.
    function pausedUntil() external view returns (uint256);

    /// @notice The number of pauses so far; each statement names the next.
    function pauseNonce() external view returns (uint64);

    /// @notice First second in which this signer may pause (again).
    function pauseAllowedAt(address signer) external view returns (uint256);

    /// @notice The number of proposals accepted so far; each statement names the next.
    function governanceNonce() external view returns (uint256);

    /// @notice When the last proposal was accepted, in seconds since the epoch; zero when none was.
    function lastProposalAt() external view returns (uint256);

    /// @notice The epoch in which the current list of signers began.
    function listEpoch() external view returns (uint64);

    /// @notice The proposal that waits; all zero when none does.
    function pendingProposal() external view returns (Proposal memory);

    /// @notice The delays, in seconds.
    function delays() external view returns (Delays memory);

    /// @notice The EIP-712 digest of a proposal under the current list of signers and governance nonce.
    function governanceDigest(uint256 deadline, bytes[] calldata calls) external view returns (bytes32);

    /// @notice The EIP-712 digest of the next pause.
    function pauseDigest() external view returns (bytes32);
}
