// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Pegs } from '../../../contracts/libraries/Pegs.sol';

/// @dev Fees of at most a hundredth of the amount and any flat part.
contract FeeProofs {
    function check_AFeeIsItsFormulaRoundedUpForSmallAmounts(
        uint112 flat,
        uint16 amount,
        uint8 basisPoints
    ) external pure {
        _requireFormula(flat, amount, basisPoints);
    }

    /// @dev Not decided: a division of 256 bits by 10,000. Fuzzed by `Fee.t.sol`.
    function open_AFeeIsItsFormulaRoundedUp(uint112 flat, uint128 amount, uint16 basisPoints) external pure {
        _requireFormula(flat, amount, basisPoints);
    }

    function check_AFeeWithoutBasisPointsIsTheFlatPart(uint112 flat, uint128 amount) external pure {
        assert(Pegs.feeOf(flat, 0, amount) == flat);
    }

    /// @dev The product cannot overflow, so neither can the fee, which `charge` computes unchecked.
    function check_NoFeeOverflows(uint112 flat, uint128 amount, uint16 basisPoints) external pure {
        if (basisPoints > 100) return;
        uint256 product;
        unchecked {
            product = uint256(amount) * basisPoints;
        }
        assert(product <= uint256(type(uint128).max) * 100);
        assert(uint256(flat) + product + 10_000 > product);
    }

    function check_AChargeIsTheFeeAndAtMostWhatThePayerAccepts(
        uint112 flat,
        uint128 amount,
        uint16 basisPoints,
        uint128 maxFee
    ) external pure {
        if (basisPoints > 100) return;
        uint256 charged = Pegs.charge(flat, basisPoints, amount, maxFee);
        assert(charged <= maxFee);
        assert(charged == Pegs.feeOf(flat, basisPoints, amount));
    }

    function _requireFormula(uint112 flat, uint128 amount, uint16 basisPoints) private pure {
        if (basisPoints > 100) return;
        uint256 proportional = Pegs.feeOf(flat, basisPoints, amount) - flat;
        uint256 exact = uint256(amount) * basisPoints;
        assert(proportional * 10_000 >= exact);
        assert(proportional * 10_000 < exact + 10_000);
    }
}
