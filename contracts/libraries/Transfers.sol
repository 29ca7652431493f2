// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Bitmap } from './Bitmap.sol';

/// @title The packed list of a batch
/// @notice 36 bytes an item: recipient (20) ‖ amount (16), big-endian.
library Transfers {
    using Bitmap for uint256;

    uint256 internal constant ITEM_LENGTH = 36;
    uint256 internal constant MAXIMUM = 256;

    /// @notice The item at `index`.
    /// @dev Does not check the index: callers pass one below the count that they checked. Two loads instead of two checked
    /// slices save about 250 gas an item.
    function item(bytes calldata transfers, uint256 index) internal pure returns (address recipient, uint128 amount) {
        assembly ('memory-safe') {
            let pointer := add(transfers.offset, mul(index, 36))
            recipient := shr(96, calldataload(pointer))
            amount := shr(128, calldataload(add(pointer, 20)))
        }
    }

    /// @notice The sum of the items in the mask.
    function sum(bytes calldata transfers, uint256 mask) internal pure returns (uint256 total) {
        // At most 256 items below 2^128.
        unchecked {
            for (uint256 k = 0; mask != 0; (++k, mask >>= 1)) {
                if (!mask.has(0)) continue;
                (, uint128 amount) = item(transfers, k);
                total += amount;
            }
        }
    }

    /// @notice One item, packed.
    function pack(address recipient, uint128 amount) internal pure returns (bytes memory) {
        return abi.encodePacked(recipient, amount);
    }
}
