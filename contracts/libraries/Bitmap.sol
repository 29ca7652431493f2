// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The inbound nonces of a lane that are executed, parked or bounced
/// @notice Bit i of word w is nonce `256 * w + i`. A batch may span two words; in its mask, bit k is nonce
/// `firstNonce + k`.
library Bitmap {
    struct Map {
        mapping(uint256 word => uint256) words;
    }

    /// @notice Whether bit `k` of a mask is set.
    /// @dev Every walk over a mask is `for (uint256 k = 0; mask != 0; (++k, mask >>= 1)) if (mask.has(0)) …`: the mask shrinks
    /// as `k` grows, which costs 40 gas an item less than a shift by `k`; `k` stays below 256.
    function has(uint256 mask, uint256 k) internal pure returns (bool) {
        return (mask >> k) & 1 != 0;
    }

    function get(Map storage map, uint64 nonce) internal view returns (bool) {
        return has(map.words[nonce >> 8], nonce & 0xff);
    }

    /// @notice The mask of those of the `count` nonces, 1 to 256, that are not set.
    function unset(Map storage map, uint64 firstNonce, uint256 count) internal view returns (uint256 mask) {
        uint256 word = firstNonce >> 8;
        uint256 offset = firstNonce & 0xff;
        // A word is below 2^56; count and offset are at most 256.
        unchecked {
            uint256 done = map.words[word] >> offset;
            if (offset + count > 256) done |= map.words[word + 1] << (256 - offset);
            mask = ~done & (type(uint256).max >> (256 - count));
        }
    }

    function set(Map storage map, uint64 firstNonce, uint256 mask) internal {
        (uint256 word, uint256 low, uint256 high) = _split(firstNonce, mask);
        map.words[word] |= low;
        if (high != 0) map.words[word + 1] |= high;
    }

    function clear(Map storage map, uint64 firstNonce, uint256 mask) internal {
        (uint256 word, uint256 low, uint256 high) = _split(firstNonce, mask);
        map.words[word] &= ~low;
        if (high != 0) map.words[word + 1] &= ~high;
    }

    /// @dev A shift by 256 gives zero, so an offset of zero needs no case of its own.
    function _split(uint64 firstNonce, uint256 mask) private pure returns (uint256 word, uint256 low, uint256 high) {
        uint256 offset = firstNonce & 0xff;
        word = firstNonce >> 8;
        low = mask << offset;
        unchecked {
            high = mask >> (256 - offset);
        }
    }
}
