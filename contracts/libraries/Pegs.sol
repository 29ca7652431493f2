// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Hashes } from '@openzeppelin/contracts/utils/cryptography/Hashes.sol';

import { Bitmap } from './Bitmap.sol';
import { Parking } from './Parking.sol';
import { RateLimit } from './RateLimit.sol';
import { IBridge } from '../interfaces/IBridge.sol';

/// @title The storage of one peg, and its use by the bridges and their external libraries
library Pegs {
    uint256 private constant BASIS = 10_000;

    /// @dev Bound to the recipient and amount that the token refused. One slot.
    struct Refusal {
        uint40 failedAt;
        bool bounced;
        bytes25 content;
    }

    /// @dev Laid out by use. Of a peg without a limit, a withdrawal reads slots 0 and 1, a mint the second slot of the bucket,
    /// a departure without a fee slots 0 to 3. No slot of the pot becomes zero again: `departMinimum` never is.
    struct State {
        address mainToken;
        uint32 gasCap;
        bool limited;
        bool retired;
        uint40 depositsUntil;
        // slot 1
        uint128 locked;
        uint64 outboundNonce;
        uint64 lastOutboundBlock;
        // slot 2
        uint128 numerator;
        uint128 denominator;
        // slot 3
        uint128 minimum;
        uint112 flat;
        uint16 basisPoints;
        // slot 4
        uint128 feePot;
        uint128 departMinimum;
        // slots 5 and 6
        RateLimit.Bucket bucket;
        // slot 7
        Bitmap.Map executed;
        // slots 8 and 9
        Parking.Lot lot;
        mapping(uint64 word => uint64) outboundBlocks;
        mapping(uint64 nonce => Refusal) refusals;
        uint112 maximumFlat;
        /// Running hash of the departures, kept only on a main side with exits.
        bytes32 outboundHash;
    }

    /// @notice The state of the peg, which must exist.
    function known(
        mapping(address => State) storage pegs,
        address productToken
    ) internal view returns (State storage state) {
        state = pegs[productToken];
        require(state.mainToken != address(0), IBridge.UnknownPeg(productToken));
    }

    /// @notice Assigns the lane's next nonce, and keeps the links by which a relayer without records finds its events.
    /// @param height The height of this block as the chain's nodes count it.
    function depart(State storage state, uint64 height) internal returns (uint64 nonce, uint64 previousBlock) {
        nonce = state.outboundNonce;
        previousBlock = state.lastOutboundBlock;

        state.outboundNonce = nonce + 1;
        state.lastOutboundBlock = height;
        if (nonce & 0xff == 0) state.outboundBlocks[nonce >> 8] = height;
    }

    /// @notice Appends a departure to the lane's running hash. Once the signers are gone, exits prove from it which deposits
    /// never arrived: a chain's contracts cannot read its own old events.
    /// @param bounced The nonce of the withdrawal that bounced, plus one; zero for a deposit.
    function chain(
        State storage state,
        uint64 nonce,
        address returnTo,
        address recipient,
        uint256 mainAmount,
        uint256 bounced
    ) internal {
        bytes32 item = keccak256(abi.encode(nonce, returnTo, recipient, mainAmount, bounced));
        state.outboundHash = Hashes.efficientKeccak256(state.outboundHash, item);
    }

    /// @notice `flat` plus the basis points of the amount, rounded up.
    function feeOf(uint112 flat, uint16 basisPoints, uint256 amount) internal pure returns (uint256) {
        return flat + (amount * basisPoints + BASIS - 1) / BASIS;
    }

    /// @notice The fee of an amount that converts, which must be at most `maxFee`.
    function charge(
        uint112 flat,
        uint16 basisPoints,
        uint256 amount,
        uint128 maxFee
    ) internal pure returns (uint256 charged) {
        // The amount is below 2^128 here, and no fee exceeds 2^113 and a hundredth of it.
        unchecked {
            charged = feeOf(flat, basisPoints, amount);
        }
        require(charged <= maxFee, IBridge.FeeAboveMaximum(charged, maxFee));
    }

    /// @notice Identifies a payment that the token refused.
    function contentOf(address recipient, uint128 amount) internal pure returns (bytes25) {
        return bytes25(keccak256(abi.encodePacked(recipient, amount)));
    }
}
