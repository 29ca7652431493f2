// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IBridge } from '../../../contracts/interfaces/IBridge.sol';
import { Rate } from '../../../contracts/libraries/Rate.sol';

/// @dev Every refusal names an amount that would be accepted, or none.
contract RateTest {
    uint256 private constant MAXIMUM = type(uint128).max;

    function testFuzz_AConversionIsExactOrNamesWhatWouldBeAccepted(
        uint256 amount,
        uint128 multiplier,
        uint128 divisor,
        uint128 steps,
        uint128 headroom
    ) external view {
        if (multiplier == 0) multiplier = 1;
        if (divisor == 0) divisor = 1;
        uint256 minimum = uint256((steps % 1_000) + 1) * divisor;
        if (minimum > MAXIMUM) return;
        if (amount & 1 == 0) amount %= uint256(headroom) + 1;
        if (amount == 0) amount = 1;

        try this.convert(amount, multiplier, divisor, uint128(minimum), headroom) returns (uint128 converted) {
            require(amount % divisor == 0 && amount >= minimum && amount <= headroom, 'taken, and should not be');
            require((amount / divisor) * multiplier == converted, 'not exact');
        } catch (bytes memory answer) {
            uint256 named = _second(answer);
            bool exhausted = bytes4(answer) == IBridge.AmountTooLarge.selector && named == 0;
            if (!exhausted) this.convert(named, multiplier, divisor, uint128(minimum), headroom);
        }
    }

    function convert(
        uint256 amount,
        uint128 multiplier,
        uint128 divisor,
        uint128 minimum,
        uint128 headroom
    ) external pure returns (uint128) {
        return Rate.convert(amount, multiplier, divisor, minimum, headroom);
    }

    function _second(bytes memory answer) private pure returns (uint256 second) {
        require(answer.length == 68, 'a refusal without its numbers');
        assembly ('memory-safe') {
            second := mload(add(answer, 68))
        }
    }
}
