// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The part of a product token that only its bridge can use
/// @notice The rest is OpenZeppelin's ERC-20 with ERC-2612.
interface IProductToken {
    /// @notice Its bridge alone mints and burns.
    error OnlyBridge(address caller);

    /// @notice Mints the items of a packed list that are set in the mask. The list is as in `IBridge`: 36 bytes each.
    /// @param mask Bit k is item k.
    function mint(bytes calldata transfers, uint256 mask) external;

    /// @notice Burns from the holder without an allowance: the bridge burns its own caller's tokens alone.
    function burn(address holder, uint256 amount) external;

    /// @notice The one address that mints and burns; never changes.
    function bridge() external view returns (address);
}
