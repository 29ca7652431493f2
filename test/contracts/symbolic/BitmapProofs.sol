// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Bitmap } from '../../../contracts/libraries/Bitmap.sol';

/// @dev Every content of two neighbouring words, every word, at the borders of a word; `k` stands for each item of the batch.
contract BitmapProofs {
    using Bitmap for Bitmap.Map;

    Bitmap.Map private _map;

    function check_UnsetIsTheMaskOfTheClearBits(
        uint256 low,
        uint256 high,
        uint32 word,
        uint16 count,
        uint8 k
    ) external {
        if (count == 0 || count > 256) return;
        _fill(low, high, word);
        for (uint256 i = 0; i < 3; ++i) {
            uint256 offset = _offset(i);
            uint256 mask = _map.unset(uint64(uint256(word) * 256 + offset), count);
            assert(Bitmap.has(mask, k) == (k < count && !_bit(low, high, offset + k)));
        }
    }

    function check_SetSetsExactlyTheBitsOfTheMask(
        uint256 low,
        uint256 high,
        uint32 word,
        uint256 mask,
        uint8 i
    ) external {
        _fill(low, high, word);
        if (i > 2) return;
        uint256 offset = _offset(i);
        _map.set(uint64(uint256(word) * 256 + offset), mask);
        assert(_map.words[word] == low | (mask << offset));
        assert(_map.words[uint256(word) + 1] == high | (offset == 0 ? 0 : mask >> (256 - offset)));
    }

    function check_ClearClearsExactlyTheBitsOfTheMask(
        uint256 low,
        uint256 high,
        uint32 word,
        uint256 mask,
        uint8 i
    ) external {
        _fill(low, high, word);
        if (i > 2) return;
        uint256 offset = _offset(i);
        _map.clear(uint64(uint256(word) * 256 + offset), mask);
        assert(_map.words[word] == low & ~(mask << offset));
        assert(_map.words[uint256(word) + 1] == high & ~(offset == 0 ? 0 : mask >> (256 - offset)));
    }

    function check_GetIsTheBitOfTheNonce(uint256 low, uint64 nonce) external {
        _map.words[nonce / 256] = low;
        assert(_map.get(nonce) == ((low >> (nonce % 256)) & 1 == 1));
    }

    function _fill(uint256 low, uint256 high, uint32 word) private {
        _map.words[word] = low;
        _map.words[uint256(word) + 1] = high;
    }

    /// @dev The first, second and last bit of a word.
    function _offset(uint256 i) private pure returns (uint256) {
        if (i == 2) return 255;
        return i;
    }

    /// @dev Place 0 is the first bit of the low word.
    function _bit(uint256 low, uint256 high, uint256 place) private pure returns (bool) {
        return place < 256 ? (low >> place) & 1 == 1 : (high >> (place - 256)) & 1 == 1;
    }
}
