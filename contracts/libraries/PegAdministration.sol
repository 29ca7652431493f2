// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Bitmap } from './Bitmap.sol';
import { Parking } from './Parking.sol';
import { Pegs } from './Pegs.sol';
import { RateLimit } from './RateLimit.sol';
import { Rate } from './Rate.sol';
import { IBridge } from '../interfaces/IBridge.sol';

/// @title Governance of a peg, the same on both sides
/// @dev Functions that are `public` run by delegatecall in the bridge's storage.
library PegAdministration {
    using Bitmap for Bitmap.Map;
    using Parking for Parking.Lot;
    using Pegs for mapping(address productToken => Pegs.State);
    using RateLimit for RateLimit.Bucket;

    uint16 internal constant MAXIMUM_BASIS_POINTS = 100;

    /// @notice Writes a new peg's state.
    /// @param step Amounts that this bridge takes are multiples of it.
    function open(
        mapping(address productToken => Pegs.State) storage pegs,
        address[] storage productTokens,
        IBridge.Peg memory config,
        uint128 step
    ) internal {
        (address productToken, address mainToken) = (config.productToken, config.mainToken);
        Pegs.State storage state = pegs[productToken];
        require(state.mainToken == address(0), IBridge.PegExists(productToken));
        if (mainToken == address(0) || productToken == address(0)) revert IBridge.UnknownPeg(productToken);
        Rate.requireValid(config.numerator, config.denominator);
        Rate.requireMinimum(config.minimum, step);
        require(config.departMinimum != 0, IBridge.InvalidMinimum(0, 1));

        state.mainToken = mainToken;
        state.gasCap = config.gasCap;
        state.numerator = config.numerator;
        state.denominator = config.denominator;
        state.minimum = config.minimum;
        state.departMinimum = config.departMinimum;
        state.maximumFlat = config.maximumFlat;
        productTokens.push(productToken);

        emit IBridge.PegOpened(
            productToken,
            mainToken,
            config.numerator,
            config.denominator,
            config.minimum,
            config.gasCap,
            config.maximumFlat,
            config.departMinimum
        );
        _setLimit(state, productToken, config.capacity, config.refillPerSecond);
    }

    function setLimit(
        mapping(address productToken => Pegs.State) storage pegs,
        address productToken,
        uint128 capacity,
        uint128 refillPerSecond
    ) public {
        _setLimit(pegs.known(productToken), productToken, capacity, refillPerSecond);
    }

    function lowerLimit(
        mapping(address productToken => Pegs.State) storage pegs,
        address productToken,
        uint128 capacity,
        uint128 refillPerSecond
    ) public {
        Pegs.State storage state = pegs.known(productToken);
        RateLimit.Bucket storage bucket = state.bucket;
        if (capacity > bucket.capacity || (state.limited && refillPerSecond > bucket.refillPerSecond)) {
            revert IBridge.LimitNotLower(bucket.capacity, bucket.refillPerSecond);
        }

        _configureLimit(state, productToken, capacity, refillPerSecond);
    }

    function setMinimum(
        mapping(address productToken => Pegs.State) storage pegs,
        address productToken,
        uint128 minimum,
        bool isMain
    ) public {
        Pegs.State storage state = pegs.known(productToken);
        Rate.requireMinimum(minimum, isMain ? state.denominator : state.numerator);

        state.minimum = minimum;

        emit IBridge.MinimumChanged(productToken, minimum);
    }

    function setFee(
        mapping(address productToken => Pegs.State) storage pegs,
        address productToken,
        uint112 flat,
        uint16 basisPoints,
        address rewards
    ) public {
        Pegs.State storage state = pegs.known(productToken);
        require(rewards != address(0), IBridge.NoRewards());
        if (flat > state.maximumFlat || basisPoints > MAXIMUM_BASIS_POINTS) {
            revert IBridge.FeeTooLarge(flat, basisPoints, state.maximumFlat, MAXIMUM_BASIS_POINTS);
        }

        state.flat = flat;
        state.basisPoints = basisPoints;

        emit IBridge.FeeChanged(productToken, flat, basisPoints);
    }

    function setDepartMinimum(
        mapping(address productToken => Pegs.State) storage pegs,
        address productToken,
        uint128 departMinimum
    ) public {
        Pegs.State storage state = pegs.known(productToken);
        require(departMinimum != 0, IBridge.InvalidMinimum(0, 1));

        state.departMinimum = departMinimum;

        emit IBridge.DepartMinimumChanged(productToken, departMinimum);
    }

    /// @dev Skips a nonce that is not parked: a release in front of the proposal must not spoil it.
    function voidParked(
        mapping(address productToken => Pegs.State) storage pegs,
        address productToken,
        uint64[] calldata nonces
    ) public {
        Pegs.State storage state = pegs.known(productToken);
        for (uint256 i = 0; i < nonces.length; ++i) {
            uint64 nonce = nonces[i];
            if (!state.lot.has(nonce)) continue;

            state.lot.remove(nonce);
            state.executed.clear(nonce, 1);
            delete state.refusals[nonce];

            emit IBridge.TransferVoided(productToken, nonce);
        }
    }

    /// @notice See {IBridge-peg}.
    function describe(
        mapping(address productToken => Pegs.State) storage pegs,
        address productToken
    ) public view returns (IBridge.Peg memory) {
        Pegs.State storage state = pegs.known(productToken);
        return
            IBridge.Peg({
                mainToken: state.mainToken,
                productToken: productToken,
                numerator: state.numerator,
                denominator: state.denominator,
                minimum: state.minimum,
                gasCap: state.gasCap,
                retired: state.retired,
                capacity: state.bucket.capacity,
                refillPerSecond: state.bucket.refillPerSecond,
                available: state.bucket.available(),
                flat: state.flat,
                basisPoints: state.basisPoints,
                maximumFlat: state.maximumFlat,
                departMinimum: state.departMinimum
            });
    }

    function _setLimit(
        Pegs.State storage state,
        address productToken,
        uint128 capacity,
        uint128 refillPerSecond
    ) private {
        // A limit left out by mistake would park everything; no limit is written out.
        require(capacity != 0, IBridge.InvalidLimit(capacity, refillPerSecond));

        _configureLimit(state, productToken, capacity, refillPerSecond);
    }

    function _configureLimit(
        Pegs.State storage state,
        address productToken,
        uint128 capacity,
        uint128 refillPerSecond
    ) private {
        state.limited = capacity != RateLimit.UNLIMITED;
        state.bucket.configure(capacity, refillPerSecond);

        emit IBridge.LimitChanged(productToken, capacity, refillPerSecond);
    }
}
