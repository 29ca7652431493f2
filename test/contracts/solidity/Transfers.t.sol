// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Transfers } from '../../../contracts/Transfers.sol';

/// @dev The packed list, read by two loads, against the plain form by slices.
contract TransfersTest {
    using Transfers for bytes;

    function testFuzz_AnItemIsReadAsItWasPacked(address recipient, uint128 amount, uint8 place) public view {
        bytes memory list = new bytes(uint256(place) * 36);
        this.requireItem(bytes.concat(list, Transfers.pack(recipient, amount)), place, recipient, amount);
    }

    function testFuzz_AnItemIsWhatPlainSlicesSay(bytes calldata list, uint256 place) public pure {
        if (list.length < 36) return;
        uint256 index = place % (list.length / 36);
        (address recipient, uint128 amount) = list.item(index);
        bytes calldata plain = list[index * 36:(index + 1) * 36];
        require(recipient == address(bytes20(plain[:20])), 'recipient');
        require(amount == uint128(bytes16(plain[20:])), 'amount');
    }

    function requireItem(bytes calldata list, uint256 index, address recipient, uint128 amount) external pure {
        (address foundRecipient, uint128 foundAmount) = list.item(index);
        require(foundRecipient == recipient && foundAmount == amount, 'item');
    }
}
