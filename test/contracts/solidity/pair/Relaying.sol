// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IBridge } from '../../../../contracts/interfaces/IBridge.sol';
import { IMainBridge } from '../../../../contracts/interfaces/IMainBridge.sol';
import { IProductBridge } from '../../../../contracts/interfaces/IProductBridge.sol';
import { SOURCE_BLOCK, digestOf, single } from '../support/Batches.sol';
import { Foresight } from './Foresight.sol';

/// @title The acts of relayers
/// @dev Each call's outcome is predicted, and compared.
abstract contract Relaying is Foresight {
    struct Sent {
        uint256 lane;
        uint64 first;
        bytes transfers;
        bytes signatures;
        uint32 mask;
        uint64 epoch;
        bool taken;
        bool guarded;
    }

    Sent[] internal _sent;

    /// @dev A quorum's batch from anywhere in a lane; now and then all of it.
    function relay(uint256 seed) external acting(seed) {
        uint256 lane = _draw(2 * _pegs.length);
        uint256 length = _lanes[lane].length;
        if (length == 0) return;
        uint256 first = _draw(4) == 0 ? 0 : _draw(length);
        uint256 most = length - first < 256 ? length - first : 256;
        uint256 count = first == 0 ? most : 1 + _draw(most);
        _submit(lane, first, count, _drawMask(_destinationOf(lane), true), _draw(2) == 0);
    }

    /// @dev Some signatures only, now and then from several relayers, for the oldest that is open: approvals meet.
    function approve(uint256 seed) external acting(seed) {
        uint256 lane = _draw(2 * _pegs.length);
        (bool found, uint256 nonce) = _search(lane, 0, IBridge.Status.Open, false);
        for (uint256 left = 1 + _draw(4); found && left > 0; --left) {
            _submit(lane, nonce, 1, _drawMask(_destinationOf(lane), false), _draw(2) == 0);
        }
    }

    function release(uint256 seed) external acting(seed) {
        (bool found, uint256 lane, uint256 nonce) = _anyParked();
        // Humans void false content before its delay is over; see `voidParked`.
        if (!found || _false[lane][nonce]) return;
        _release(lane, nonce, _draw(3) != 0);
    }

    /// @dev Of a refused transfer that is open or, by an old batch that was sent again, parked.
    function bounce(uint256 seed) external acting(seed) {
        uint256 start = _draw(_pegs.length);
        IBridge.Status status = _draw(2) == 0 ? IBridge.Status.Open : IBridge.Status.Parked;
        for (uint256 i = 0; i < _pegs.length; ++i) {
            uint256 lane = 2 * ((start + i) % _pegs.length) + 1;
            (bool found, uint256 nonce) = _search(lane, _draw(1 << 32), status, true);
            if (found) return _bounce(lane, nonce, _draw(2) == 0);
        }
    }

    function wait(uint256 seed) external acting(seed) {
        _now += _draw(2 days);
        _height += _draw(10_000);
    }

    /// @dev Sends a batch as it departed, and compares what happens with what should.
    function _submit(uint256 lane, uint256 first, uint256 count, uint32 mask, bool guarded) internal {
        uint256 half = _destinationOf(lane);
        bytes memory transfers = _pack(lane, first, count);
        bytes memory signatures = _sign(half, _digestOf(lane, first, transfers), mask);
        uint64 epoch = _at(half).signerEpoch();
        bool done = _sendForeseen(lane, first, transfers, signatures, mask, guarded);
        if (mask != 0) _sent.push(Sent(lane, uint64(first), transfers, signatures, mask, epoch, done, guarded));
    }

    /// @param mask The signers with valid signatures now.
    function _sendForeseen(
        uint256 lane,
        uint256 first,
        bytes memory transfers,
        bytes memory signatures,
        uint32 mask,
        bool guarded
    ) internal returns (bool done) {
        uint256 half = _destinationOf(lane);
        uint32 kept = _at(half).approvals(_digestOf(lane, first, transfers));
        bool complete = _count(mask | kept) >= _halves[half].threshold;
        IBridge.Status[] memory ends = _statuses(lane, first, transfers.length / 36);
        bool due = !_at(half).paused() && _anyOpen(ends) && (complete || mask & ~kept != 0);
        if (complete && due && !guarded && _isAmbiguous(lane, first, ends)) {
            due = false;
            _reach('ambiguous answer');
        }
        if (complete && due) ends = _foresee(lane, first, ends);

        done = _send(lane, uint64(first), transfers, signatures, guarded);
        require(done == due, 'batch: taken or not');
        IBridge.Status[] memory found = _statuses(lane, first, ends.length);
        for (uint256 k = 0; k < ends.length; ++k) require(found[k] == ends[k], 'batch: where each item stands');

        if (!done) _reach('batch refused');
        else if (!complete) _reach('approvals kept');
        else _reach(_count(mask) < _halves[half].threshold ? 'approvals complete' : 'batch executed');
    }

    function _digestOf(uint256 lane, uint256 first, bytes memory transfers) private returns (bytes32) {
        return digestOf(_at(_destinationOf(lane)), _pegOf(lane).productToken, uint64(first), transfers);
    }

    function _release(uint256 lane, uint256 nonce, bool patient) internal {
        address productToken = _pegOf(lane).productToken;
        IBridge bridge = _at(_destinationOf(lane));
        uint256 releasableAt = bridge.parked(productToken, uint64(nonce)).releasableAt;
        if (patient && _now < releasableAt) _now = releasableAt;
        bridge = _at(_destinationOf(lane));

        bool due = !bridge.paused() && _now >= releasableAt;
        if (due && _refuses(lane, nonce)) _noteRefusal(lane, nonce);
        bool refused = _refuses(lane, nonce);
        (bool done, ) = address(bridge).call(abi.encodeCall(IBridge.release, (productToken, single(uint64(nonce)))));
        require(done == due, 'release: done or not');

        _reachIf(done, refused ? 'released and refused' : 'released', 'release refused');
        if (!done) return;
        IBridge.Status end = refused ? IBridge.Status.Parked : IBridge.Status.Executed;
        require(bridge.status(productToken, uint64(nonce)) == end, 'release: where it stands');
    }

    function _bounce(uint256 lane, uint256 nonce, bool patient) internal {
        address productToken = _pegOf(lane).productToken;
        IMainBridge bridge = _main();
        uint256 allowedAt = _refusedAt[lane][nonce] + bridge.delays().bounceDelay;
        if (patient && _now < allowedAt) _now = allowedAt;
        bridge = _main();

        require(bridge.failedAt(productToken, uint64(nonce)) == _refusedAt[lane][nonce], 'failedAt');
        // A transfer that carries fees stays open until it can be paid.
        bool due = !bridge.paused() && _now >= allowedAt && !_lanes[lane][nonce].fees;
        bool parked = bridge.status(productToken, uint64(nonce)) == IBridge.Status.Parked;
        Transfer memory item = _lanes[lane][nonce];
        IMainBridge.Bounce memory statement = IMainBridge.Bounce(
            productToken,
            uint64(nonce),
            item.sender,
            item.recipient,
            item.mainAmount,
            _now
        );
        bytes32 digest = bridge.bounceDigest(statement);
        bytes memory call = abi.encodeCall(IMainBridge.bounce, (statement, _sign(MAIN, digest, _drawMask(MAIN, true))));
        (bool done, ) = address(bridge).call(call);
        require(done == due, 'bounce: done or not');

        _reachIf(done, parked ? 'bounced while parked' : 'bounced', 'bounce refused');
        if (!done) return;
        delete _false[lane][nonce];
        require(bridge.status(productToken, uint64(nonce)) == IBridge.Status.Bounced, 'bounce: where it stands');
        _departed(
            lane / 2,
            Transfer(address(bridge), item.sender, item.mainAmount, item.productAmount, true, false),
            nonce + 1
        );
    }

    function _send(
        uint256 lane,
        uint64 first,
        bytes memory transfers,
        bytes memory signatures,
        bool guarded
    ) internal returns (bool done) {
        address productToken = _pegOf(lane).productToken;
        bytes4 selector = guarded ? IMainBridge.withdrawGuarded.selector : IMainBridge.withdraw.selector;
        if (lane % 2 == 0) selector = IProductBridge.mint.selector;
        bytes memory call = abi.encodeWithSelector(selector, productToken, first, transfers, signatures, SOURCE_BLOCK);
        (done, ) = address(_at(_destinationOf(lane))).call(call);
    }
}
