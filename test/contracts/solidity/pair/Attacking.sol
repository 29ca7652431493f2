// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from '@openzeppelin/contracts/token/ERC20/IERC20.sol';

import { IBridge } from '../../../../contracts/interfaces/IBridge.sol';
import { IMainBridge } from '../../../../contracts/interfaces/IMainBridge.sol';
import { RefusingToken } from '../../mocks/RefusingToken.sol';
import { WildToken } from '../../mocks/WildToken.sol';
import { SOURCE_BLOCK, digestOf } from '../support/Batches.sol';
import { Relaying } from './Relaying.sol';

/// @title What those do who would like to be paid, and a token of bad manners
abstract contract Attacking is Relaying {
    /// @dev What was sent before, unchanged or to another lane, nonce or bridge.
    function replay(uint256 seed) external acting(seed) {
        if (_sent.length == 0) return;
        uint256 place = _draw(_sent.length);
        // What a pause refused may be taken later.
        if (_draw(4) != 0) {
            for (place = _sent.length - 1; place > 0 && _sent[place].taken;) --place;
        }
        Sent storage old = _sent[place];
        uint256 lane = _draw(4) != 0 ? old.lane : _draw(2 * _pegs.length);
        uint64 first = _draw(4) != 0 ? old.first : uint64(_draw(_lanes[old.lane].length + 2));
        uint256 count = old.transfers.length / 36;
        bool inLane = lane == old.lane && first == old.first;
        IBridge.Status[] memory before = inLane ? _statuses(lane, first, count) : new IBridge.Status[](0);
        uint256 left = _available(lane);
        bool done = _send(lane, first, old.transfers, old.signatures, old.guarded);
        if (done && inLane) _noteReplay(lane, first, before, left);
        bool same = lane == old.lane && first == old.first;
        require(same || !done, 'rule 3: signatures of another lane, nonce or direction');
        _reachIf(done, 'replay executed what was refused before', same ? 'replay refused' : 'misplaced replay refused');
    }

    /// @dev A replay of a batch that was refused as a whole, or in part, before. Where its items stand now shows what it did; of
    /// what is open still, the token refused what its signatures would have paid.
    function _noteReplay(uint256 lane, uint256 first, IBridge.Status[] memory before, uint256 left) private {
        IBridge.Status[] memory found = _statuses(lane, first, before.length);
        bool executed;
        for (uint256 k = 0; k < found.length; ++k) executed = executed || found[k] != before[k];
        bool limited = _buckets[lane].capacity != MAXIMUM;
        for (uint256 k = 0; k < found.length; ++k) {
            if (before[k] != IBridge.Status.Open) continue;
            if (found[k] == IBridge.Status.Executed) left -= limited ? _amountOf(lane, first + k) : 0;
            // Signatures of too few are an approval, which changes nothing here.
            if (found[k] == IBridge.Status.Open && (executed || _wasRefused(lane, first + k))) {
                require(_refuses(lane, first + k), 'replay: not paid, and not refused');
                _noteRefusal(lane, first + k);
            }
        }
        if (executed && limited) _setLevel(lane, left);
    }

    function _wasRefused(uint256 lane, uint256 nonce) private returns (bool) {
        return lane % 2 == 1 && _main().failedAt(_pegOf(lane).productToken, uint64(nonce)) == _now;
    }

    /// @dev Fewer than a quorum pay themselves.
    function steal(uint256 seed) external acting(seed) {
        uint256 lane = _draw(2 * _pegs.length);
        uint256 half = _destinationOf(lane);
        IBridge bridge = _at(half);
        PegWords storage peg = _pegOf(lane);
        uint64 first = uint64(_draw(_lanes[lane].length + 2));
        address thief = _account('thief', lane, _draw(type(uint256).max));
        bytes memory transfers = abi.encodePacked(thief, _drawAmount(1));
        uint32 mask = _drawMask(half, false);
        bytes32 digest = digestOf(bridge, peg.productToken, first, transfers);
        bytes memory signatures = _sign(half, digest, mask);

        bool done = _send(lane, first, transfers, signatures, _draw(2) == 0);
        address token = lane % 2 == 0 ? peg.productToken : peg.mainToken;
        require(IERC20(token).balanceOf(thief) == 0, 'rule 3: fewer than the threshold moved something');
        _reachIf(done, 'false approvals kept', 'false approvals refused');
    }

    /// @dev A deceived quorum signs what never departed; the limit holds it, until humans void it.
    function deceive(uint256 seed) external acting(seed) {
        uint256 lane = _draw(2 * _pegs.length);
        uint256 half = _destinationOf(lane);
        (bool found, uint256 nonce) = _search(lane, _draw(1 << 32), IBridge.Status.Open, false);
        IBridge bridge = _at(half);
        address productToken = _pegOf(lane).productToken;
        if (!found || _buckets[lane].capacity == MAXIMUM) return;
        address thief = _account('thief', lane, nonce);
        bytes memory transfers = abi.encodePacked(thief, uint128(_available(lane) + 1 + _draw(1e18)));
        bytes32 digest = digestOf(bridge, productToken, uint64(nonce), transfers);
        bytes memory signatures = _sign(half, digest, _drawMask(half, true));

        bool done = _send(lane, uint64(nonce), transfers, signatures, _draw(2) == 0);
        require(done != bridge.paused(), 'false content: parked or not');
        if (!done) return;
        _setLevel(lane, _available(lane));
        require(bridge.status(productToken, uint64(nonce)) == IBridge.Status.Parked, 'false content: parked');
        _false[lane][nonce] = true;
        _reach('false content parked');
    }

    /// @dev The wild token changes its manners toward all, or toward one who waits to be paid.
    function misbehave(uint256 seed) external acting(seed) {
        if (_draw(3) == 0) {
            WildToken.Manner manner = [
                WildToken.Manner.Plain,
                WildToken.Manner.Plain,
                WildToken.Manner.ReturnsNothing,
                WildToken.Manner.ReturnsFalse,
                WildToken.Manner.IsPaused,
                WildToken.Manner.Reenters
            ][_draw(6)];
            if (manner == WildToken.Manner.Reenters) _prepareReentry();
            _wild.behave(manner);
            return;
        }
        uint256 lane = 5 + 2 * _draw(2);
        (bool parked, uint256 nonce) = _search(lane, _draw(1 << 32), IBridge.Status.Parked, false);
        if (parked && !_false[lane][nonce] && _draw(2) == 0) {
            _refuse(lane, nonce);
            _release(lane, nonce, _draw(4) != 0);
            return;
        }
        bool open;
        (open, nonce) = _search(lane, _draw(1 << 32), IBridge.Status.Open, false);
        if (open) _refuse(lane, nonce);
    }

    function _refuse(uint256 lane, uint256 nonce) private {
        _wild.refuse(_lanes[lane][nonce].recipient, RefusingToken.Refusal(_draw(5)));
    }

    /// @dev What the token does in the middle of each transfer would work at any other time.
    function _prepareReentry() private {
        uint256 lane = 5 + 2 * _draw(2);
        address productToken = _pegOf(lane).productToken;
        IBridge bridge = _at(MAIN);
        bytes[] memory calls = new bytes[](2);
        uint128 amount = 7_000;
        _wild.mint(address(_wild), 1e30);
        _wild.lend(address(bridge));
        calls[0] = abi.encodeCall(IMainBridge.deposit, (productToken, amount, _account('thief', lane, 0), 0));
        uint256 length = _lanes[lane].length > 2 ? 2 : _lanes[lane].length;
        uint256 first = _lanes[lane].length - length;
        bytes memory transfers = _pack(lane, first, length);
        bytes32 digest = digestOf(bridge, productToken, uint64(first), transfers);
        bytes memory signatures = _sign(MAIN, digest, _drawMask(MAIN, true));
        calls[1] = abi.encodeCall(
            IMainBridge.withdraw,
            (productToken, uint64(first), transfers, signatures, SOURCE_BLOCK)
        );
        _wild.prepare(address(bridge), calls);
    }
}
