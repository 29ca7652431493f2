// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IBridge } from './IBridge.sol';

/// @title The bridge on the main chain: locks main tokens, pays them out again
/// @notice Holds the collateral of every peg, each peg's apart, and pays it out for what was redeemed on the product chain.
interface IMainBridge is IBridge {
    /// @param productToken As `ProductBridge` created it; names the peg.
    /// @param mainToken Must have code.
    /// @param numerator Product base units for each `denominator` main base units, reduced.
    /// @param denominator See `numerator`.
    /// @param minimumDeposit In main base units, a multiple of `denominator`, never zero.
    /// @param gasCap Gas for one payment of the main token, 30,000 to 5,000,000.
    /// @param capacity Withdrawal limit in main base units; `type(uint128).max` for none.
    /// @param refillPerSecond In main base units.
    struct MainPeg {
        address productToken;
        address mainToken;
        uint128 numerator;
        uint128 denominator;
        uint128 minimumDeposit;
        uint32 gasCap;
        uint128 capacity;
        uint128 refillPerSecond;
    }

    /// @notice A transfer departs in direction `mint`.
    /// @param depositor Who paid; the bridge itself when the transfer is a bounce.
    /// @param mainAmount In main base units.
    /// @param productAmount In product base units, exact.
    /// @param previousBlock Block of the lane's event before; zero for the first.
    event MainTokenDeposited(
        address indexed productToken,
        uint64 indexed nonce,
        address indexed depositor,
        address recipient,
        uint256 mainAmount,
        uint256 productAmount,
        uint64 previousBlock
    );

    /// @notice The token refused to pay; the transfer stays open.
    /// @param reason First four bytes of what the token reverted with; `TokenReturnedFalse` or `TokenWithoutCode` when it
    /// did not revert; zero when it said nothing.
    event TransferFailed(address indexed productToken, uint64 indexed nonce, bytes4 reason);

    /// @notice A refused withdrawal became the deposit `returnNonce` back to its redeemer.
    event TransferBounced(address indexed productToken, uint64 indexed nonce, uint64 returnNonce);

    /// @notice The peg takes no more deposits, for good.
    event PegRetired(address indexed productToken);
    /// @notice The gas for one payment of the peg's main token.
    event GasCapChanged(address indexed productToken, uint32 gasCap);

    /// @notice The token answered a payment with something that is not `true`: a reason in `TransferFailed`.
    error TokenReturnedFalse();
    /// @notice There is no contract at `token`; in `TransferFailed`: no longer.
    error TokenWithoutCode(address token);
    /// @notice The peg takes no more deposits.
    error RetiredPeg(address productToken);
    /// @notice Too little gas for any token, or too much for a batch.
    error InvalidGasCap(uint32 gasCap, uint32 minimum, uint32 maximum);
    /// @notice The token delivered another amount than was asked for.
    error UnexpectedAmount(uint256 expected, uint256 received);
    /// @notice The call has not gas enough to give the next payment its cap; nothing was done.
    error InsufficientGas(uint256 needed);
    /// @notice The token has not refused this withdrawal.
    error NotRefused(address productToken, uint64 nonce);
    /// @notice The token first refused it too short ago; it may still be paid until `allowedAt`.
    error BounceTooSoon(address productToken, uint64 nonce, uint256 allowedAt);
    /// @notice A batch asks for more than this peg's collateral: its quorum signed what cannot be true.
    error InsufficientLocked(address productToken, uint256 locked, uint256 needed);

    /// @notice Locks exactly `mainAmount` for `recipient` on the product chain. Needs an allowance.
    /// @param mainAmount In main base units; a multiple of the peg's denominator, at least the minimum.
    /// @return nonce The transfer's nonce in its lane.
    function deposit(address productToken, uint256 mainAmount, address recipient) external returns (uint64 nonce);

    /// @notice `deposit`, with an ERC-2612 permit for exactly `mainAmount` first. A permit that fails is ignored: the
    /// allowance decides, so that front-running the permit is no attack.
    function depositWithPermit(
        address productToken,
        uint256 mainAmount,
        address recipient,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (uint64 nonce);

    /// @notice Pays the batch's transfers that were not paid before. Fewer signatures than the threshold are kept as
    /// approvals; empty `signatures` use the kept ones alone. A payment that the token refuses stays open and stops no other.
    function withdraw(
        address productToken,
        uint64 firstNonce,
        bytes calldata transfers,
        bytes calldata signatures
    ) external;

    /// @notice Turns a withdrawal that its token first refused `bounceDelay` ago into a deposit back to the redeemer, on a
    /// quorum over
    /// `Bounce(uint256 sourceChainId,address sourceBridge,uint64 signerEpoch,address productToken,uint64 nonce,address redeemer,address recipient,uint128 mainAmount)`.
    /// It is open, or parked (again): then its record goes.
    function bounce(
        address productToken,
        uint64 nonce,
        address redeemer,
        address recipient,
        uint128 mainAmount,
        bytes calldata signatures
    ) external;

    /// @notice Opens a peg whose product token the other bridge has created.
    /// @dev Administrative, as all up to `setGasCap`: callable by this bridge itself alone, through a proposal.
    function openPeg(MainPeg calldata config) external;

    /// @notice Stops deposits of a peg for good. Withdrawals, and deposits made by a bounce, go on.
    function retirePeg(address productToken) external;

    /// @notice Sets the gas for one payment of a peg's main token, 30,000 to 5,000,000.
    function setGasCap(address productToken, uint32 gasCap) external;

    /// @notice The peg's collateral in main base units: deposits less withdrawals paid.
    function locked(address productToken) external view returns (uint256);

    /// @notice When the token first refused this withdrawal, in seconds since the epoch; zero when it never did.
    function failedAt(address productToken, uint64 nonce) external view returns (uint256);

    /// @notice What signers sign for a bounce, in the current signer epoch.
    function bounceDigest(
        address productToken,
        uint64 nonce,
        address redeemer,
        address recipient,
        uint128 mainAmount
    ) external view returns (bytes32);
}
