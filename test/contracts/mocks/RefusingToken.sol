// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ERC20 } from '@openzeppelin/contracts/token/ERC20/ERC20.sol';

/// @title A main token that refuses some recipients, in the ways that tokens in the wild do
/// @dev Moves before it answers: an answer other than `true` is no proof that nothing moved.
contract RefusingToken is ERC20 {
    enum Refusal {
        None,
        Reverts,
        ReturnsFalse,
        BurnsGas,
        RevertsWith60kB,
        ReturnsFalseAnd60kB,
        RevertsAfter60kB,
        ReturnsFalseAfter60kB
    }

    /// @dev Zeros, as far as nothing was written.
    uint256 private constant LONG = 60_000;

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
        if (how == Refusal.BurnsGas) while (true) {}
        bool moved = super.transfer(to, amount);
        if (how == Refusal.ReturnsFalse) return false;
        if (uint8(how) >= uint8(Refusal.RevertsWith60kB)) _answer(how);
        return moved;
    }

    /// @dev Takes the same memory whether all of it is the answer, or 32 bytes.
    function _answer(Refusal how) private pure {
        bool all = how == Refusal.RevertsWith60kB || how == Refusal.ReturnsFalseAnd60kB;
        bool reverts = how == Refusal.RevertsWith60kB || how == Refusal.RevertsAfter60kB;
        uint256 size = all ? LONG : 32;
        assembly ('memory-safe') {
            let start := add(mload(0x40), 32)
            mstore(add(start, LONG), 0)
            if reverts {
                revert(start, size)
            }
            return(start, size)
        }
    }
}
