// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from '@openzeppelin/contracts/token/ERC20/IERC20.sol';

import { IMainBridge } from '../../../contracts/interfaces/IMainBridge.sol';

/// @title A holder that is a contract, and makes many deposits in one transaction
contract ManyDeposits {
    /// @notice Deposits `first`, `first + 1`, … of the caller's tokens, which it has approved for this contract.
    function deposit(
        IMainBridge bridge,
        IERC20 token,
        address productToken,
        address recipient,
        uint256 first,
        uint256 count
    ) external {
        uint256 sum = count * first + (count * (count - 1)) / 2;
        token.transferFrom(msg.sender, address(this), sum);
        token.approve(address(bridge), sum);
        for (uint256 i = 0; i < count; ++i) bridge.deposit(productToken, first + i, recipient, 0);
    }
}
