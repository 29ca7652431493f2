// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ERC20 } from '@openzeppelin/contracts/token/ERC20/ERC20.sol';

/// @title A main token of the old kind: no permit, an allowance changes only from or to zero, and nothing is returned
contract OldToken is ERC20 {
    error AllowanceInUse();

    constructor() ERC20('Old', 'OLD') {}

    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function approve(address spender, uint256 amount) public override returns (bool) {
        if (amount != 0 && allowance(msg.sender, spender) != 0) revert AllowanceInUse();
        super.approve(spender, amount);
        _answer();
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        super.transfer(to, amount);
        _answer();
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        super.transferFrom(from, to, amount);
        _answer();
    }

    function _answer() private pure {
        assembly ('memory-safe') {
            return(0, 0)
        }
    }
}
