// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IBridge } from '../../../../contracts/interfaces/IBridge.sol';
import { RefusingToken } from '../../mocks/RefusingToken.sol';
import { WildToken } from '../../mocks/WildToken.sol';
import { Outbound } from './Outbound.sol';

/// @title The expected outcome of a batch, as the design specifies it
abstract contract Foresight is Outbound {
    /// @dev The status of each item after a complete batch, as the design specifies it.
    function _foresee(
        uint256 lane,
        uint256 first,
        IBridge.Status[] memory before
    ) internal returns (IBridge.Status[] memory ends) {
        bool limited = _buckets[lane].capacity != MAXIMUM;
        uint256 left = _available(lane);
        uint256 refused;
        bool parkedOne;
        ends = new IBridge.Status[](before.length);
        for (uint256 k = 0; k < before.length; ++k) {
            ends[k] = before[k];
            if (before[k] != IBridge.Status.Open) continue;
            uint256 amount = _amountOf(lane, first + k);
            if (limited) {
                if (amount > left) {
                    ends[k] = IBridge.Status.Parked;
                    parkedOne = true;
                    _reach('parked');
                    continue;
                }
                left -= amount;
                if (parkedOne) _reach('a later item that fits still goes');
            }
            if (_refuses(lane, first + k)) {
                _reach('refused by its token');
                refused += amount;
                _noteRefusal(lane, first + k);
            } else {
                ends[k] = IBridge.Status.Executed;
            }
        }
        if (!limited) return ends;
        _setLevel(lane, left);
        if (refused != 0) _refill(lane, refused);
    }

    /// @dev True if the token answers a payment with neither success nor failure: without frames nothing is paid.
    function _isAmbiguous(uint256 lane, uint256 first, IBridge.Status[] memory before) internal view returns (bool) {
        if (lane % 2 == 0 || _pegOf(lane).mainToken != address(_wild)) return false;
        bool limited = _buckets[lane].capacity != MAXIMUM;
        uint256 left = _available(lane);
        for (uint256 k = 0; k < before.length; ++k) {
            if (before[k] != IBridge.Status.Open) continue;
            uint256 amount = _amountOf(lane, first + k);
            if (limited && amount > left) continue;
            if (limited) left -= amount;
            if (_answersFalse(_lanes[lane][first + k].recipient)) return true;
        }
        return false;
    }

    function _answersFalse(address recipient) private view returns (bool) {
        RefusingToken.Refusal how = _wild.refusal(recipient);
        WildToken.Manner manner = _wild.manner();
        // A revert comes before the answer.
        if (manner == WildToken.Manner.IsPaused || how == RefusingToken.Refusal.Reverts) return false;
        if (how == RefusingToken.Refusal.BurnsGas || how == RefusingToken.Refusal.RevertsWith60kB) return false;
        if (how == RefusingToken.Refusal.RevertsAfter60kB) return false;
        if (manner == WildToken.Manner.Answers && how == RefusingToken.Refusal.None) return !_answerProves;
        return manner == WildToken.Manner.ReturnsFalse || how != RefusingToken.Refusal.None;
    }

    function _noteRefusal(uint256 lane, uint256 nonce) internal {
        if (_refusedAt[lane][nonce] == 0) _refusedAt[lane][nonce] = _now;
    }

    function _refuses(uint256 lane, uint256 nonce) internal view returns (bool) {
        return lane % 2 == 1 && !_pays(lane / 2, _lanes[lane][nonce].recipient);
    }

    function _statuses(uint256 lane, uint256 first, uint256 count) internal returns (IBridge.Status[] memory statuses) {
        IBridge bridge = _at(_destinationOf(lane));
        statuses = new IBridge.Status[](count);
        for (uint256 k = 0; k < count; ++k) {
            statuses[k] = bridge.status(_pegOf(lane).productToken, uint64(first + k));
        }
    }

    function _anyOpen(IBridge.Status[] memory statuses) internal pure returns (bool) {
        for (uint256 k = 0; k < statuses.length; ++k) if (statuses[k] == IBridge.Status.Open) return true;
        return false;
    }

    /// @dev The next nonce of the lane from `start` on, round its end, that stands so.
    function _search(
        uint256 lane,
        uint256 start,
        IBridge.Status status,
        bool refusedBefore
    ) internal returns (bool found, uint256 nonce) {
        IBridge bridge = _at(_destinationOf(lane));
        address productToken = _pegOf(lane).productToken;
        uint256 length = _lanes[lane].length;
        for (uint256 i = 0; i < length; ++i) {
            nonce = (start + i) % length;
            if (bridge.status(productToken, uint64(nonce)) != status) continue;
            if (!refusedBefore) return (true, nonce);
            if (_refusedAt[lane][nonce] != 0) return (true, nonce);
        }
    }

    function _anyParked() internal returns (bool found, uint256 lane, uint256 nonce) {
        uint256 start = _draw(2 * _pegs.length);
        for (uint256 i = 0; i < 2 * _pegs.length && !found; ++i) {
            lane = (start + i) % (2 * _pegs.length);
            (found, nonce) = _search(lane, _draw(1 << 32), IBridge.Status.Parked, false);
        }
    }
}
