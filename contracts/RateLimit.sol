// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from '@openzeppelin/contracts/utils/math/Math.sol';

/// @title A bucket that limits a peg's outflow, net of its inflow
/// @notice Starts full, fills again by time and by inflow, never above its capacity. There is no calendar: whatever the
/// moment, at most `capacity` leaves at once.
library RateLimit {
    uint128 internal constant UNLIMITED = type(uint128).max;

    /// @param level What it held at `updatedAt`.
    struct Bucket {
        uint128 capacity;
        uint128 refillPerSecond;
        uint128 level;
        uint64 updatedAt;
    }

    /// @notice What may leave now.
    function available(Bucket storage bucket) internal view returns (uint128) {
        uint256 capacity = bucket.capacity;
        if (capacity == UNLIMITED) return UNLIMITED;

        // Below 2^128 + 2^128 * 2^64: cannot overflow.
        uint256 filled = bucket.level + uint256(bucket.refillPerSecond) * (block.timestamp - bucket.updatedAt);
        return uint128(Math.min(filled, capacity));
    }

    /// @notice Records what is left after an outflow, as computed from `available` in the same call.
    function setLevel(Bucket storage bucket, uint128 level) internal {
        bucket.level = level;
        bucket.updatedAt = uint64(block.timestamp);
    }

    /// @notice Inflow of the same peg, or outflow that did not happen, makes room again.
    function refill(Bucket storage bucket, uint256 amount) internal {
        uint128 room = bucket.capacity - available(bucket);
        setLevel(bucket, bucket.capacity - room + uint128(Math.min(amount, room)));
    }

    /// @notice Sets or changes a limit. What was used stays used: the new bucket has at most what the old one had left.
    function configure(Bucket storage bucket, uint128 capacity, uint128 refillPerSecond) internal {
        uint128 level = bucket.updatedAt == 0 ? capacity : uint128(Math.min(available(bucket), capacity));

        bucket.capacity = capacity;
        bucket.refillPerSecond = refillPerSecond;
        setLevel(bucket, level);
    }
}
