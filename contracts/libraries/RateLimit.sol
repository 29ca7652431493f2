// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from '@openzeppelin/contracts/utils/math/Math.sol';

/// @title A bucket that limits a peg's outflow, net of its inflow
/// @notice Starts full, refills by time and by inflow, never above its capacity. At most `capacity` leaves at once, at any
/// moment: there is no calendar window.
library RateLimit {
    uint128 internal constant UNLIMITED = type(uint128).max;

    /// @param level Content at `updatedAt`; `UNLIMITED` exactly when `capacity` is.
    /// @param updatedAt Zero before the bucket is configured. 128 bits wide, so that the slot is written without a read.
    struct Bucket {
        uint128 capacity;
        uint128 refillPerSecond;
        uint128 level;
        uint128 updatedAt;
    }

    /// @notice Whether it has ever been configured.
    function isConfigured(Bucket storage bucket) internal view returns (bool) {
        return bucket.updatedAt != 0;
    }

    /// @notice Whether it limits. Reads the slot of `isConfigured`, which every outflow writes.
    function isLimited(Bucket storage bucket) internal view returns (bool) {
        return bucket.level != UNLIMITED;
    }

    /// @notice The amount that may leave now.
    function available(Bucket storage bucket) internal view returns (uint128) {
        uint256 capacity = bucket.capacity;
        if (capacity == UNLIMITED) return UNLIMITED;

        // Time is below 2^64, so all of it below 2^128 + 2^128 * 2^64.
        unchecked {
            uint256 filled = bucket.level + uint256(bucket.refillPerSecond) * (block.timestamp - bucket.updatedAt);
            return uint128(Math.min(filled, capacity));
        }
    }

    /// @notice Records the content after an outflow, computed from `available` in the same call.
    function setLevel(Bucket storage bucket, uint128 level) internal {
        bucket.level = level;
        bucket.updatedAt = uint128(block.timestamp);
    }

    /// @notice Adds inflow of the same peg, or an outflow that was refused.
    function refill(Bucket storage bucket, uint256 amount) internal {
        uint128 room = bucket.capacity - available(bucket);
        setLevel(bucket, bucket.capacity - room + uint128(Math.min(amount, room)));
    }

    /// @notice Sets or changes a limit. The new bucket holds at most the content of the old one.
    function configure(Bucket storage bucket, uint128 capacity, uint128 refillPerSecond) internal {
        bool keeps = isConfigured(bucket) && capacity != UNLIMITED;
        uint128 level = keeps ? uint128(Math.min(available(bucket), capacity)) : capacity;

        bucket.capacity = capacity;
        bucket.refillPerSecond = refillPerSecond;
        setLevel(bucket, level);
    }
}
