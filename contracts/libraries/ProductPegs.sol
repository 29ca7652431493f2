// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { PegAdministration } from './PegAdministration.sol';
import { Pegs } from './Pegs.sol';
import { Rate } from './Rate.sol';
import { RateLimit } from './RateLimit.sol';
import { ProductToken } from '../ProductToken.sol';
import { IBridge } from '../interfaces/IBridge.sol';
import { IProductBridge } from '../interfaces/IProductBridge.sol';

/// @title Pegs of the product side: creating product tokens, sending fees to the main chain
/// @dev Functions that are `public` run by delegatecall: the bridge is the creator of a product token, and its minter.
library ProductPegs {
    using PegAdministration for mapping(address productToken => Pegs.State);
    using Pegs for Pegs.State;
    using Pegs for mapping(address productToken => Pegs.State);
    using RateLimit for RateLimit.Bucket;

    function open(
        mapping(address productToken => Pegs.State) storage pegs,
        address[] storage productTokens,
        IProductBridge.ProductPeg memory config
    ) public returns (address productToken) {
        // Created here, so that its code is known: a mint cannot fail, and only the bridge mints.
        productToken = address(
            new ProductToken{ salt: bytes32(productTokens.length) }(config.name, config.symbol, config.decimals)
        );

        IBridge.Peg memory peg;
        peg.mainToken = config.mainToken;
        peg.productToken = productToken;
        peg.numerator = config.numerator;
        peg.denominator = config.denominator;
        peg.minimum = config.minimumRedeem;
        peg.capacity = config.capacity;
        peg.refillPerSecond = config.refillPerSecond;
        peg.maximumFlat = config.maximumFlat;
        peg.departMinimum = config.departMinimum;
        pegs.open(productTokens, peg, config.numerator);
    }

    /// @notice See {IProductBridge-departFees}.
    function departFees(
        mapping(address productToken => Pegs.State) storage pegs,
        address productToken,
        address rewards,
        uint64 height
    ) public returns (uint64 nonce) {
        Pegs.State storage state = pegs.known(productToken);
        (uint128 pot, uint128 numerator, uint128 denominator) = (state.feePot, state.numerator, state.denominator);
        uint256 largest = uint256(type(uint128).max / denominator) * numerator;
        uint128 amount = pot < largest ? pot : uint128(largest);
        amount -= amount % numerator;
        if (amount == 0 || amount < state.departMinimum) {
            revert IBridge.FeePotBelowMinimum(pot, state.departMinimum);
        }
        uint128 mainAmount = Rate.convert(amount, denominator, numerator, 1, type(uint128).max);

        state.feePot = pot - amount;
        uint64 previousBlock;
        (nonce, previousBlock) = state.depart(height);
        if (state.limited) state.bucket.refill(amount);

        // The fees were burned when they were taken.
        emit IProductBridge.ProductTokenRedeem(
            productToken,
            nonce,
            address(this),
            rewards,
            amount,
            mainAmount,
            previousBlock
        );
    }
}
