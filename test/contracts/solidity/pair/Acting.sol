// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Rules } from './Rules.sol';

/// @title The beginning of every act, and the count of each state that was reached
abstract contract Acting is Rules {
    mapping(string what => uint256) public reached;

    /// @dev Each act draws its own particulars from the one number that it is given.
    modifier acting(uint256 seed) {
        _seed(seed);
        _now += _draw(15);
        _height += 1 + _draw(3);
        _;
    }

    function _reach(string memory what) internal {
        ++reached[what];
    }

    function _reachIf(bool done, string memory what, string memory refusal) internal {
        _reach(done ? what : refusal);
    }
}
