// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { EIP712 } from '@openzeppelin/contracts/utils/cryptography/EIP712.sol';

import { Headers } from './Headers.sol';
import { History } from './History.sol';
import { IAnchors } from '../interfaces/IAnchors.sol';
import { IGoverned } from '../interfaces/IGoverned.sol';
import { ISignerSet } from '../interfaces/ISignerSet.sol';

/// @title Anchors the product chain's history into the main chain
/// @dev See {IAnchors}. An anchor overwrites three slots, however long the history is.
contract Anchors is IAnchors, EIP712 {
    bytes32 private constant ANCHOR_TYPEHASH = keccak256(
        'Anchor(uint256 sourceChainId,uint64 signerEpoch,uint64 number,bytes32 blockHash,bytes32 historyRoot,uint64 attestedAt)'
    );
    bytes32 private constant CORRECTION_TYPEHASH = keccak256(
        'Correction(uint256 sourceChainId,uint64 signerEpoch,bytes32 replacedHash,uint64 number,bytes32 blockHash,bytes32 historyRoot,uint64 attestedAt)'
    );

    uint256 private constant MAXIMUM_AGE = 1 days;

    /// @dev The last anchor. Its first slot also has the time of a waiting correction, so that an anchor reads no slot that it does
    /// not overwrite.
    struct State {
        uint64 number;
        uint64 attestedAt;
        uint64 correctableAt;
        uint32 signerEpoch;
        bytes32 blockHash;
        bytes32 historyRoot;
    }

    /// @inheritdoc IAnchors
    address public immutable bridge;
    /// @inheritdoc IAnchors
    uint256 public immutable sourceChainId;
    /// @inheritdoc IAnchors
    uint64 public immutable firstBlock;
    /// @inheritdoc IAnchors
    uint64 public immutable maximumBlocksPerSecond;

    State private _latest;
    Correction private _correction;

    /// @param bridge_ The main bridge; it may be deployed later, at this address.
    /// @param firstBlock_ Not zero: the product bridge exists since this block or a later one.
    /// @param firstTimestamp The time of `firstBlock_`, in seconds since the epoch: bounds the first anchor's height.
    constructor(
        address bridge_,
        uint256 sourceChainId_,
        uint64 firstBlock_,
        uint64 firstTimestamp,
        uint64 maximumBlocksPerSecond_
    ) EIP712('Pegway Anchors', '1') {
        if (firstBlock_ == 0) revert InvalidNumber(firstBlock_, 1, type(uint64).max);
        require(firstTimestamp < block.timestamp, InvalidAttestedAt(firstTimestamp, 0, block.timestamp));
        bridge = bridge_;
        sourceChainId = sourceChainId_;
        firstBlock = firstBlock_;
        maximumBlocksPerSecond = maximumBlocksPerSecond_;
        (_latest.number, _latest.attestedAt) = (firstBlock_ - 1, firstTimestamp);
    }

    /// @inheritdoc IAnchors
    function anchor(
        Anchor calldata next,
        bytes32 bag,
        bytes32[] calldata peaks,
        bytes32 tailRoot,
        bytes calldata signatures
    ) external {
        State memory last = _latest;
        _requireTime(last, next, last.number);
        bool same = next.number == last.number;
        if (same && (next.blockHash != last.blockHash || next.historyRoot != last.historyRoot)) {
            revert AnchoredDifferently(next.number, last.blockHash, last.historyRoot);
        }
        require(same || last.correctableAt == 0, CorrectionWaits(last.correctableAt));
        uint64 epoch = _epoch();
        _requireHistory(next, last.number, bag, peaks, tailRoot);
        _requireQuorum(epoch, _anchorDigest(epoch, next), signatures);

        _latest = State({
            number: next.number,
            attestedAt: next.attestedAt,
            correctableAt: last.correctableAt,
            signerEpoch: uint32(epoch),
            blockHash: next.blockHash,
            historyRoot: next.historyRoot
        });

        emit Anchored(next.number, next.blockHash, next.historyRoot, next.attestedAt, peaks, tailRoot);
    }

    /// @inheritdoc IAnchors
    function correct(
        Anchor calldata next,
        bytes32[] calldata peaks,
        bytes32 tailRoot,
        bytes calldata signatures
    ) external {
        State memory last = _latest;
        _requireTime(last, next, firstBlock);
        uint64 epoch = _epoch();
        _requireHistory(next, firstBlock - 1, 0, peaks, tailRoot);
        _requireQuorum(epoch, _correctionDigest(epoch, next), signatures);

        _latest.attestedAt = next.attestedAt;
        uint256 executableAt = block.timestamp;
        if (next.blockHash == last.blockHash && next.historyRoot == last.historyRoot) {
            _latest.correctableAt = 0;
            delete _correction;
        } else {
            executableAt += IGoverned(bridge).delays().governanceDelay;
            _latest.correctableAt = uint64(executableAt);
            _correction = Correction(next.number, uint64(executableAt), next.blockHash, next.historyRoot);
        }

        emit CorrectionAccepted(
            last.blockHash,
            next.number,
            next.blockHash,
            next.historyRoot,
            executableAt,
            peaks,
            tailRoot
        );
    }

    /// @inheritdoc IAnchors
    function executeCorrection() external {
        Correction memory correction = _correction;
        uint256 executableAt = correction.executableAt;
        if (executableAt == 0 || block.timestamp < executableAt) revert NoCorrectionDue(executableAt);

        delete _correction;
        (_latest.number, _latest.correctableAt) = (correction.number, 0);
        (_latest.blockHash, _latest.historyRoot) = (correction.blockHash, correction.historyRoot);

        emit Corrected(correction.number, correction.blockHash, correction.historyRoot);
    }

    /// @inheritdoc IAnchors
    function proveBlock(
        bytes calldata header,
        History.Proof calldata proof
    ) external view returns (Headers.Header memory result) {
        bytes32 blockHash = keccak256(header);
        result = Headers.parse(header);

        State storage last = _latest;
        if (blockHash == last.blockHash) return result;
        if (!History.includes(last.historyRoot, firstBlock, last.number, result.number, blockHash, proof)) {
            revert NotAnchored(result.number, blockHash);
        }
    }

    /// @inheritdoc IAnchors
    function latest() external view returns (Anchor memory) {
        return Anchor(_latest.number, _latest.attestedAt, _latest.blockHash, _latest.historyRoot);
    }

    /// @inheritdoc IAnchors
    function signerEpoch() external view returns (uint64) {
        return _latest.signerEpoch;
    }

    /// @inheritdoc IAnchors
    function pendingCorrection() external view returns (Correction memory) {
        return _correction;
    }

    /// @inheritdoc IAnchors
    function anchorDigest(Anchor calldata next) external view returns (bytes32) {
        return _anchorDigest(_epoch(), next);
    }

    /// @inheritdoc IAnchors
    function correctionDigest(Anchor calldata next) external view returns (bytes32) {
        return _correctionDigest(_epoch(), next);
    }

    function _anchorDigest(uint64 epoch, Anchor calldata next) private view returns (bytes32) {
        return
            _hashTypedDataV4(
                keccak256(
                    abi.encode(
                        ANCHOR_TYPEHASH,
                        sourceChainId,
                        epoch,
                        next.number,
                        next.blockHash,
                        next.historyRoot,
                        next.attestedAt
                    )
                )
            );
    }

    function _correctionDigest(uint64 epoch, Anchor calldata next) private view returns (bytes32) {
        return
            _hashTypedDataV4(
                keccak256(
                    abi.encode(
                        CORRECTION_TYPEHASH,
                        sourceChainId,
                        epoch,
                        _latest.blockHash,
                        next.number,
                        next.blockHash,
                        next.historyRoot,
                        next.attestedAt
                    )
                )
            );
    }

    /// @dev `attestedAt` rises with each acceptance: no signature is accepted twice, and a replay cannot make a silent
    /// quorum look alive. The bound on the height limits a wrong anchor: none far in the future blocks later ones.
    function _requireTime(State memory last, Anchor calldata next, uint256 minimum) private view {
        uint64 attestedAt = next.attestedAt;
        bool known = attestedAt > last.attestedAt && attestedAt <= block.timestamp;
        if (!known || attestedAt + MAXIMUM_AGE < block.timestamp) {
            revert InvalidAttestedAt(attestedAt, last.attestedAt, block.timestamp);
        }
        uint64 number = next.number;
        uint256 maximum = last.number + uint256(maximumBlocksPerSecond) * (attestedAt - last.attestedAt);
        if (number < minimum || number > maximum) revert InvalidNumber(number, minimum, maximum);
    }

    function _requireHistory(
        Anchor calldata next,
        uint64 base,
        bytes32 bag,
        bytes32[] calldata peaks,
        bytes32 tailRoot
    ) private view {
        bytes32 found = History.rootOf(firstBlock, next.number, base, bag, peaks, tailRoot);
        if (found == 0 || found != next.historyRoot) revert InvalidHistory(next.historyRoot, found);
    }

    function _requireQuorum(uint64 epoch, bytes32 digest, bytes calldata signatures) private view {
        require(ISignerSet(bridge).hasQuorum(epoch, digest, signatures), NoQuorum(digest));
    }

    function _epoch() private view returns (uint64) {
        return ISignerSet(bridge).signerEpoch();
    }
}
