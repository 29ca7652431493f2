// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ERC20 } from '@openzeppelin/contracts/token/ERC20/ERC20.sol';

/// @title A main token that refuses some recipients, in the ways that tokens in the wild do
contract RefusingToken is ERC20 {
    enum Refusal {
        None,
        Reverts,
        ReturnsFalse,
        BurnsGas,
        RevertsWith60kB
    }

    mapping(address recipient => Refusal) public refusal;

    error Blocked(address recipient);

    constructor() ERC20('Refusing', 'NO') {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function refuse(address recipient, Refusal how) external {
        refusal[recipient] = how;
    }

    function transfer(address to, uint256 amount) public virtual override returns (bool) {
        Refusal how = refusal[to];
        if (how == Refusal.Reverts) revert Blocked(to);
        if (how == Refusal.ReturnsFalse) return false;
        if (how == Refusal.BurnsGas) while (true) {}
        if (how == Refusal.RevertsWith60kB) {
            assembly ('memory-safe') {
                revert(0, 60000)
            }
        }
        return super.transfer(to, amount);
    }
}
