// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IBridge } from '../../../../contracts/interfaces/IBridge.sol';
import { IMainBridge } from '../../../../contracts/interfaces/IMainBridge.sol';
import { RefusingToken } from '../../mocks/RefusingToken.sol';
import { WildToken } from '../../mocks/WildToken.sol';
import { Outbound } from './Outbound.sol';

/// @title What a batch should do, by the words of the design
abstract contract Foresight is Outbound {
    /// @dev Where each item stands after a complete batch, by the words of the design.
    function _foresee(
        uint256 lane,
        uint256 first,
        IBridge.Status[] memory before
    ) internal returns (IBridge.Status[] memory ends) {
        IBridge.Peg memory peg = _at(_destinationOf(lane)).peg(_pegOf(lane).productToken);
        uint256 left = peg.available;
        bool parkedOne;
        ends = new IBridge.Status[](before.length);
        for (uint256 k = 0; k < before.length; ++k) {
            ends[k] = before[k];
            if (before[k] != IBridge.Status.Open) continue;
            uint256 amount = _amountOf(lane, first + k);
            if (peg.capacity != MAXIMUM) {
                if (amount > left) {
                    ends[k] = IBridge.Status.Parked;
                    parkedOne = true;
                    _reach('parked');
                    continue;
                }
                left -= amount;
                if (parkedOne) _reach('a later item that fits still goes');
            }
            if (_refuses(lane, first + k)) _reach('refused by its token');
            else ends[k] = IBridge.Status.Executed;
        }
    }

    function _refuses(uint256 lane, uint256 nonce) internal view returns (bool) {
        if (lane % 2 == 0 || _pegOf(lane).mainToken != address(_wild)) return false;
        WildToken.Manner manner = _wild.manner();
        if (manner == WildToken.Manner.IsPaused || manner == WildToken.Manner.ReturnsFalse) return true;
        return _wild.refusal(_lanes[lane][nonce].recipient) != RefusingToken.Refusal.None;
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
            if (IMainBridge(address(bridge)).failedAt(productToken, uint64(nonce)) != 0) return (true, nonce);
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
