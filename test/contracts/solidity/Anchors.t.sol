// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { RLP } from '@openzeppelin/contracts/utils/RLP.sol';

import { Headers } from '../../../contracts/anchors/Headers.sol';
import { History } from '../../../contracts/anchors/History.sol';
import { IAnchors } from '../../../contracts/interfaces/IAnchors.sol';
import { IGoverned } from '../../../contracts/interfaces/IGoverned.sol';
import { IMainBridge } from '../../../contracts/interfaces/IMainBridge.sol';
import { CHEATS } from './support/Cheats.sol';
import { deployAnchors, onlyRewards } from './support/Deployment.sol';
import { ReferenceHistory } from './support/ReferenceHistory.sol';
import { THRESHOLD, deploySignedBridge, proposeNow, signBy } from './support/Signing.sol';

/// @title What a quorum anchors, what nobody can, and what an anchor proves
contract AnchorsTest {
    uint64 private constant FIRST = 1_001;
    uint64 private constant START = 1_800_000_000;
    uint64 private constant PER_SECOND = 2;

    ReferenceHistory private _reference = new ReferenceHistory(FIRST, 4);
    IMainBridge private _bridge;
    IAnchors private _anchors;
    uint64 private _now = START;

    function setUp() external {
        _warp(0);
        _bridge = deploySignedBridge(onlyRewards(address(0)));
        _anchors = deployAnchors(address(_bridge), 4_242, FIRST, START - 1, PER_SECOND);
        _warp(600);
    }

    /// @dev Each row of what an anchor must keep, with the error of one that does not.
    function testFuzz_AnAnchorIsAcceptedOrNot(uint16 rise, uint32 age, uint8 signers, bool same) external {
        uint64 number = FIRST + 500;
        _anchor(number);
        uint64 last = _now;
        _warp(1 + (age % 2 days));
        uint64 attestedAt = _now - (age >> 16);
        uint64 next = same ? number : FIRST + (rise % 900);
        uint256 maximum = number + PER_SECOND * (attestedAt > last ? attestedAt - last : 0);

        bytes4 refusal;
        if (attestedAt <= last || attestedAt + 1 days < _now) refusal = IAnchors.InvalidAttestedAt.selector;
        else if (next < number || next > maximum) refusal = IAnchors.InvalidNumber.selector;
        else if (signers % 7 < THRESHOLD) refusal = IAnchors.NoQuorum.selector;
        _requireAnswer(_callAnchor(next, attestedAt, signers % 7), refusal);
        if (refusal != 0) return;
        require(_anchors.latest().number == next && _anchors.latest().attestedAt == attestedAt, 'the last anchor');
        // The same signatures work once.
        _requireAnswer(_callAnchor(next, attestedAt, 4), IAnchors.InvalidAttestedAt.selector);
    }

    function deploy(uint64 firstBlock, uint64 firstTimestamp) external {
        deployAnchors(address(_bridge), 4_242, firstBlock, firstTimestamp, PER_SECOND);
    }

    function test_WhatNoAnchorsBeginWith() external {
        try this.deploy(0, START) {
            revert('block zero');
        } catch (bytes memory answer) {
            require(bytes4(answer) == IAnchors.InvalidNumber.selector, 'block zero: another error');
        }
        try this.deploy(FIRST, _now) {
            revert('a time to come');
        } catch (bytes memory answer) {
            bytes memory refusal = abi.encodeWithSelector(IAnchors.InvalidAttestedAt.selector, _now, 0, _now);
            require(keccak256(answer) == keccak256(refusal), 'a time to come: another error');
        }
    }

    function test_TheSameHeightKeepsItsHashes() external {
        uint64 number = FIRST + 300;
        _anchor(number);
        _warp(1);
        (bytes32 root, bytes32[] memory peaks, bytes32 tailRoot) = _reference.commit(number);
        IAnchors.Anchor memory next = IAnchors.Anchor(number, _now, bytes32('other'), root);
        _requireAnswer(_encode(next, peaks, tailRoot, 4), IAnchors.AnchoredDifferently.selector);
        root = History.rootOf(FIRST, number, peaks, bytes32('other'));
        next = IAnchors.Anchor(number, _now, _reference.hashOf(number), root);
        _requireAnswer(_encode(next, peaks, bytes32('other'), 4), IAnchors.AnchoredDifferently.selector);
        _anchor(number);
    }

    function test_TheHistoryFitsItsPeaks() external {
        uint64 number = FIRST + 300;
        (bytes32 root, bytes32[] memory peaks, bytes32 tailRoot) = _reference.commit(number);
        peaks[0] ^= bytes32(uint256(1));
        IAnchors.Anchor memory next = IAnchors.Anchor(number, _now, bytes32('hash'), root);
        _requireAnswer(_encode(next, peaks, tailRoot, 4), IAnchors.InvalidHistory.selector);
        // Too few peaks commit to nothing, which zero is the root of.
        next.historyRoot = 0;
        _requireAnswer(_encode(next, new bytes32[](0), tailRoot, 4), IAnchors.InvalidHistory.selector);
    }

    /// @dev Neither more peaks than are new nor fewer: the events have each peak once, whoever sends the call.
    function testFuzz_AnAnchorNamesTheNewPeaksOnly(uint16 before, uint16 rise, uint8 bagged) external {
        uint64 number = FIRST + (before % 900);
        _warp(1_000);
        _anchor(number);
        (, bytes32[] memory old, ) = _reference.commit(number);
        _warp(1_000);
        number += rise % (FIRST + 1_000 - number);
        (bytes32 root, bytes32[] memory peaks, bytes32 tailRoot) = _reference.commit(number);
        IAnchors.Anchor memory next = IAnchors.Anchor(number, _now, _reference.hashOf(number), root);
        uint256 size = bagged % (peaks.length + 1);
        bool fits = size == _reference.sharedOf(old, peaks);
        _requireAnswer(
            _encodeFrom(next, peaks, size, tailRoot, 4),
            fits ? bytes4(0) : IAnchors.InvalidHistory.selector
        );
    }

    function test_SignaturesOfAnEarlierEpochAreWorthless() external {
        bytes memory call = _callAnchor(FIRST + 300, _now, 4);
        proposeNow(_bridge, abi.encodeCall(IGoverned.revokeSignatures, ()));
        (bool done, ) = address(_anchors).call(call);
        require(!done, 'an earlier epoch anchored');
    }

    function test_ApprovalsAtTheBridgeCount() external {
        (bytes32 root, bytes32[] memory peaks, bytes32 tailRoot) = _reference.commit(FIRST + 300);
        IAnchors.Anchor memory next = IAnchors.Anchor(FIRST + 300, _now, bytes32('hash'), root);
        bytes32 digest = _anchors.anchorDigest(next);
        _bridge.approve(digest, signBy(4, digest));
        _anchors.anchor(next, 0, peaks, tailRoot, '');
    }

    function test_ACorrectionWaitsInPublic() external {
        _anchor(FIRST + 700);
        _warp(60);
        _requireAnswer(_callCorrect(FIRST + 300, 3), IAnchors.NoQuorum.selector);
        bytes memory correction = _callCorrect(FIRST + 300, 4);
        _requireAnswer(correction, 0);
        uint256 executableAt = _anchors.pendingCorrection().executableAt;
        require(executableAt == _now + 2 days, 'the delay');
        // Once, though it could be withdrawn meanwhile.
        _requireAnswer(correction, IAnchors.InvalidAttestedAt.selector);
        _requireAnswer(abi.encodeCall(IAnchors.executeCorrection, ()), IAnchors.NoCorrectionDue.selector);
        _warp(60);
        _requireAnswer(_callAnchor(FIRST + 701, _now, 4), IAnchors.CorrectionWaits.selector);
        // The quorum can still prove that it is alive.
        _anchor(FIRST + 700);
        _warp(uint64(executableAt - _now));
        _requireAnswer(abi.encodeCall(IAnchors.executeCorrection, ()), 0);
        require(_anchors.latest().number == FIRST + 300, 'corrected');
        require(_anchors.latest().blockHash == _reference.hashOf(FIRST + 300), 'corrected hash');
        require(_anchors.pendingCorrection().executableAt == 0, 'none waits');
        _anchor(FIRST + 400);
    }

    function test_ACorrectionOfOneHashAloneWaits() external {
        uint64 number = FIRST + 700;
        _anchor(number);
        (bytes32 root, bytes32[] memory peaks, bytes32 tailRoot) = _reference.commit(number);
        _warp(60);
        _requireAnswer(_encodeCorrect(IAnchors.Anchor(number, _now, bytes32('other'), root), peaks, tailRoot, 4), 0);
        require(_anchors.pendingCorrection().executableAt == _now + 2 days, 'another block hash');

        _warp(60);
        root = History.rootOf(FIRST, number, peaks, bytes32('other'));
        IAnchors.Anchor memory next = IAnchors.Anchor(number, _now, _reference.hashOf(number), root);
        _requireAnswer(_encodeCorrect(next, peaks, bytes32('other'), 4), 0);
        require(_anchors.pendingCorrection().executableAt == _now + 2 days, 'another history');
    }

    function test_ACorrectionIsWithdrawn() external {
        _anchor(FIRST + 700);
        _warp(60);
        _requireAnswer(_callCorrect(FIRST + 300, 4), 0);
        _warp(60);
        _requireAnswer(_callCorrect(FIRST + 700, 4), 0);
        _warp(3 days);
        _requireAnswer(abi.encodeCall(IAnchors.executeCorrection, ()), IAnchors.NoCorrectionDue.selector);
        _anchor(FIRST + 701);
    }

    function test_AHeaderIsProven() external {
        bytes memory first = _header(FIRST, 7);
        bytes memory second = _header(FIRST + 1, 8);
        bytes32[] memory nodes = new bytes32[](8);
        bytes32 empty;
        bytes32 tailRoot = keccak256(abi.encodePacked(uint8(1), keccak256(first), keccak256(second)));
        nodes[0] = keccak256(second);
        for (uint256 i = 1; i < 8; ++i) {
            empty = keccak256(abi.encodePacked(uint8(1), empty, empty));
            nodes[i] = empty;
            tailRoot = keccak256(abi.encodePacked(uint8(1), tailRoot, empty));
        }
        bytes32[] memory peaks = new bytes32[](0);
        bytes32 root = History.rootOf(FIRST, FIRST + 1, peaks, tailRoot);
        IAnchors.Anchor memory next = IAnchors.Anchor(FIRST + 1, _now, keccak256(second), root);
        _anchors.anchor(next, 0, peaks, tailRoot, signBy(4, _anchors.anchorDigest(next)));

        Headers.Header memory found = _anchors.proveBlock(first, History.Proof(nodes, peaks, tailRoot));
        require(found.number == FIRST && found.stateRoot == bytes32(uint256(7)), 'number and state root');
        require(found.timestamp == START && found.receiptsRoot == bytes32(uint256(9)), 'time and receipts root');
        History.Proof memory none;
        require(_anchors.proveBlock(second, none).stateRoot == bytes32(uint256(8)), 'the newest block');
        _requireAnswer(abi.encodeCall(IAnchors.proveBlock, (first, none)), IAnchors.NotAnchored.selector);
        bytes memory other = _header(FIRST, 70);
        bytes memory call = abi.encodeCall(IAnchors.proveBlock, (other, History.Proof(nodes, peaks, tailRoot)));
        _requireAnswer(call, IAnchors.NotAnchored.selector);
    }

    function _header(uint64 number, uint256 stateRoot) private pure returns (bytes memory) {
        bytes[] memory fields = new bytes[](21);
        for (uint256 i = 0; i < fields.length; ++i) fields[i] = RLP.encode(uint256(i));
        fields[3] = RLP.encode(bytes32(stateRoot));
        fields[4] = RLP.encode(bytes32(uint256(4)));
        fields[5] = RLP.encode(bytes32(uint256(9)));
        fields[8] = RLP.encode(uint256(number));
        fields[11] = RLP.encode(uint256(START));
        return RLP.encode(fields);
    }

    function _callAnchor(uint64 number, uint64 attestedAt, uint256 by) private view returns (bytes memory) {
        (bytes32 root, bytes32[] memory peaks, bytes32 tailRoot) = _reference.commit(number);
        return _encode(IAnchors.Anchor(number, attestedAt, _reference.hashOf(number), root), peaks, tailRoot, by);
    }

    /// @dev Bags the peaks that the last anchor's history has.
    function _encode(
        IAnchors.Anchor memory next,
        bytes32[] memory peaks,
        bytes32 tailRoot,
        uint256 by
    ) private view returns (bytes memory) {
        uint256 size;
        if (_anchors.latest().blockHash != 0) {
            (, bytes32[] memory old, ) = _reference.commit(_anchors.latest().number);
            size = _reference.sharedOf(old, peaks);
        }
        return _encodeFrom(next, peaks, size, tailRoot, by);
    }

    function _encodeFrom(
        IAnchors.Anchor memory next,
        bytes32[] memory peaks,
        uint256 size,
        bytes32 tailRoot,
        uint256 by
    ) private view returns (bytes memory) {
        bytes32[] memory added = new bytes32[](peaks.length - size);
        for (uint256 i = 0; i < added.length; ++i) added[i] = peaks[size + i];
        bytes memory signatures = signBy(by, _anchors.anchorDigest(next));
        return abi.encodeCall(IAnchors.anchor, (next, _reference.bagOf(peaks, size), added, tailRoot, signatures));
    }

    function _callCorrect(uint64 number, uint256 by) private view returns (bytes memory) {
        (bytes32 root, bytes32[] memory peaks, bytes32 tailRoot) = _reference.commit(number);
        IAnchors.Anchor memory next = IAnchors.Anchor(number, _now, _reference.hashOf(number), root);
        return _encodeCorrect(next, peaks, tailRoot, by);
    }

    function _encodeCorrect(
        IAnchors.Anchor memory next,
        bytes32[] memory peaks,
        bytes32 tailRoot,
        uint256 by
    ) private view returns (bytes memory) {
        bytes memory signatures = signBy(by, _anchors.correctionDigest(next));
        return abi.encodeCall(IAnchors.correct, (next, peaks, tailRoot, signatures));
    }

    function _anchor(uint64 number) private {
        _requireAnswer(_callAnchor(number, _now, 4), 0);
    }

    /// @dev Zero: the call is accepted.
    function _requireAnswer(bytes memory call, bytes4 refusal) private {
        (bool done, bytes memory answer) = address(_anchors).call(call);
        require(done == (refusal == 0), 'accepted or not');
        require(done || bytes4(answer) == refusal, 'another error');
    }

    function _warp(uint64 later) private {
        _now += later;
        CHEATS.warp(_now);
    }
}
