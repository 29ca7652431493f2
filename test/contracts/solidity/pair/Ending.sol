// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IBridge } from '../../../../contracts/interfaces/IBridge.sol';
import { IGoverned } from '../../../../contracts/interfaces/IGoverned.sol';
import { Governing } from './Governing.sol';

/// @title Every waiting transfer comes to its end, whatever happened before
/// @dev The token's manners no longer change: refused payments are bounced.
abstract contract Ending is Governing {
    function _settle() internal {
        for (uint256 half = 0; half < 2; ++half) {
            if (_halted && half == MAIN) continue;
            while (_at(half).paused()) _govern(half, abi.encodeCall(IGoverned.unpause, ()), true, 'unpaused');
        }
        for (uint256 lane = 0; lane < 2 * _pegs.length; ++lane) {
            if (!_halted || lane % 2 == 0) _voidFalse(lane);
        }
        if (_halted) _exitAll();
        // A bounce is a mint to come.
        for (uint256 lane = 1; lane < 2 * _pegs.length && !_halted; lane += 2) {
            _submitAll(lane);
            _releaseAll(lane);
            _bounceAll(lane);
        }
        for (uint256 lane = 0; lane < 2 * _pegs.length; lane += 2) {
            _submitAll(lane);
            _releaseAll(lane);
        }
    }

    function _submitAll(uint256 lane) private {
        uint256 length = _lanes[lane].length;
        for (uint256 first = 0; first < length; first += 256) {
            uint256 count = length - first < 256 ? length - first : 256;
            // With frames: what the token refuses is then refused alone, and can bounce.
            _submit(lane, first, count, _drawMask(_destinationOf(lane), true), true);
        }
    }

    function _releaseAll(uint256 lane) private {
        address productToken = _pegOf(lane).productToken;
        uint64[] memory nonces = _at(_destinationOf(lane)).parkedNonces(productToken, 0, type(uint256).max);
        for (uint256 i = 0; i < nonces.length; ++i) _release(lane, nonces[i], true);
    }

    function _bounceAll(uint256 lane) private {
        for (uint256 nonce = 0; nonce < _lanes[lane].length; ++nonce) {
            IBridge.Status status = _main().status(_pegOf(lane).productToken, uint64(nonce));
            if (_lanes[lane][nonce].fees) continue;
            if (status == IBridge.Status.Open || status == IBridge.Status.Parked) _bounce(lane, nonce, true);
        }
    }

    function _voidFalse(uint256 lane) private {
        for (uint256 nonce = 0; nonce < _lanes[lane].length; ++nonce) {
            while (_false[lane][nonce]) _void(lane, nonce);
        }
    }
}
