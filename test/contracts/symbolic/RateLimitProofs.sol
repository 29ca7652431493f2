// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { RateLimit } from '../../../contracts/libraries/RateLimit.sol';
import { CHEATS } from '../solidity/support/Cheats.sol';

/// @dev Every bucket, every time below 2^40 seconds.
contract RateLimitProofs {
    using RateLimit for RateLimit.Bucket;

    RateLimit.Bucket private _bucket;

    function check_ABucketHoldsAtMostItsCapacity(
        uint128 capacity,
        uint128 refillPerSecond,
        uint128 level,
        uint40 elapsed
    ) external {
        _fill(capacity, refillPerSecond, level, elapsed);
        assert(_bucket.available() <= capacity);
    }

    function check_ABucketNeverLosesByTime(
        uint128 capacity,
        uint128 refillPerSecond,
        uint128 level,
        uint40 elapsed
    ) external {
        _fill(capacity, refillPerSecond, level, elapsed);
        assert(_bucket.available() >= level);
    }

    function check_AnInflowAddsAtMostItselfAndNeverMoreThanTheCapacity(
        uint128 capacity,
        uint128 level,
        uint128 amount
    ) external {
        _fill(capacity, 0, level, 0);
        _bucket.refill(amount);
        uint256 found = _bucket.available();
        assert(found >= level && found <= capacity && found - level <= amount);
    }

    function check_ANewLimitRestoresNoUsedCapacity(uint128 capacity, uint128 level, uint128 next) external {
        _fill(capacity, 0, level, 0);
        _bucket.configure(next, 0);
        if (next != RateLimit.UNLIMITED) assert(_bucket.available() <= level && _bucket.available() <= next);
    }

    function check_AnOutflowLeavesWhatIsNotTaken(uint128 capacity, uint128 level, uint128 taken) external {
        _fill(capacity, 0, level, 0);
        if (taken > level) return;
        _bucket.setLevel(level - taken);
        assert(_bucket.available() == level - taken);
    }

    /// @dev Any limit that a bridge may hold: the level is within the capacity, which is no "unlimited".
    function _fill(uint128 capacity, uint128 refillPerSecond, uint128 level, uint40 elapsed) private {
        // A revert ends a path without a counterexample.
        require(capacity != RateLimit.UNLIMITED && level <= capacity);
        _bucket = RateLimit.Bucket(capacity, refillPerSecond, level, 1);
        CHEATS.warp(uint256(elapsed) + 1);
    }
}
