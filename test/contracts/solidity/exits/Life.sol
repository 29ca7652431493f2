// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from '@openzeppelin/contracts/token/ERC20/IERC20.sol';

import { IBridge } from '../../../../contracts/interfaces/IBridge.sol';
import { World } from './World.sol';

/// @title A random life of one peg, before its signers fall silent
abstract contract Life is World {
    uint256 internal constant UNIT = 1e18;
    uint256 private constant STEPS = 28;

    uint256 private _entropy;

    /// @dev With an honest quorum.
    function _live(uint256 seed) internal {
        _entropy = seed;
        for (uint256 i = 0; i < STEPS; ++i) _step(_draw(14));
    }

    function _step(uint256 what) private {
        if (what < 3) {
            uint128 amount = uint128(7 * (1 + _draw(50 * UNIT)));
            return _deposit(_draw(HOLDERS), _draw(HOLDERS), amount);
        }
        if (what < 6) return _redeemSome();
        if (what < 8) {
            (bool any, uint256 nonce) = _find(PRODUCT, _deposits.length, IBridge.Status.Open);
            if (any) _mint(nonce, 1 + _draw(_deposits.length - nonce));
            return;
        }
        if (what < 10) {
            (bool any, uint256 nonce) = _find(MAIN, _redeems.length, IBridge.Status.Open);
            if (any) _withdraw(nonce, 1 + _draw(_redeems.length - nonce));
            return;
        }
        if (what == 10) return _settleParked(_draw(2));
        if (what == 11) return _bounceOne();
        if (what == 12) return _departFees();
        _anchor();
    }

    function _redeemSome() private {
        uint256 from = _draw(HOLDERS);
        uint256 balance = IERC20(_productToken).balanceOf(_holder(from));
        if (balance < UNIT) return;
        uint128 amount = uint128((balance * (1 + _draw(90))) / 100);
        amount -= amount % 3;
        address recipient = address(uint160(0x4ec1000 + _redeems.length));
        if (_draw(3) == 0) _refuse(recipient, true);
        _redeem(from, recipient, amount);
    }

    function _settleParked(uint256 half) private {
        uint256 length = half == MAIN ? _redeems.length : _deposits.length;
        (bool any, uint256 nonce) = _find(half, length, IBridge.Status.Parked);
        if (!any) return;
        if (_draw(2) == 0) _release(half, nonce);
        else _void(half, nonce);
    }

    function _bounceOne() private {
        for (uint256 nonce = 0; nonce < _redeems.length; ++nonce) {
            IBridge.Status status = _main().status(_productToken, uint64(nonce));
            bool ended = status == IBridge.Status.Executed || status == IBridge.Status.Bounced;
            if (!ended && _main().failedAt(_productToken, uint64(nonce)) != 0) return _bounce(nonce);
        }
    }

    function _find(uint256 half, uint256 length, IBridge.Status status) private returns (bool, uint256) {
        uint256 start = length == 0 ? 0 : _draw(length);
        for (uint256 i = 0; i < length; ++i) {
            uint256 nonce = (start + i) % length;
            if (_at(half).status(_productToken, uint64(nonce)) == status) return (true, nonce);
        }
        return (false, 0);
    }

    function _draw(uint256 bound) internal returns (uint256) {
        _entropy = uint256(keccak256(abi.encode(_entropy)));
        return _entropy % bound;
    }
}
