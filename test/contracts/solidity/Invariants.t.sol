// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Campaign } from './pair/Campaign.sol';

/// @title Rules 1, 2 and 3 of the design, over both bridges, whatever is called
/// @dev `Actors` foretells what each call does and reverts when it does something else; a revert fails the campaign.
contract Invariants is Campaign {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    /// @dev The runner reads the contracts to call from here. Without this list it calls everything that was deployed.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_actors);
    }

    /// @dev The runner's question: what to call.
    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_actors), _acts());
    }

    function invariant_TheRulesHoldAfterEveryCall() external {
        _actors.requireRules();
    }

    /// @dev After each run: whatever happened, everything comes to its end.
    function afterInvariant() external {
        _actors.requireEnd();
    }
}
