// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Rate } from '../../../contracts/libraries/Rate.sol';

/// @dev Conversions at fixed rates, for every amount, minimum and headroom.
contract RateProofs {
    function check_AConversionAtOneToOneIsExactBothWays(
        uint256 amount,
        uint128 minimum,
        uint128 headroom
    ) external view {
        _requireExact(amount, 1, 1, minimum, headroom);
    }

    /// @dev Not decided: divisions of 256 bits. Fuzzed by `Rate.t.sol` and `Conversion.t.sol`.
    function open_AConversionToMoreDecimalsIsExactBothWays(
        uint256 amount,
        uint128 minimum,
        uint128 headroom
    ) external view {
        _requireExact(amount, 1e12, 1, minimum, headroom);
    }

    /// @dev Not decided: divisions of 256 bits. Fuzzed by `Rate.t.sol` and `Conversion.t.sol`.
    function open_AConversionToFewerDecimalsIsExactBothWays(
        uint256 amount,
        uint128 minimum,
        uint128 headroom
    ) external view {
        _requireExact(amount, 1, 1e12, minimum, headroom);
    }

    /// @dev Not decided: divisions of 256 bits. Fuzzed by `Rate.t.sol` and `Conversion.t.sol`.
    function open_AConversionAtThreeToFiveIsExactBothWays(
        uint256 amount,
        uint128 minimum,
        uint128 headroom
    ) external view {
        _requireExact(amount, 3, 5, minimum, headroom);
    }

    /// @dev Not decided, with amounts and rates below 2^8 neither.
    function open_ASmallConversionIsExactAtAnyRate(uint8 amount, uint8 multiplier, uint8 divisor) external view {
        if (multiplier == 0 || divisor == 0) return;
        _requireExact(amount, multiplier, divisor, 1, type(uint128).max);
    }

    function check_AZeroPartIsNoRate(uint128 numerator, uint128 denominator) external view {
        if (numerator != 0 && denominator != 0) return;
        try this.requireValid(numerator, denominator) {
            assert(false);
        } catch {}
    }

    function _requireExact(
        uint256 amount,
        uint128 multiplier,
        uint128 divisor,
        uint128 minimum,
        uint128 headroom
    ) private view {
        uint128 converted = Rate.convert(amount, multiplier, divisor, minimum, headroom);
        assert(amount >= minimum && amount <= headroom);
        assert(uint256(converted) * divisor == amount * multiplier);
        try this.convert(converted, divisor, multiplier) returns (uint128 back) {
            assert(back == amount);
        } catch {
            assert(converted == 0);
        }
    }

    function convert(uint256 amount, uint128 multiplier, uint128 divisor) external pure returns (uint128) {
        return Rate.convert(amount, multiplier, divisor, 1, type(uint128).max);
    }

    function requireValid(uint128 numerator, uint128 denominator) external pure {
        Rate.requireValid(numerator, denominator);
    }
}
