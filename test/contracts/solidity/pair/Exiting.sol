// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IMainBridge } from '../../../../contracts/interfaces/IMainBridge.sol';
import { CHEATS } from '../support/Cheats.sol';
import { Attacking } from './Attacking.sol';

/// @title What the exits do to the main bridge: this contract is its `exits`
abstract contract Exiting is Attacking {
    uint256 private _exits;

    /// @dev Rare, as nothing moves on the main chain afterwards. A stranger's attempt changes nothing.
    function halt(uint256 seed) external acting(seed) {
        IMainBridge bridge = _main();
        if (_draw(24) != 0) {
            CHEATS.prank(_account('thief', 0, 0));
            (bool done, ) = address(bridge).call(abi.encodeCall(IMainBridge.halt, ()));
            require(!done, 'halt: a stranger');
            return;
        }
        bridge.halt();
        _halted = true;
        _reach('halted');
        require(bridge.halted() && bridge.paused(), 'halt: paused');
    }

    /// @dev Out of the collateral, then out of the fees, to one who may refuse; now and then more than there is.
    function payExit(uint256 seed) external acting(seed) {
        uint256 index = _draw(_pegs.length);
        uint256 most = _main().locked(_pegs[index].productToken) + _fees[2 * index].pot;
        uint256 amount = _draw(4) == 0 ? most + _draw(2) : _draw(most + 1);
        address to = _account('exit', index, ++_exits);
        if (_pegs[index].mainToken != address(_plain) && _draw(4) == 0) _refuseTo(index, to, 2 * index + 1);
        _payExit(index, to, amount, _draw(8) != 0);
    }

    /// @dev Nothing is left, and nothing more is paid.
    function _exitAll() internal {
        for (uint256 index = 0; index < _pegs.length; ++index) {
            address productToken = _pegs[index].productToken;
            uint256 rest = _main().locked(productToken) + _fees[2 * index].pot;
            _payExit(index, _account('exit', index, ++_exits), rest, true);
            rest = _main().locked(productToken) + _fees[2 * index].pot;
            _payExit(index, _account('exit', index, ++_exits), rest + 1, true);
        }
    }

    function _payExit(uint256 index, address to, uint256 amount, bool byExits) private {
        IMainBridge bridge = _main();
        address productToken = _pegs[index].productToken;
        uint256 locked = bridge.locked(productToken);
        uint256 pot = _fees[2 * index].pot;
        uint256 balance = _balanceOf(_pegs[index].mainToken, to);
        bool due = _halted && byExits && amount <= locked + pot && _pays(index, to);
        if (!byExits) CHEATS.prank(to);
        (bool done, ) = address(bridge).call(abi.encodeCall(IMainBridge.payExit, (productToken, to, amount)));
        require(done == due, 'exit: paid or not');

        _reachIf(done, 'exit paid', 'exit refused');
        uint256 paid = _balanceOf(_pegs[index].mainToken, to) - balance;
        require(paid == (done ? amount : 0), 'exit: the amount');
        if (!done) return;
        uint256 fromLocked = amount < locked ? amount : locked;
        _exited[index] += fromLocked;
        _fees[2 * index].pot = pot - (amount - fromLocked);
        if (fromLocked != amount) _reach('exit paid out of fees');
    }
}
