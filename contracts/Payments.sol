// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from '@openzeppelin/contracts/token/ERC20/IERC20.sol';
import { SafeERC20 } from '@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol';
import { Math } from '@openzeppelin/contracts/utils/math/Math.sol';

import { IMainBridge } from './interfaces/IMainBridge.sol';
import { MainPegs } from './libraries/MainPegs.sol';

/// @title Moves main tokens and coins into the bridge and out of it
/// @dev Without state. SECURITY: main tokens and recipients of coins are untrusted code. A payment either is proven, or it is
/// refused, or the token's answer proves neither.
abstract contract Payments is IMainBridge {
    using Math for uint256;
    using SafeERC20 for IERC20;

    /// @dev A call passes on at most 63/64 of the gas left after its own cost: this covers that cost.
    uint256 private constant CALL_OVERHEAD = 10_000;
    /// @dev The same for a call with value: its cost, with the creation of an account, is charged before the 63/64 rule.
    uint256 private constant COIN_CALL_OVERHEAD = 250_000;

    /// @inheritdoc IMainBridge
    function pay(address token, uint256 gasCap, address recipient, uint256 amount) external {
        require(msg.sender == address(this), OnlyBridge(msg.sender));

        (bool paid, bytes4 reason) = _transfer(token, gasCap, recipient, amount);
        require(paid, PaymentRefused(reason));
    }

    /// @dev Takes exactly `amount` from the caller.
    function _receive(address token, uint256 amount) internal {
        if (token == MainPegs.COIN) {
            require(msg.value == amount, UnexpectedValue(amount, msg.value));
            return;
        }
        require(msg.value == 0, UnexpectedValue(0, msg.value));

        // The lock is held: nothing of this bridge moves between the two readings.
        uint256 balance = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = IERC20(token).balanceOf(address(this)).saturatingSub(balance);
        require(received == amount, UnexpectedAmount(amount, received));
    }

    /// @dev Pays in a frame of its own, which reverts unless the payment is proven: a refused one has no effect. Any other
    /// revert of the frame, such as too little gas, reverts the whole call.
    function _payFramed(
        address token,
        uint256 gasCap,
        address recipient,
        uint256 amount
    ) internal returns (bool paid, bytes4 reason) {
        try this.pay(token, gasCap, recipient, amount) {
            return (true, 0);
        } catch (bytes memory answer) {
            if (bytes4(answer) != PaymentRefused.selector) {
                assembly ('memory-safe') {
                    revert(add(answer, 32), mload(answer))
                }
            }
            assembly ('memory-safe') {
                reason := mload(add(answer, 36))
            }
        }
    }

    /// @dev SECURITY: the one outside call of an inbound transfer, to the peg's own token, or with coins to the recipient. It
    /// gets `gasCap` gas and no less: with too little left the whole call reverts, so that the gas limit chosen by a sender
    /// cannot make an item fail. At most 32 bytes of the answer are read.
    /// @return paid Whether the payment is proven.
    /// @return reason `TokenReturnedFalse` when the answer proves neither success nor failure.
    function _transfer(
        address token,
        uint256 gasCap,
        address recipient,
        uint256 amount
    ) internal returns (bool paid, bytes4 reason) {
        if (token == MainPegs.COIN) return _sendCoins(gasCap, recipient, amount);

        // `gasCap` is a uint32.
        unchecked {
            uint256 needed = gasCap + gasCap / 63 + CALL_OVERHEAD;
            if (gasleft() < needed) revert InsufficientGas(needed);
        }

        bytes4 selector = IERC20.transfer.selector;
        bool success;
        uint256 size;
        bytes32 answer;
        // Solidity's own call has no bound on what it copies back, and its encoder takes new memory for each item.
        assembly ('memory-safe') {
            let pointer := mload(0x40)
            mstore(pointer, selector)
            mstore(add(pointer, 4), recipient)
            mstore(add(pointer, 36), amount)
            mstore(0, 0)
            success := call(gasCap, token, 0, pointer, 68, 0, 32)
            size := returndatasize()
            answer := mload(0)
        }

        if (!success) return (false, bytes4(answer));
        if (size >= 32 && uint256(answer) == 1) return (true, 0);
        if (size != 0) return (false, TokenReturnedFalse.selector);
        return token.code.length == 0 ? (false, TokenWithoutCode.selector) : (true, bytes4(0));
    }

    function _sendCoins(uint256 gasCap, address recipient, uint256 amount) private returns (bool paid, bytes4 reason) {
        // `gasCap` is a uint32.
        unchecked {
            uint256 needed = 2 * gasCap + COIN_CALL_OVERHEAD;
            if (gasleft() < needed) revert InsufficientGas(needed);
        }

        // Nothing of the answer is copied.
        assembly ('memory-safe') {
            paid := call(gasCap, recipient, amount, 0, 0, 0, 0)
        }
        return (paid, 0);
    }
}
