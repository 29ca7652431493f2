// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ERC20 } from '@openzeppelin/contracts/token/ERC20/ERC20.sol';

/// @title A main token with a lock of its own, which calls out while it holds it
/// @dev As flash loans, ERC-1363 callbacks and sales do: the called contract can make any payment of the token fail.
contract LockedToken is ERC20 {
    bool private _locked;

    error Locked();
    error CalleeReverted();

    modifier locks() {
        if (_locked) revert Locked();
        _locked = true;
        _;
        _locked = false;
    }

    constructor() ERC20('Locked', 'LOCK') {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function callLocked(address target, bytes calldata data) external locks {
        (bool success, ) = target.call(data);
        if (!success) revert CalleeReverted();
    }

    function transfer(address to, uint256 amount) public override locks returns (bool) {
        return super.transfer(to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) public override locks returns (bool) {
        return super.transferFrom(from, to, amount);
    }
}
