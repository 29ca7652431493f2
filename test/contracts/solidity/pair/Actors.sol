// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Ending } from './Ending.sol';

/// @title Everybody: holders, relayers, thieves, signers, and both bridges
contract Actors is Ending {
    function requireRules() external {
        _requireRules();
    }

    /// @dev Brings everything to its end and looks that it is one.
    function requireEnd() external {
        _settle();
        _requireRules();
        _requireSettled();
    }
}
