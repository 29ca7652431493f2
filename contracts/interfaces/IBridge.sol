// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IGoverned } from './IGoverned.sol';

/// @title The common part of both bridges: pegs, lanes, batches, limits, fees
/// @notice Main token, product token and rate of a peg are immutable. A lane is one peg in one direction; its nonces count
/// 0, 1, 2 … without a gap at the source bridge (outbound). The destination bridge (inbound) executes each nonce at most
/// once, on an attestation that a quorum of its signers has signed.
///
/// A batch is `(productToken, firstNonce, transfers)`. `transfers` is packed, 36 bytes each: recipient (20) ‖ amount in base
/// units of the destination token (16), for the nonces `firstNonce`, `firstNonce + 1`, …; 1 to 256 of them. Signed is, in
/// the EIP-712 domain `{name: "Pegway", version: "2", chainId: destination, verifyingContract: destination bridge}`,
/// `Attestation(uint256 sourceChainId,address sourceBridge,uint64 signerEpoch,address productToken,uint64 firstNonce,bytes transfers,bytes32 sourceBlock)`,
/// where `sourceBlock` is the hash of the source block of the batch's last transfer. The bridge cannot check that hash; it
/// binds the signers to it.
///
/// A fee is taken at the source on top of the amount, in the departing token, and waits in the peg's pot.
/// @dev Warnings. The bridge trusts its quorum: it cannot read the other chain. The token assumptions are listed on
/// `openPeg`; when one of them breaks, the relayers' audit stops signing, while the contract cannot detect it.
interface IBridge is IGoverned {
    /// @notice The state of an inbound transfer at this bridge.
    enum Status {
        Open,
        Executed,
        Parked,
        Bounced
    }

    /// @param mainToken Locked on the main chain.
    /// @param productToken Minted on the product chain; names the peg.
    /// @param numerator Product base units for each `denominator` main base units, reduced.
    /// @param denominator See `numerator`.
    /// @param minimum Smallest amount this bridge takes, in base units of the token it takes; never zero.
    /// @param gasCap Gas given to one payment of the main token; zero on the product side.
    /// @param retired Deposits are refused permanently (main side only).
    /// @param capacity Outflow limit: content of the full bucket, in base units of the token paid out;
    /// `type(uint128).max` means no limit.
    /// @param refillPerSecond Refill of the bucket, in the same units.
    /// @param available Content of the bucket now.
    /// @param flat Flat part of the fee, in base units of the token this bridge takes.
    /// @param basisPoints Part of the amount, in 1/10,000.
    /// @param maximumFlat The largest `flat` that `setFee` accepts; never changes.
    /// @param departMinimum The smallest pot that leaves this bridge; never zero.
    struct Peg {
        address mainToken;
        address productToken;
        uint128 numerator;
        uint128 denominator;
        uint128 minimum;
        uint32 gasCap;
        bool retired;
        uint128 capacity;
        uint128 refillPerSecond;
        uint128 available;
        uint112 flat;
        uint16 basisPoints;
        uint112 maximumFlat;
        uint128 departMinimum;
    }

    /// @param recipient Receives the payment on release.
    /// @param releasableAt First second in which `release` works; zero when the nonce is not parked.
    /// @param position Its place in `parkedNonces`.
    /// @param amount In base units of the destination token.
    struct ParkedTransfer {
        address recipient;
        uint40 releasableAt;
        uint56 position;
        uint128 amount;
    }

    /// @notice A peg was opened, without a fee; `gasCap` is zero on the product side.
    event PegOpened(
        address indexed productToken,
        address indexed mainToken,
        uint128 numerator,
        uint128 denominator,
        uint128 minimum,
        uint32 gasCap,
        uint112 maximumFlat,
        uint128 departMinimum
    );
    /// @notice A peg's outflow limit is now this; `type(uint128).max` means no limit.
    event LimitChanged(address indexed productToken, uint128 capacity, uint128 refillPerSecond);
    /// @notice The smallest amount that this bridge takes of the peg, in base units of the token it takes.
    event MinimumChanged(address indexed productToken, uint128 minimum);

    /// @notice The fee of departures from now on.
    event FeeChanged(address indexed productToken, uint112 flat, uint16 basisPoints);
    /// @notice The smallest fee pot that leaves this bridge.
    event DepartMinimumChanged(address indexed productToken, uint128 departMinimum);
    /// @notice The outbound transfer `nonce` paid this fee, in base units of the token it departed in.
    event FeeTaken(address indexed productToken, uint64 nonce, uint256 fee);

    /// @notice One for each executing call: bit k of `mask` is nonce `firstNonce + k`, exactly those that this call executed.
    /// @param signerMask The signers whose signatures and approvals counted.
    /// @param digest The attestation; rebuild `transfers` from the source events and compare.
    event TransfersExecuted(
        address indexed productToken,
        uint64 indexed firstNonce,
        uint256 mask,
        uint32 signerMask,
        bytes32 digest
    );

    /// @notice A signature passed with a batch was kept; `approvals` are all that are kept for this digest now.
    event TransfersApproved(
        bytes32 indexed digest,
        address indexed signer,
        address indexed productToken,
        uint64 firstNonce,
        uint32 approvals
    );

    /// @notice Over the outflow limit: kept until `releasableAt`.
    event TransferParked(address indexed productToken, uint64 indexed nonce, uint256 releasableAt);
    /// @notice A parked transfer was paid.
    event TransferReleased(address indexed productToken, uint64 indexed nonce);
    /// @notice A parked transfer was cancelled; its nonce is open again.
    event TransferVoided(address indexed productToken, uint64 indexed nonce);

    /// @notice The other bridge's chain is zero or this one, or its address is zero.
    error InvalidRemote(uint256 chainId, address bridge);
    /// @notice No peg of this product token, or a peg is to be opened without a token.
    error UnknownPeg(address productToken);
    /// @notice This product token has a peg; another rate is another product token.
    error PegExists(address productToken);
    /// @notice Neither part may be zero, and they must have no common divisor.
    error InvalidRate(uint128 numerator, uint128 denominator);
    /// @notice Neither zero nor an amount that does not convert; `multiple` is the smallest step.
    error InvalidMinimum(uint256 minimum, uint256 multiple);
    /// @notice A capacity of zero would park everything; no limit is written out as `type(uint128).max`.
    error InvalidLimit(uint128 capacity, uint128 refillPerSecond);
    /// @notice `lowerLimit` can only lower.
    error LimitNotLower(uint128 capacity, uint128 refillPerSecond);

    /// @notice The amount is not a multiple of the peg's step; `nearest` is the next multiple below.
    error InexactAmount(uint256 amount, uint256 nearest);
    /// @notice Less than this bridge takes of this peg.
    error AmountBelowMinimum(uint256 amount, uint256 minimum);
    /// @notice `maximum` is the largest amount that this call would accept; zero when there is none.
    error AmountTooLarge(uint256 amount, uint256 maximum);
    /// @notice The zero address, either token of the peg, or either bridge.
    error ForbiddenRecipient(address recipient);
    /// @notice `returnTo` is the zero address, either token of the peg, or either bridge.
    error ForbiddenReturn(address returnTo);
    /// @notice The fee rose above what the caller accepts.
    error FeeAboveMaximum(uint256 fee, uint256 maxFee);
    /// @notice Above the peg's maximum flat part, or above the maximum basis points.
    error FeeTooLarge(uint112 flat, uint16 basisPoints, uint112 maximumFlat, uint16 maximumBasisPoints);
    /// @notice This bridge has no `rewards`: it takes no fee.
    error NoRewards();
    /// @notice The pot, or the part of it that converts, is smaller than `minimum`.
    error FeePotBelowMinimum(uint256 pot, uint256 minimum);

    /// @notice Not a positive multiple of 36 bytes, or more than 256 items.
    error InvalidTransfers(uint256 length);
    /// @notice The nonces of the batch do not fit 64 bits.
    error NonceOutOfRange(uint64 firstNonce, uint256 count);
    /// @notice All of the batch was executed, parked or bounced before; in a bounce: this withdrawal was executed or bounced.
    error AlreadyExecuted(address productToken, uint64 firstNonce);
    /// @notice None of these nonces is parked with its delay elapsed.
    error NothingReleasable(address productToken);

    /// @notice Pays parked transfers whose delay has elapsed, and skips the others. Anyone may call it. A transfer that its
    /// token refuses stays parked and releasable.
    function release(address productToken, uint64[] calldata nonces) external;

    /// @notice Sets a peg's outflow limit. The new bucket holds at most the content of the old one.
    /// @dev Administrative, as all up to `voidParked`: callable by this bridge itself alone, through a proposal.
    /// @param capacity `type(uint128).max` for no limit; never zero here.
    function setLimit(address productToken, uint128 capacity, uint128 refillPerSecond) external;

    /// @notice Lowers a limit at once; zero parks everything.
    function lowerLimit(address productToken, uint128 capacity, uint128 refillPerSecond) external;

    /// @notice Sets the smallest amount that this bridge takes of a peg: in base units of the token it takes, a multiple of
    /// its step.
    function setMinimum(address productToken, uint128 minimum) external;

    /// @notice Sets the fee of a peg at this bridge: `flat` in base units of the token it takes, at most the peg's maximum, and
    /// at most 100 basis points.
    function setFee(address productToken, uint112 flat, uint16 basisPoints) external;

    /// @notice Sets the smallest fee pot that leaves this bridge; never zero.
    function setDepartMinimum(address productToken, uint128 departMinimum) external;

    /// @notice Cancels parked transfers, at once, and begins a signer epoch, so that their signatures are worthless. Nonces
    /// that are not parked are skipped.
    function voidParked(address productToken, uint64[] calldata nonces) external;

    /// @notice The chain of the other bridge.
    function remoteChainId() external view returns (uint256);

    /// @notice The other bridge; only its events are attested here.
    function remoteBridge() external view returns (address);

    /// @notice The contract on the main chain that fees go to; zero when this bridge takes none.
    function rewards() external view returns (address);

    /// @notice The product tokens of all pegs, in the order in which they were opened.
    function pegs() external view returns (address[] memory);

    /// @notice Reverts with `UnknownPeg` for any other token.
    function peg(address productToken) external view returns (Peg memory);

    /// @notice The parts of the fee of a departure.
    function fee(address productToken) external view returns (uint112 flat, uint16 basisPoints);

    /// @notice The fee that a departure of `amount` pays on top: `flat + amount * basisPoints / 10,000`, rounded up.
    function quoteFee(address productToken, uint256 amount) external view returns (uint256);

    /// @notice The fees taken at this bridge that have not left it, in base units of the token it takes.
    function feePot(address productToken) external view returns (uint256);

    /// @notice The nonce that the lane's next transfer will have.
    function outboundNonce(address productToken) external view returns (uint64);

    /// @notice The block of the lane's last transfer; zero when there was none.
    function lastOutboundBlock(address productToken) external view returns (uint64);

    /// @notice The block of nonce `256 * word`; zero when there is none yet.
    function outboundBlock(address productToken, uint64 word) external view returns (uint64);

    /// @notice Whether this inbound nonce was executed, bounced, or is parked: nothing is left to attest.
    function executed(address productToken, uint64 nonce) external view returns (bool);

    /// @notice The bitmap of inbound nonces; bit i of word w is nonce `256 * w + i`.
    function executedWords(
        address productToken,
        uint64 firstWord,
        uint64 count
    ) external view returns (uint256[] memory);

    /// @notice The state of an inbound transfer; open as well when its nonce is unknown here.
    function status(address productToken, uint64 nonce) external view returns (Status);

    /// @notice All zero when the nonce is not parked.
    function parked(address productToken, uint64 nonce) external view returns (ParkedTransfer memory);

    /// @notice How many transfers are parked now.
    function parkedCount(address productToken) external view returns (uint256);

    /// @notice A page of the parked nonces, in no order: a relayer without records finds them here.
    function parkedNonces(address productToken, uint256 offset, uint256 limit) external view returns (uint64[] memory);

    /// @notice The EIP-712 digest of a batch in a signer epoch.
    function attestationDigest(
        uint64 epoch,
        address productToken,
        uint64 firstNonce,
        bytes calldata transfers,
        bytes32 sourceBlock
    ) external view returns (bytes32);
}
