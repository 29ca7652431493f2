// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ERC20 } from '@openzeppelin/contracts/token/ERC20/ERC20.sol';

/// @title A main token that takes the amount from the recipient of a transfer
contract ShrinkingToken is ERC20 {
    constructor() ERC20('Shrinking', 'LESS') {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function transferFrom(address, address to, uint256 amount) public override returns (bool) {
        _burn(to, amount);
        return true;
    }
}
