// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The packed list of a batch
/// @notice 36 bytes an item: recipient (20) ‖ amount (16), big-endian.
library Transfers {
    uint256 internal constant ITEM_LENGTH = 36;
    uint256 internal constant MAXIMUM = 256;

    /// @notice The item at `index`.
    /// @dev Does not check the index: callers take it from below the count that they checked. Two loads instead of two
    /// checked slices save about 250 gas an item, the largest single part of the loop that is ours.
    function item(bytes calldata transfers, uint256 index) internal pure returns (address recipient, uint128 amount) {
        assembly ('memory-safe') {
            let pointer := add(transfers.offset, mul(index, 36))
            recipient := shr(96, calldataload(pointer))
            amount := shr(128, calldataload(add(pointer, 20)))
        }
    }

    /// @notice `keccak256(transfers)`.
    /// @dev Solidity's own takes memory for a copy first.
    function hash(bytes calldata transfers) internal pure returns (bytes32 result) {
        assembly ('memory-safe') {
            let pointer := mload(0x40)
            calldatacopy(pointer, transfers.offset, transfers.length)
            result := keccak256(pointer, transfers.length)
        }
    }

    /// @notice The sum of the items whose bit is set.
    function sum(bytes calldata transfers, uint256 mask) internal pure returns (uint256 total) {
        // At most 256 items below 2^128.
        unchecked {
            for (uint256 k = 0; mask != 0; ++k) {
                if (mask & 1 != 0) {
                    (, uint128 amount) = item(transfers, k);
                    total += amount;
                }
                mask >>= 1;
            }
        }
    }

    /// @notice One item, packed.
    function pack(address recipient, uint128 amount) internal pure returns (bytes memory) {
        return abi.encodePacked(recipient, amount);
    }
}
