// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { RefusingToken } from './RefusingToken.sol';

/// @title A main token with the manners of tokens in the wild: toward everybody, where `RefusingToken` is toward some
contract WildToken is RefusingToken {
    enum Manner {
        Plain,
        ReturnsNothing,
        ReturnsFalse,
        TakesFee,
        IsPaused,
        Reenters,
        Answers
    }

    Manner public manner;
    /// @notice How many of the calls that were made in the middle of a transfer succeeded.
    uint256 public breaches;

    address private _target;
    bytes[] private _calls;
    bytes private _words;

    error EnforcedPause();

    function behave(Manner how) external {
        manner = how;
    }

    /// @notice What `Reenters` does with every transfer.
    function prepare(address target, bytes[] calldata calls) external {
        _target = target;
        _calls = calls;
    }

    /// @notice What `Answers` returns from every transfer, instead of `true`.
    function say(bytes calldata words) external {
        manner = Manner.Answers;
        _words = words;
    }

    /// @notice Lets `spender` take what the token itself holds.
    function lend(address spender) external {
        _approve(address(this), spender, type(uint256).max);
    }

    /// @notice Takes a balance back, as rebasing and seizable tokens do.
    function seize(address holder, uint256 amount) external {
        _burn(holder, amount);
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        if (!super.transfer(to, amount) || manner == Manner.ReturnsFalse) return false;
        _answer();
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        if (!super.transferFrom(from, to, amount) || manner == Manner.ReturnsFalse) return false;
        _answer();
        return true;
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);

        if (from == address(0) || to == address(0)) return;
        if (manner == Manner.IsPaused) revert EnforcedPause();
        if (manner == Manner.TakesFee) super._update(to, address(0), (amount + 99) / 100);
        if (manner == Manner.Reenters) _reenter();
    }

    function _reenter() private {
        for (uint256 i = 0; i < _calls.length; ++i) {
            (bool success, ) = _target.call(_calls[i]);
            if (success) ++breaches;
        }
    }

    function _answer() private view {
        if (manner != Manner.ReturnsNothing && manner != Manner.Answers) return;
        bytes memory words = manner == Manner.Answers ? _words : bytes('');
        assembly ('memory-safe') {
            return(add(words, 32), mload(words))
        }
    }
}
