// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IBridge } from './IBridge.sol';

/// @title The bridge on the main chain: locks main tokens, pays them out again
/// @notice Holds the collateral of every peg, accounted for separately, and pays it out for redeems on the product chain. The main
/// token of a peg is an ERC-20, or the chain's own coin under the address 0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE.
interface IMainBridge is IBridge {
    /// @param productToken As `ProductBridge` created it; names the peg.
    /// @param mainToken An ERC-20 with code, or the coin's address.
    /// @param numerator Product base units for each `denominator` main base units, reduced.
    /// @param denominator See `numerator`.
    /// @param minimumDeposit In main base units, a multiple of `denominator`, never zero.
    /// @param gasCap Gas for one payment of the main token, 30,000 to 5,000,000.
    /// @param capacity Withdrawal limit in main base units; `type(uint128).max` for none.
    /// @param refillPerSecond In main base units.
    /// @param maximumFlat The largest flat fee, in main base units.
    /// @param departMinimum The smallest fee pot that is collected, in main base units; never zero.
    struct MainPeg {
        address productToken;
        address mainToken;
        uint128 numerator;
        uint128 denominator;
        uint128 minimumDeposit;
        uint32 gasCap;
        uint128 capacity;
        uint128 refillPerSecond;
        uint112 maximumFlat;
        uint128 departMinimum;
    }

    /// @notice Other contracts that this bridge refers to; each may be zero, and none can change.
    /// @param rewards Receives the fees; zero: no fees.
    /// @param exits Can halt the bridge and pay exits; zero: no contract can.
    /// @param gate Must allow deposits; zero: deposits need no permission.
    struct Satellites {
        address rewards;
        address exits;
        address gate;
    }

    /// @param redeemer As in the event of the redeem.
    /// @param recipient The recipient that the token refused.
    /// @param mainAmount The amount that the token refused, in main base units.
    /// @param deadline Last second in which the bounce is accepted.
    struct Bounce {
        address productToken;
        uint64 nonce;
        address redeemer;
        address recipient;
        uint128 mainAmount;
        uint256 deadline;
    }

    /// @notice A transfer departs in direction `mint`.
    /// @param depositor The payer, or `returnTo` of `depositFor`; the bridge itself when the transfer is a bounce.
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

    /// @notice The payment was refused, and had no effect; the transfer stays as it was, open or parked.
    /// @param reason First four bytes of the token's revert data; `TokenReturnedFalse` or `TokenWithoutCode` when it did not
    /// revert; zero without revert data, and for the coin.
    event TransferFailed(address indexed productToken, uint64 indexed nonce, bytes4 reason);

    /// @notice A refused withdrawal became the deposit `returnNonce` back to its redeemer.
    event TransferBounced(address indexed productToken, uint64 indexed nonce, uint64 returnNonce);

    /// @notice The main side's fee pot was sent to `rewards`.
    event FeesCollected(address indexed productToken, uint256 amount);
    /// @notice The gate allows deposits before `until`, in seconds since the epoch.
    event DepositsAllowed(address indexed productToken, uint40 until);
    /// @notice `exits` stopped the bridge permanently.
    event Halted();
    /// @notice `exits` paid an exit, in main base units.
    event ExitPaid(address indexed productToken, address indexed to, uint256 amount);

    /// @notice The peg was closed to deposits, permanently.
    event PegRetired(address indexed productToken);
    /// @notice The gas for one payment of the peg's main token.
    event GasCapChanged(address indexed productToken, uint32 gasCap);

    /// @notice A reason in `TransferFailed`: the token answered a payment with something other than `true`.
    error TokenReturnedFalse();
    /// @notice The token neither reverted nor answered `true` or nothing, so that it may have moved. `withdrawGuarded` pays the
    /// rest of the batch.
    error AmbiguousAnswer(address productToken, uint64 nonce);
    /// @notice The payment was refused; `reason` as in `TransferFailed`.
    error PaymentRefused(bytes4 reason);
    /// @notice The bridge itself alone calls this.
    error OnlyBridge(address caller);
    /// @notice The gate alone calls this.
    error OnlyGate(address caller);
    /// @notice The exits alone call this.
    error OnlyExits(address caller);
    /// @notice The bridge is not halted.
    error NotHalted();
    /// @notice The gate allowed deposits before `until`, in seconds since the epoch, which has passed.
    error DepositsNotAllowed(address productToken, uint256 until);
    /// @notice The call came with `found` coins; expected are amount and fee for a peg of the coin, none for any other.
    error UnexpectedValue(uint256 expected, uint256 found);
    /// @notice The withdrawal carries fees: it stays open until it can be paid.
    error FeesNeverBounce(address productToken, uint64 nonce);
    /// @notice There is no contract at `token`; also a reason in `TransferFailed`.
    error TokenWithoutCode(address token);
    /// @notice The peg is closed to deposits.
    error RetiredPeg(address productToken);
    /// @notice Too little gas for any token, or too much for a batch.
    error InvalidGasCap(uint32 gasCap, uint32 minimum, uint32 maximum);
    /// @notice The token moved another amount than requested.
    error UnexpectedAmount(uint256 expected, uint256 received);
    /// @notice Too little gas to give the next payment its cap; nothing was done.
    error InsufficientGas(uint256 needed);
    /// @notice This recipient and amount were not refused for this withdrawal.
    error NotRefused(address productToken, uint64 nonce);
    /// @notice `bounceDelay` since the first refusal has not elapsed; it may still be paid.
    error BounceTooSoon(address productToken, uint64 nonce, uint256 allowedAt);
    /// @notice The payment exceeds this peg's collateral, which an honest quorum never signs.
    error InsufficientLocked(address productToken, uint256 locked, uint256 needed);

    /// @notice Locks exactly `mainAmount` for `recipient` on the product chain, and takes the fee on top. A token needs an
    /// allowance for both; the coin comes as `msg.value`.
    /// @param mainAmount In main base units; a multiple of the peg's denominator, at least the minimum.
    /// @param maxFee The largest fee that the caller accepts, in main base units.
    /// @return nonce The transfer's nonce in its lane.
    function deposit(
        address productToken,
        uint256 mainAmount,
        address recipient,
        uint128 maxFee
    ) external payable returns (uint64 nonce);

    /// @notice `deposit`, with `returnTo` as the depositor: it receives a refund if there is one.
    function depositFor(
        address productToken,
        uint256 mainAmount,
        address recipient,
        address returnTo,
        uint128 maxFee
    ) external payable returns (uint64 nonce);

    /// @notice `deposit`, after an ERC-2612 permit for exactly `mainAmount + maxFee`. A permit that fails is ignored: the
    /// allowance decides, so that front-running the permit is no attack.
    function depositWithPermit(
        address productToken,
        uint256 mainAmount,
        address recipient,
        uint128 maxFee,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external returns (uint64 nonce);

    /// @notice Pays the batch's transfers that were not paid before. Fewer signatures than the threshold are kept as
    /// approvals; empty `signatures` use the kept ones alone. A payment that reverts stays open and stops no other.
    /// @dev An answer that proves neither success nor failure reverts the call with `AmbiguousAnswer`.
    function withdraw(
        address productToken,
        uint64 firstNonce,
        bytes calldata transfers,
        bytes calldata signatures,
        bytes32 sourceBlock
    ) external;

    /// @notice `withdraw`, with a call frame for each payment, about 1,000 gas more each: an ambiguous answer counts as a
    /// refusal, and the frame reverts whatever the token has moved.
    function withdrawGuarded(
        address productToken,
        uint64 firstNonce,
        bytes calldata transfers,
        bytes calldata signatures,
        bytes32 sourceBlock
    ) external;

    /// @notice The frame of one payment; reverts with `PaymentRefused` unless it is proven.
    /// @dev Callable by this bridge itself alone, and by no proposal.
    function pay(address token, uint256 gasCap, address recipient, uint256 amount) external;

    /// @notice Turns a withdrawal that was refused `bounceDelay` ago into a deposit back to its redeemer, on a quorum over
    /// `Bounce(uint256 sourceChainId,address sourceBridge,uint64 signerEpoch,address productToken,uint64 nonce,address redeemer,address recipient,uint128 mainAmount,uint256 deadline)`.
    /// The withdrawal is open or parked, its recipient and amount are those refused last, and the peg has locked as much.
    function bounce(Bounce calldata item, bytes calldata signatures) external;

    /// @notice Sends the peg's fee pot to `rewards`. Anyone may call it.
    /// @dev Reverts unless the balance falls by exactly the pot and still covers what all pegs of the token have locked.
    function collectFees(address productToken) external;

    /// @notice Opens a peg for a product token that the other bridge has created.
    /// @dev Administrative, as all up to `setGasCap`: callable by this bridge itself alone, through a proposal.
    ///
    /// Assumptions on the main token that the bridge relies on and cannot check:
    /// - A transfer moves exactly the amount: it takes no fee from the sender on top, from the recipient, or later.
    /// - A balance changes by transfers alone: no rebasing, no seizure of the bridge's balance.
    /// - A transfer that reverts has moved nothing, and one that answers `true` or nothing has moved all.
    /// - An upgrade of the token keeps all of this.
    /// - A transfer costs less than `gasCap`, to an account that never held the token as well.
    /// - A transfer does not depend on call depth. A proxy fails at depth 1,023, which needs more than 10^11 gas in a block;
    ///   the refusal then recorded has no effect but to allow the signers to attest a bounce.
    /// - No two addresses are the same token. If the coin is an ERC-20 as well, peg one of the two.
    function openPeg(MainPeg calldata config) external;

    /// @notice Stops deposits of a peg permanently, at once. Withdrawals, and deposits made by a bounce, continue.
    function retirePeg(address productToken) external;

    /// @notice Sets the gas for one payment of a peg's main token, 30,000 to 5,000,000.
    function setGasCap(address productToken, uint32 gasCap) external;

    /// @notice Allows deposits of a peg before `until`, in seconds since the epoch. For the gate alone; without a gate deposits
    /// need no permission. Withdrawals never do.
    function allowDeposits(address productToken, uint40 until) external;

    /// @notice Stops the bridge permanently: everything that a pause stops, and governance. For the exits alone.
    function halt() external;

    /// @notice Pays an exit out of the peg's collateral, then its fee pot, after `halt`. For the exits alone. Reverts with
    /// `PaymentRefused` when the token refuses.
    function payExit(address productToken, address to, uint256 amount) external;

    /// @notice The contract that can halt this bridge and pay exits; zero: none.
    function exits() external view returns (address);

    /// @notice The contract that allows deposits; zero: none needs to.
    function gate() external view returns (address);

    /// @notice Whether `exits` has stopped the bridge permanently.
    function halted() external view returns (bool);

    /// @notice Deposits of the peg are allowed before this, in seconds since the epoch; means nothing without a gate.
    function depositsUntil(address productToken) external view returns (uint256);

    /// @notice The peg's collateral in main base units: deposits less withdrawals paid. Fees are no part of it.
    function locked(address productToken) external view returns (uint256);

    /// @notice The running hash of the lane's departures; zero until the first, and always without `exits`. From h to
    /// `keccak256(h ‖ item)` with each, where item is
    /// `keccak256(nonce ‖ returnTo ‖ recipient ‖ mainAmount ‖ bounced)`, five words. Of a bounce, `returnTo` and `recipient` are
    /// the redeemer, and `bounced` is the withdrawal's nonce plus one; of a deposit it is zero.
    function outboundHash(address productToken) external view returns (bytes32);

    /// @notice Time of the first refusal of the recipient and amount that were refused last, in seconds since the epoch; zero
    /// without a refusal, and after a void.
    function failedAt(address productToken, uint64 nonce) external view returns (uint256);

    /// @notice The EIP-712 digest of a bounce, in the current signer epoch.
    function bounceDigest(Bounce calldata item) external view returns (bytes32);
}
