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

    function testFuzz_ARateIsValidExactlyWithoutACommonDivisor(uint64 a, uint64 b, uint64 common) external view {
        if (a == 0) a = 1;
        if (b == 0) b = 1;
        uint256 divisor = _divisor(a, b);
        _requireRate(uint128(a / divisor), uint128(b / divisor), true);
        if (common > 1) _requireRate(uint128(a / divisor) * common, uint128(b / divisor) * common, false);
        _requireRate(0, b, false);
        _requireRate(a, 0, false);
    }

    function test_RatesOfExamples() external view {
        _requireRate(1, 1, true);
        _requireRate(1, 1e12, true);
        _requireRate(3, 5, true);
        _requireRate(2, 2, false);
        _requireRate(6, 4, false);
        _requireRate(0, 0, false);
        _requireRate(0, 1, false);
        _requireRate(1, 0, false);
    }

    function testFuzz_AMinimumIsAMultipleOfTheStepAndNotZero(uint128 minimum, uint64 step) external view {
        if (step == 0) step = 1;
        _requireMinimum(minimum, step, minimum != 0 && minimum % step == 0);
        uint128 rounded = minimum - (minimum % step);
        _requireMinimum(rounded, step, rounded != 0);
        _requireMinimum(0, step, false);
    }

    /// @dev Each bound of a conversion, from both sides, with the values that its refusal names.
    function test_TheBoundsOfAConversion() external view {
        require(this.convert(20, 3, 5, 20, 100) == 12, 'at the minimum');
        require(this.convert(100, 3, 5, 20, 100) == 60, 'at the headroom');
        require(this.convert(100, 3, 5, 100, 100) == 60, 'a minimum that is the maximum');
        _requireRefusal(15, 20, 100, IBridge.AmountBelowMinimum.selector, 20);
        _requireRefusal(101, 20, 100, IBridge.AmountTooLarge.selector, 100);
        _requireRefusal(105, 20, 104, IBridge.AmountTooLarge.selector, 100);
        _requireRefusal(22, 20, 100, IBridge.InexactAmount.selector, 20);
        _requireRefusal(20, 20, 19, IBridge.AmountTooLarge.selector, 0);
        _requireRefusal(0, 20, 19, IBridge.AmountBelowMinimum.selector, 20);
    }

    function test_TheLargestConversion() external view {
        uint128 half = type(uint128).max / 2;
        require(this.convert(half, 2, 1, 1, type(uint128).max) == half * 2, 'the largest');
        try this.convert(half + 1, 2, 1, 1, type(uint128).max) {
            revert('more than the destination holds');
        } catch (bytes memory answer) {
            require(bytes4(answer) == IBridge.AmountTooLarge.selector && _second(answer) == half, 'its refusal');
        }
        // The destination holds more of it than the source can take.
        require(this.convert(MAXIMUM, 1, 1, 1, type(uint128).max) == MAXIMUM, 'all of it');
        require(this.convert(1e30, 1, 1e12, 1e12, type(uint128).max) == 1e18, 'to fewer decimals');
    }

    function requireValid(uint128 numerator, uint128 denominator) external pure {
        Rate.requireValid(numerator, denominator);
    }

    function requireMinimum(uint128 minimum, uint128 step) external pure {
        Rate.requireMinimum(minimum, step);
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

    function _requireRate(uint128 numerator, uint128 denominator, bool isValid) private view {
        try this.requireValid(numerator, denominator) {
            require(isValid, 'a rate that is none');
        } catch (bytes memory answer) {
            require(!isValid && bytes4(answer) == IBridge.InvalidRate.selector, 'a rate refused');
        }
    }

    function _requireMinimum(uint128 minimum, uint128 step, bool isValid) private view {
        try this.requireMinimum(minimum, step) {
            require(isValid, 'a minimum that is none');
        } catch (bytes memory answer) {
            require(!isValid && bytes4(answer) == IBridge.InvalidMinimum.selector, 'a minimum refused');
        }
    }

    /// @dev At three to five.
    function _requireRefusal(
        uint256 amount,
        uint128 minimum,
        uint128 headroom,
        bytes4 selector,
        uint256 named
    ) private view {
        try this.convert(amount, 3, 5, minimum, headroom) {
            revert('accepted');
        } catch (bytes memory answer) {
            require(bytes4(answer) == selector && _second(answer) == named, 'another refusal');
        }
    }

    function _divisor(uint256 a, uint256 b) private pure returns (uint256) {
        while (b != 0) (a, b) = (b, a % b);
        return a;
    }

    function _second(bytes memory answer) private pure returns (uint256 second) {
        require(answer.length == 68, 'a refusal without its numbers');
        assembly ('memory-safe') {
            second := mload(add(answer, 68))
        }
    }
}
