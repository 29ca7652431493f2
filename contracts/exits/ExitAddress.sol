// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Where accounts of the product chain want exits paid on the main chain
/// @notice A contract account of the product chain usually does not exist on the main chain, and has no key that could sign a
/// claim there. It names an address here in advance; exits read it as of their block.
/// @dev On the product chain. The mapping is slot 0, which exits prove.
contract ExitAddress {
    /// @notice The address on the main chain; zero: none.
    mapping(address account => address) public exitAddress;

    /// @notice The caller's exits are paid to `payout` from now on.
    event ExitAddressSet(address indexed account, address indexed payout);

    /// @notice Zero withdraws it.
    function setExitAddress(address payout) external {
        exitAddress[msg.sender] = payout;

        emit ExitAddressSet(msg.sender, payout);
    }
}
