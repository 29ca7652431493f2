// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ERC20 } from '@openzeppelin/contracts/token/ERC20/ERC20.sol';
import { ERC20Permit } from '@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol';

import { IProductToken } from './interfaces/IProductToken.sol';
import { Bitmap } from './libraries/Bitmap.sol';
import { Transfers } from './libraries/Transfers.sol';

/// @title A product token: OpenZeppelin's ERC-20 with ERC-2612, which only its bridge mints and burns
/// @dev No hooks, no lists, no owner: a mint to a recipient that the source bridge accepts cannot fail.
contract ProductToken is IProductToken, ERC20Permit {
    using Bitmap for uint256;
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
        for (uint256 k = 0; mask != 0; (++k, mask >>= 1)) {
            if (!mask.has(0)) continue;
            (address recipient, uint128 amount) = transfers.item(k);
            _mint(recipient, amount);
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
