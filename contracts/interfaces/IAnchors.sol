// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Headers } from '../anchors/Headers.sol';
import { History } from '../anchors/History.sol';

/// @title Commitments to the history of the product chain, on the main chain
/// @notice A quorum of the main bridge's current signers anchors the product chain's final blocks from `firstBlock` on; see
/// {History} for the commitment. Anyone then proves a block, and with it whatever its header commits to. Signed is, in the
/// EIP-712 domain `{name: "Pegway Anchors", version: "1", chainId, verifyingContract}` of this contract,
/// `Anchor(uint256 sourceChainId,uint64 signerEpoch,uint64 number,bytes32 blockHash,bytes32 historyRoot,uint64 attestedAt)`.
/// Signatures may also be approved at the bridge beforehand.
///
/// Heights never fall. An anchor that was wrong is corrected by the quorum, after the bridge's `governanceDelay`, in public.
/// @dev Warnings. This contract trusts the quorum: it sees no other chain, and does not check that a history continues the
/// one before. The block hash of the anchored chain must be the keccak256 of an RLP list with the state root, the receipts
/// root and the number at places 3, 5 and 8.
interface IAnchors {
    /// @param number Height of the newest anchored block.
    /// @param attestedAt When the signers attested it, in seconds since the epoch.
    /// @param blockHash Its hash.
    /// @param historyRoot The commitment to all blocks from `firstBlock` to `number`.
    struct Anchor {
        uint64 number;
        uint64 attestedAt;
        bytes32 blockHash;
        bytes32 historyRoot;
    }

    /// @param number The height to go to, higher or lower.
    /// @param executableAt First second in which it can be executed; zero when none waits.
    struct Correction {
        uint64 number;
        uint64 executableAt;
        bytes32 blockHash;
        bytes32 historyRoot;
    }

    /// @notice The history is now this.
    /// @param peaks Those that are new since the anchor before; all larger ones are its peaks. Each peak is in the event of the first
    /// anchor, or correction, that has it.
    event Anchored(
        uint64 indexed number,
        bytes32 indexed blockHash,
        bytes32 historyRoot,
        uint64 attestedAt,
        bytes32[] peaks,
        bytes32 tailRoot
    );
    /// @notice A quorum replaces the anchor `replacedHash` from `executableAt` on.
    event CorrectionAccepted(
        bytes32 indexed replacedHash,
        uint64 indexed number,
        bytes32 indexed blockHash,
        bytes32 historyRoot,
        uint256 executableAt,
        bytes32[] peaks,
        bytes32 tailRoot
    );
    /// @notice The waiting correction took force.
    event Corrected(uint64 indexed number, bytes32 indexed blockHash, bytes32 historyRoot);

    /// @notice Too few signatures and approvals of the bridge's current signers over `digest`.
    error NoQuorum(bytes32 digest);
    /// @notice `attestedAt` must be later than the last anchor's, not in the future, and at most a day ago.
    error InvalidAttestedAt(uint256 attestedAt, uint256 after_, uint256 notAfter);
    /// @notice `number` must not be below the last one, nor above the height that the chain can have reached since.
    error InvalidNumber(uint64 number, uint256 minimum, uint256 maximum);
    /// @notice The last height was anchored with other hashes; only a correction changes them.
    error AnchoredDifferently(uint64 number, bytes32 blockHash, bytes32 historyRoot);
    /// @notice Bag, peaks and `tailRoot` commit to `found`, or to nothing (zero) as their number does not fit.
    error InvalidHistory(bytes32 expected, bytes32 found);
    /// @notice A correction waits until `executableAt`; until it is executed or replaced no other height is anchored.
    error CorrectionWaits(uint256 executableAt);
    /// @notice No correction waits, or its delay has not elapsed.
    error NoCorrectionDue(uint256 executableAt);
    /// @notice The block is not part of the anchored history, or the proof is another block's.
    error NotAnchored(uint64 number, bytes32 blockHash);

    /// @notice Anchors the history up to a final block, or attests again that the last anchor is the newest block known.
    /// @param next When it was signed: later than the last anchor's, at most now, at least a day before now.
    /// @param bag Of the peaks that the last anchor's history has, too; zero for none. See {History}.
    /// @param peaks All others.
    /// @param tailRoot Of the history; zero when it has no tail.
    function anchor(
        Anchor calldata next,
        bytes32 bag,
        bytes32[] calldata peaks,
        bytes32 tailRoot,
        bytes calldata signatures
    ) external;

    /// @notice Accepts a correction of the last anchor, to any height, on a quorum over
    /// `Correction(uint256 sourceChainId,uint64 signerEpoch,bytes32 replacedHash,uint64 number,bytes32 blockHash,bytes32 historyRoot,uint64 attestedAt)`.
    /// It waits for the bridge's `governanceDelay` and replaces one that waits; one to the present hashes only withdraws it.
    /// @param peaks All of the history.
    function correct(
        Anchor calldata next,
        bytes32[] calldata peaks,
        bytes32 tailRoot,
        bytes calldata signatures
    ) external;

    /// @notice Puts the waiting correction into force. Anyone may call it.
    function executeCorrection() external;

    /// @notice The header of a block that the last anchor commits to; reverts for any other.
    /// @param header The RLP list that hashes to the block's hash.
    /// @param proof Ignored for the newest anchored block.
    function proveBlock(
        bytes calldata header,
        History.Proof calldata proof
    ) external view returns (Headers.Header memory);

    /// @notice The main bridge; its signers anchor.
    function bridge() external view returns (address);

    /// @notice The chain that is anchored.
    function sourceChainId() external view returns (uint256);

    /// @notice The first block of the history.
    function firstBlock() external view returns (uint64);

    /// @notice No anchor exceeds the last by more blocks a second than these.
    function maximumBlocksPerSecond() external view returns (uint64);

    /// @notice The last anchor; before the first, the block before `firstBlock` without hashes.
    function latest() external view returns (Anchor memory);

    /// @notice The signer epoch of the last anchor; zero before the first. A new epoch's signers anchor at once.
    function signerEpoch() external view returns (uint64);

    /// @notice The correction that waits; all zero when none does.
    function pendingCorrection() external view returns (Correction memory);

    /// @notice The EIP-712 digest of an anchor in the current signer epoch.
    function anchorDigest(Anchor calldata next) external view returns (bytes32);

    /// @notice The EIP-712 digest of a correction of the last anchor, in the current signer epoch.
    function correctionDigest(Anchor calldata next) external view returns (bytes32);
}
