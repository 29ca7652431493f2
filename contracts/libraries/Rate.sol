// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from '@openzeppelin/contracts/utils/math/Math.sol';

import { IBridge } from '../interfaces/IBridge.sol';

/// @title Exact conversion at a peg's rate
library Rate {
    /// @notice Refuses a rate with a zero part or a common divisor.
    function requireValid(uint128 numerator, uint128 denominator) internal pure {
        if (numerator == 0 || denominator == 0 || _greatestCommonDivisor(numerator, denominator) != 1) {
            revert IBridge.InvalidRate(numerator, denominator);
        }
    }

    /// @notice Refuses a minimum of zero, or one that does not convert.
    function requireMinimum(uint128 minimum, uint128 step) internal pure {
        require(minimum != 0 && minimum % step == 0, IBridge.InvalidMinimum(minimum, step));
    }

    /// @notice The exact amount on the other side, `amount / divisor * multiplier`.
    /// @param amount At most what the destination can hold and `headroom` allows; a multiple of `divisor`; not below `minimum`.
    /// @param minimum A multiple of `divisor`, or 1.
    /// @param headroom The most that the source bridge can still take of the peg.
    function convert(
        uint256 amount,
        uint128 multiplier,
        uint128 divisor,
        uint128 minimum,
        uint128 headroom
    ) internal pure returns (uint128) {
        uint256 maximum = Math.min(headroom, uint256(type(uint128).max / multiplier) * divisor);
        maximum -= maximum % divisor;
        // A maximum below the minimum would be refused as well: no amount fits.
        if (maximum < minimum) maximum = 0;
        require(amount <= maximum, IBridge.AmountTooLarge(amount, maximum));
        // Before exactness: the minimum is a multiple of the divisor, so the amount named below an inexact one is accepted.
        require(amount >= minimum, IBridge.AmountBelowMinimum(amount, minimum));
        require(amount % divisor == 0, IBridge.InexactAmount(amount, amount - (amount % divisor)));

        return uint128((amount / divisor) * multiplier);
    }

    function _greatestCommonDivisor(uint128 a, uint128 b) private pure returns (uint128) {
        while (b != 0) (a, b) = (b, a % b);
        return a;
    }
}
