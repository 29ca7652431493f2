// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IBridge } from './IBridge.sol';

/// @title The bridge on the product chain: mints product tokens, burns them again
/// @notice Mints product tokens for deposits on the main chain, and burns them for withdrawals there. Creates the product
/// token of each peg.
interface IProductBridge is IBridge {
    /// @param mainToken Its address on the main chain.
    /// @param name Name of the product token to create.
    /// @param symbol Symbol of the product token to create.
    /// @param decimals Decimals of the product token to create.
    /// @param numerator Product base units for each `denominator` main base units, reduced.
    /// @param denominator See `numerator`.
    /// @param minimumRedeem In product base units, a multiple of `numerator`, never zero: a free redeem must not cost the
    /// signers a withdrawal.
    /// @param capacity Mint limit in product base units; `type(uint128).max` for none.
    /// @param refillPerSecond In product base units.
    /// @param maximumFlat The largest flat fee, in product base units.
    /// @param departMinimum The smallest fee pot that departs, in product base units; never zero.
    struct ProductPeg {
        address mainToken;
        string name;
        string symbol;
        uint8 decimals;
        uint128 numerator;
        uint128 denominator;
        uint128 minimumRedeem;
        uint128 capacity;
        uint128 refillPerSecond;
        uint112 maximumFlat;
        uint128 departMinimum;
    }

    /// @notice A transfer departs in direction `withdraw`.
    /// @param redeemer Receives the tokens if the withdrawal bounces; this bridge when the transfer carries fees.
    /// @param productAmount In product base units.
    /// @param mainAmount In main base units, exact.
    /// @param previousBlock Block of the lane's event before; zero for the first.
    event ProductTokenRedeem(
        address indexed productToken,
        uint64 indexed nonce,
        address indexed redeemer,
        address recipient,
        uint256 productAmount,
        uint256 mainAmount,
        uint64 previousBlock
    );

    /// @notice Burns the caller's `productAmount` and the fee on top, for `recipient` on the main chain. Needs no allowance.
    /// @param productAmount In product base units; a multiple of the peg's numerator, at least the minimum.
    /// @param maxFee The largest fee that the caller accepts, in product base units.
    /// @return nonce The transfer's nonce in its lane.
    function redeem(
        address productToken,
        uint256 productAmount,
        address recipient,
        uint128 maxFee
    ) external returns (uint64 nonce);

    /// @notice `redeem`, with `returnTo` as the redeemer: it receives the product tokens if the withdrawal bounces.
    function redeemFor(
        address productToken,
        uint256 productAmount,
        address recipient,
        address returnTo,
        uint128 maxFee
    ) external returns (uint64 nonce);

    /// @notice Mints the batch's transfers that were not minted before. Fewer signatures than the threshold are kept as
    /// approvals; empty `signatures` use the kept ones alone.
    function mint(
        address productToken,
        uint64 firstNonce,
        bytes calldata transfers,
        bytes calldata signatures,
        bytes32 sourceBlock
    ) external;

    /// @notice Sends the largest part of the fee pot that converts to `rewards` on the main chain, as a transfer of the lane
    /// with this bridge as redeemer. Anyone may call it. Such a transfer pays no fee and never bounces.
    function departFees(address productToken) external returns (uint64 nonce);

    /// @notice Creates a product token and opens its peg; open it on the main side afterwards.
    /// @dev Administrative: callable by this bridge itself alone, through a proposal. The token's address is that of
    /// CREATE2 with the number of pegs before it as salt.
    function openPeg(ProductPeg calldata config) external returns (address productToken);
}
