// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The product chain's state at one block, as exits read it
/// @notice Each function proves its answer against `stateRoot` or `receiptsRoot`, and reverts when `proof` does not fit. An
/// answer of zero needs a proof of exclusion.
/// @dev The tests of {Exits} implement it with a model of the product chain.
interface IProductState {
    /// @param redeemer As in the event: may take the payment when the recipient is refused.
    struct Redeem {
        address productToken;
        uint64 nonce;
        address redeemer;
        address recipient;
        uint128 mainAmount;
    }

    /// @notice The product tokens of an account, in product base units.
    function balanceOf(
        bytes32 stateRoot,
        address productToken,
        address account,
        bytes calldata proof
    ) external view returns (uint256);

    /// @notice `outboundNonce` of the product bridge: how many redeems departed.
    function outboundNonce(
        bytes32 stateRoot,
        address productToken,
        bytes calldata proof
    ) external view returns (uint64);

    /// @notice Whether a deposit was minted or is parked: its bit at the product bridge.
    function executed(
        bytes32 stateRoot,
        address productToken,
        uint64 nonce,
        bytes calldata proof
    ) external view returns (bool);

    /// @notice Whether a deposit is parked at the product bridge.
    function parked(
        bytes32 stateRoot,
        address productToken,
        uint64 nonce,
        bytes calldata proof
    ) external view returns (bool);

    /// @notice Where an account of the product chain wants its exits paid, as it wrote into {ExitAddress}; zero: nowhere.
    function exitAddress(bytes32 stateRoot, address account, bytes calldata proof) external view returns (address);

    /// @notice A redeem event of the product bridge in the block with these receipts.
    function redeem(bytes32 receiptsRoot, bytes calldata proof) external view returns (Redeem memory);
}
