// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Bitmap } from '../../../contracts/libraries/Bitmap.sol';

/// @dev Against a mapping of single nonces, over the border of two words.
contract BitmapTest {
    using Bitmap for Bitmap.Map;

    uint64 private constant FIRST = 256 * 7;

    Bitmap.Map private _map;
    mapping(uint64 nonce => bool) private _expected;

    function testFuzz_EachBitIsThatOfItsNonce(uint8[24] calldata places, uint256 set, uint256 clear) external {
        for (uint256 i = 0; i < places.length; ++i) _set(FIRST + uint64(places[i]) * 3, 1);
        _set(FIRST + 200, set);
        _clear(FIRST + 230, clear);
        _clear(FIRST + 1, 1 << 255);
        _requireAll();
    }

    function testFuzz_UnsetIsTheMaskOfWhatIsNotSet(uint8 offset, uint256 low, uint256 high, uint16 length) external {
        _set(FIRST, low);
        _set(FIRST + 256, high);
        uint64 first = FIRST + offset;
        uint256 count = (length % 256) + 1;
        uint256 mask = _map.unset(first, count);
        for (uint64 k = 0; k < 256; ++k) {
            require(Bitmap.has(mask, k) == (k < count && !_expected[first + k]), 'unset');
        }
    }

    /// @dev A batch that ends with the word must not read the next one.
    function test_AWordIsReadToItsEnd() external {
        _set(FIRST, type(uint256).max);
        require(_map.unset(FIRST, 256) == 0, 'all are set');
        require(_map.unset(FIRST + 1, 255) == 0, 'to the end of the word');
        require(_map.unset(FIRST + 1, 256) == 1 << 255, 'one beyond the word');
        require(_map.unset(FIRST + 255, 2) == 2, 'over the border');
        _set(FIRST + 256, 1);
        require(_map.unset(FIRST + 1, 256) == 0, 'one beyond the word, set');
        require(_map.unset(FIRST + 255, 2) == 0, 'over the border, set');
    }

    function _set(uint64 first, uint256 mask) private {
        _map.set(first, mask);
        for (uint64 k = 0; k < 256; ++k) if ((mask >> k) & 1 == 1) _expected[first + k] = true;
    }

    function _clear(uint64 first, uint256 mask) private {
        _map.clear(first, mask);
        for (uint64 k = 0; k < 256; ++k) if ((mask >> k) & 1 == 1) _expected[first + k] = false;
    }

    function _requireAll() private view {
        for (uint64 nonce = FIRST - 256; nonce < FIRST + 1_100; ++nonce) {
            require(_map.get(nonce) == _expected[nonce], 'bit');
        }
    }
}
