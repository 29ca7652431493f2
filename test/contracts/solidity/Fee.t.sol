// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IBridge } from '../../../contracts/interfaces/IBridge.sol';
import { Pegs } from '../../../contracts/libraries/Pegs.sol';

/// @dev The fee by its formula, and the parts of a peg's state that departures write.
contract FeeTest {
    using Pegs for Pegs.State;

    Pegs.State private _state;

    function testFuzz_AFeeIsRoundedUp(uint112 flat, uint16 basisPoints, uint128 amount) external pure {
        basisPoints %= 101;
        uint256 fee = Pegs.feeOf(flat, basisPoints, amount);
        uint256 exact = uint256(amount) * basisPoints;
        uint256 whole = exact / 10_000;
        require(fee == flat + whole + (exact % 10_000 == 0 ? 0 : 1), 'fee');
    }

    function test_AFeeOfExamples() external pure {
        require(Pegs.feeOf(0, 0, 1_000_000) == 0, 'none');
        require(Pegs.feeOf(7, 0, 1_000_000) == 7, 'flat');
        require(Pegs.feeOf(0, 100, 10_000) == 100, 'a hundredth');
        require(Pegs.feeOf(0, 1, 1) == 1 && Pegs.feeOf(0, 1, 10_000) == 1 && Pegs.feeOf(0, 1, 10_001) == 2, 'up');
    }

    function testFuzz_AChargeAboveTheMaximumIsRefused(uint112 flat, uint16 basisPoints, uint128 amount) external view {
        basisPoints %= 101;
        uint256 fee = Pegs.feeOf(flat, basisPoints, amount);
        if (fee == 0 || fee > type(uint128).max) return;
        require(this.charge(flat, basisPoints, amount, uint128(fee)) == fee, 'charged');
        try this.charge(flat, basisPoints, amount, uint128(fee - 1)) {
            revert('above the maximum');
        } catch (bytes memory reason) {
            bytes memory expected = abi.encodeCall(this.feeAboveMaximum, (fee, uint128(fee - 1)));
            require(_withoutSelector(reason) == _withoutSelector(expected), 'values');
            require(bytes4(reason) == IBridge.FeeAboveMaximum.selector, 'error');
        }
    }

    function test_DeparturesAreNumberedAndLinked() external {
        for (uint64 i = 0; i < 600; ++i) {
            uint64 height = 1_000 + i;
            (uint64 nonce, uint64 previousBlock) = _state.depart(height);
            require(nonce == i, 'nonce');
            require(previousBlock == (i == 0 ? 0 : height - 1), 'previous block');
            require(_state.outboundNonce == i + 1 && _state.lastOutboundBlock == height, 'state');
        }
        for (uint64 word = 0; word < 4; ++word) {
            require(_state.outboundBlocks[word] == (word < 3 ? 1_000 + word * 256 : 0), 'first block of a word');
        }
    }

    function testFuzz_TheContentOfAPaymentIsItsOwn(address recipient, uint128 amount) external pure {
        bytes25 content = Pegs.contentOf(recipient, amount);
        require(content == bytes25(keccak256(bytes.concat(bytes20(recipient), bytes16(amount)))), 'content');
    }

    function charge(uint112 flat, uint16 basisPoints, uint256 amount, uint128 maxFee) external pure returns (uint256) {
        return Pegs.charge(flat, basisPoints, amount, maxFee);
    }

    function feeAboveMaximum(uint256 fee, uint256 maxFee) external pure {}

    function _withoutSelector(bytes memory data) private pure returns (bytes32 hash) {
        assembly ('memory-safe') {
            hash := keccak256(add(data, 36), sub(mload(data), 4))
        }
    }
}
