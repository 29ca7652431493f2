// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ERC20 } from '@openzeppelin/contracts/token/ERC20/ERC20.sol';
import { ERC20Permit } from '@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol';

import { Transfers } from './Transfers.sol';
import { IProductToken } from './interfaces/IProductToken.sol';

/// @title A product token: OpenZeppelin's ERC-20 with ERC-2612, minted and burned by its bridge alone
/// @dev No hooks, no lists, no owner: a mint to what the source bridge lets through cannot fail.
contract ProductToken is IProductToken, ERC20Permit {
    using Transfers for bytes;

    /// @inheritdoc IProductToken
    address public immutable bridge = msg.sender;

    uint8 private immutable _DECIMALS;

    modifier onlyBridge() {
        require(msg.sender == bridge, OnlyBridge(msg.sender));
        _;
    }

    constructor(string memory name_, string memory symbol_, uint8 decimals_) ERC20(name_, symbol_) ERC20Permit(name_) {
        _DECIMALS = decimals_;
    }

    /// @inheritdoc IProductToken
    function mint(bytes calldata transfers, uint256 mask) external onlyBridge {
        for (uint256 k = 0; mask != 0; ++k) {
            if (mask & 1 != 0) {
                (address recipient, uint128 amount) = transfers.item(k);
                _mint(recipient, amount);
            }
            mask >>= 1;
        }
    }

    /// @inheritdoc IProductToken
    function burn(address holder, uint256 amount) external onlyBridge {
        _burn(holder, amount);
    }

    /// @inheritdoc ERC20
    function decimals() public view override returns (uint8) {
        return _DECIMALS;
    }
}
