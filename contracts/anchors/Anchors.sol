// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { EIP712 } from '@openzeppelin/contracts/utils/cryptography/EIP712.sol';

import { Headers } from './Headers.sol';
import { History } from './History.sol';
import { IAnchors } from '../interfaces/IAnchors.sol';
import { IGoverned } from '../interfaces/IGoverned.sol';
import { ISignerSet } from '../interfaces/ISignerSet.sol';

/// @title Anchors the product chain's history into the main chain
/// @dev See {IAnchors}. Not deployed by the tools yet. An anchor overwrites three slots, however long the history is.
contract Anchors is IAnchors, EIP712 {
    bytes32 private constant ANCHOR_TYPEHASH = keccak256(
        'Anchor(uint256 sourceChainId,uint64 signerEpoch,uint64 number,bytes32 blockHash,bytes32 historyRoot,uint64 attestedAt)'
    );
    bytes32 private constant CORRECTION_TYPEHASH = keccak256(
        'Correction(uint256 sourceChainId,uint64 signerEpoch,bytes32 replacedHash,uint64 number,bytes32 blockHash,bytes32 historyRoot,uint64 attestedAt)'
    );

    uint256 private constant MAXIMUM_AGE = 1 days;

    /// @inheritdoc IAnchors
    address public immutable bridge;
    /// @inheritdoc IAnchors
    uint256 public immutable sourceChainId;
    /// @inheritdoc IAnchors
    uint64 public immutable firstBlock;
    /// @inheritdoc IAnchors
    uint64 public immutable maximumBlocksPerSecond;

    Anchor private _latest;
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
        uint64 number,
        bytes32 blockHash,
        bytes32 historyRoot,
        uint64 attestedAt,
        bytes32[] calldata peaks,
        bytes32 tailRoot,
        bytes calldata signatures
    ) external {
        Anchor memory last = _latest;
        _requireAttestedAt(last, attestedAt);
        _requireNumber(last, last.number, number, attestedAt);
        bool same = number == last.number;
        if (same && (blockHash != last.blockHash || historyRoot != last.historyRoot)) {
            revert AnchoredDifferently(number, last.blockHash, last.historyRoot);
        }
        uint256 waitsUntil = _correction.executableAt;
        require(same || waitsUntil == 0, CorrectionWaits(waitsUntil));
        _requireHistory(number, historyRoot, peaks, tailRoot);
        _requireQuorum(anchorDigest(number, blockHash, historyRoot, attestedAt), signatures);

        _latest = Anchor(number, attestedAt, blockHash, historyRoot);

        emit Anchored(number, blockHash, historyRoot, attestedAt, peaks, tailRoot);
    }

    /// @inheritdoc IAnchors
    function correct(
        uint64 number,
        bytes32 blockHash,
        bytes32 historyRoot,
        uint64 attestedAt,
        bytes32[] calldata peaks,
        bytes32 tailRoot,
        bytes calldata signatures
    ) external {
        Anchor memory last = _latest;
        _requireAttestedAt(last, attestedAt);
        _requireNumber(last, firstBlock, number, attestedAt);
        _requireHistory(number, historyRoot, peaks, tailRoot);
        _requireQuorum(correctionDigest(number, blockHash, historyRoot, attestedAt), signatures);

        _latest.attestedAt = attestedAt;
        bytes32 replaced = last.blockHash;
        if (blockHash == replaced && historyRoot == last.historyRoot) {
            delete _correction;
            emit CorrectionAccepted(replaced, number, blockHash, historyRoot, block.timestamp, peaks, tailRoot);
            return;
        }
        uint256 executableAt = block.timestamp + IGoverned(bridge).delays().governanceDelay;
        _correction = Correction(number, uint64(executableAt), blockHash, historyRoot);

        emit CorrectionAccepted(replaced, number, blockHash, historyRoot, executableAt, peaks, tailRoot);
    }

    /// @inheritdoc IAnchors
    function executeCorrection() external {
        Correction memory correction = _correction;
        uint256 executableAt = correction.executableAt;
        if (executableAt == 0 || block.timestamp < executableAt) revert NoCorrectionDue(executableAt);

        delete _correction;
        (_latest.number, _latest.blockHash) = (correction.number, correction.blockHash);
        _latest.historyRoot = correction.historyRoot;

        emit Corrected(correction.number, correction.blockHash, correction.historyRoot);
    }

    /// @inheritdoc IAnchors
    function proveBlock(
        bytes calldata header,
        History.Proof calldata proof
    ) external view returns (Headers.Header memory result) {
        bytes32 blockHash = keccak256(header);
        result = Headers.parse(header);

        Anchor storage last = _latest;
        if (blockHash == last.blockHash) return result;
        if (!History.includes(last.historyRoot, firstBlock, last.number, result.number, blockHash, proof)) {
            revert NotAnchored(result.number, blockHash);
        }
    }

    /// @inheritdoc IAnchors
    function latest() external view returns (Anchor memory) {
        return _latest;
    }

    /// @inheritdoc IAnchors
    function pendingCorrection() external view returns (Correction memory) {
        return _correction;
    }

    /// @inheritdoc IAnchors
    function anchorDigest(
        uint64 number,
        bytes32 blockHash,
        bytes32 historyRoot,
        uint64 attestedAt
    ) public view returns (bytes32) {
        return
            _hashTypedDataV4(
                keccak256(
                    abi.encode(ANCHOR_TYPEHASH, sourceChainId, _epoch(), number, blockHash, historyRoot, attestedAt)
                )
            );
    }

    /// @inheritdoc IAnchors
    function correctionDigest(
        uint64 number,
        bytes32 blockHash,
        bytes32 historyRoot,
        uint64 attestedAt
    ) public view returns (bytes32) {
        return
            _hashTypedDataV4(
                keccak256(
                    abi.encode(
                        CORRECTION_TYPEHASH,
                        sourceChainId,
                        _epoch(),
                        _latest.blockHash,
                        number,
                        blockHash,
                        historyRoot,
                        attestedAt
                    )
                )
            );
    }

    /// @dev Rises with each acceptance: no signature is accepted twice, and a quorum that is silent cannot be made to look alive.
    function _requireAttestedAt(Anchor memory last, uint64 attestedAt) private view {
        bool known = attestedAt > last.attestedAt && attestedAt <= block.timestamp;
        if (!known || attestedAt + MAXIMUM_AGE < block.timestamp) {
            revert InvalidAttestedAt(attestedAt, last.attestedAt, block.timestamp);
        }
    }

    /// @dev Bounds what a wrong anchor can do: no height far in the future blocks those to come.
    function _requireNumber(Anchor memory last, uint256 minimum, uint64 number, uint64 attestedAt) private view {
        uint256 maximum = last.number + uint256(maximumBlocksPerSecond) * (attestedAt - last.attestedAt);
        if (number < minimum || number > maximum) revert InvalidNumber(number, minimum, maximum);
    }

    function _requireHistory(
        uint64 number,
        bytes32 historyRoot,
        bytes32[] calldata peaks,
        bytes32 tailRoot
    ) private view {
        bytes32 found = History.rootOf(firstBlock, number, peaks, tailRoot);
        if (found == 0 || found != historyRoot) revert InvalidHistory(historyRoot, found);
    }

    function _requireQuorum(bytes32 digest, bytes calldata signatures) private view {
        require(ISignerSet(bridge).hasQuorum(_epoch(), digest, signatures), NoQuorum(digest));
    }

    function _epoch() private view returns (uint64) {
        return ISignerSet(bridge).signerEpoch();
    }
}
