// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Transfers } from '../../../contracts/libraries/Transfers.sol';

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

    function testFuzz_ASumIsThatOfTheItemsInTheMask(uint128[12] calldata amounts, uint16 mask) public view {
        bytes memory list;
        uint256 expected = 0;
        for (uint256 i = 0; i < amounts.length; ++i) {
            list = bytes.concat(list, Transfers.pack(address(uint160(i)), amounts[i]));
            if ((mask >> i) & 1 != 0) expected += amounts[i];
        }
        this.requireSum(list, mask & 0xfff, expected);
    }

    function requireItem(bytes calldata list, uint256 index, address recipient, uint128 amount) external pure {
        (address foundRecipient, uint128 foundAmount) = list.item(index);
        require(foundRecipient == recipient && foundAmount == amount, 'item');
    }

    function requireSum(bytes calldata list, uint256 mask, uint256 expected) external pure {
        require(list.sum(mask) == expected, 'sum');
    }
}
