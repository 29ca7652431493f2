// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { RateLimit } from '../../../contracts/libraries/RateLimit.sol';

interface ICheats {
    function warp(uint256 timestamp) external;
}

contract RateLimitTest {
    using RateLimit for RateLimit.Bucket;

    ICheats private constant CHEATS = ICheats(address(uint160(uint256(keccak256('hevm cheat code')))));

    RateLimit.Bucket private _bucket;

    function testFuzz_NeverHoldsMoreThanItsCapacity(
        uint128 capacity,
        uint128 refillPerSecond,
        uint128 used,
        uint128 inflow,
        uint32 elapsed
    ) public {
        _bucket.configure(capacity, refillPerSecond);
        uint128 level = _bucket.available();
        require(level == capacity, 'starts full');

        if (capacity != RateLimit.UNLIMITED) {
            uint128 left = used > level ? 0 : level - used;
            _bucket.setLevel(left);
            _bucket.refill(inflow);
            CHEATS.warp(block.timestamp + elapsed);

            uint256 expected = uint256(left) + inflow;
            if (expected > capacity) expected = capacity;
            expected += uint256(refillPerSecond) * elapsed;
            require(_bucket.available() == (expected > capacity ? capacity : expected), 'level');
        }
    }

    function testFuzz_ANewLimitGivesNothingBackThatWasUsed(uint128 capacity, uint128 used, uint128 next) public {
        if (capacity == RateLimit.UNLIMITED || used > capacity) return;
        _bucket.configure(capacity, 0);
        _bucket.setLevel(capacity - used);
        _bucket.configure(next, 0);
        if (next != RateLimit.UNLIMITED) require(_bucket.available() <= capacity - used, 'given back');
    }

    function testFuzz_ItLimitsExactlyWhenItsCapacityIsALimit(uint128 first, uint128 used, uint128 next) public {
        require(!_bucket.isConfigured(), 'configured too early');
        _bucket.configure(first, 0);
        if (first != RateLimit.UNLIMITED && used <= first) _bucket.setLevel(first - used);
        _requireLimited(first);
        _bucket.configure(next, 0);
        _requireLimited(next);
        _bucket.configure(RateLimit.UNLIMITED, 0);
        _requireLimited(RateLimit.UNLIMITED);
    }

    function _requireLimited(uint128 capacity) private view {
        require(_bucket.isConfigured(), 'not configured');
        require(_bucket.isLimited() == (capacity != RateLimit.UNLIMITED), 'limited');
    }
}
