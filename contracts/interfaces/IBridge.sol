// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IGoverned } from './IGoverned.sol';

/// @title What both bridges share: pegs, lanes, batches, limits
/// @notice A peg fixes main token, product token and rate for ever. A lane is one peg in one direction; its nonces count
/// 0, 1, 2 … without a gap at the source bridge (outbound). The destination bridge (inbound) executes each nonce at most
/// once, on an attestation that a quorum of its signers has signed.
///
/// A batch is `(productToken, firstNonce, transfers)`. `transfers` is packed, 36 bytes each: recipient (20) ‖ amount in base
/// units of the destination token (16), for the nonces `firstNonce`, `firstNonce + 1`, …; 1 to 256 of them. Signed is, in
/// the EIP-712 domain `{name: "Pegway", version: "1", chainId: destination, verifyingContract: destination bridge}`,
/// `Attestation(uint256 sourceChainId,address sourceBridge,uint64 signerEpoch,address productToken,uint64 firstNonce,bytes transfers)`.
/// @dev Warnings. The bridge believes its quorum: it cannot see the other chain. Rebasing main tokens and tokens that take
/// back balances break a peg's backing; the relayers' audit stops signing, the contract cannot. `block.number` must be the
/// block height that the chain's nodes answer for (it is not on every rollup).
interface IBridge is IGoverned {
    /// @notice Where an inbound transfer stands at this bridge.
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
    /// @param retired Deposits are refused for good (main side only).
    /// @param capacity Outflow limit: what the full bucket holds, in base units of the token paid out;
    /// `type(uint128).max` means no limit.
    /// @param refillPerSecond How fast the bucket fills again.
    /// @param available What the bucket holds now.
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
    }

    /// @param recipient Who is paid on release.
    /// @param releasableAt First second in which `release` works; zero when the nonce is not parked.
    /// @param position Its place in `parkedNonces`.
    /// @param amount In base units of the destination token.
    struct ParkedTransfer {
        address recipient;
        uint40 releasableAt;
        uint56 position;
        uint128 amount;
    }

    /// @notice A peg was opened; all that never changes of it, its minimum, and its gas cap (zero on the product side).
    event PegOpened(
        address indexed productToken,
        address indexed mainToken,
        uint128 numerator,
        uint128 denominator,
        uint128 minimum,
        uint32 gasCap
    );
    /// @notice A peg's outflow limit is now this; `type(uint128).max` means no limit.
    event LimitChanged(address indexed productToken, uint128 capacity, uint128 refillPerSecond);
    /// @notice The smallest amount that this bridge takes of the peg, in base units of the token it takes.
    event MinimumChanged(address indexed productToken, uint128 minimum);

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

    /// @notice A signature was kept; `approvals` are all that are kept for this digest now.
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
    /// @notice A parked transfer was taken back; its nonce is open again.
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

    /// @notice The amount is no multiple of the peg's step; `nearest` is the next amount below that is.
    error InexactAmount(uint256 amount, uint256 nearest);
    /// @notice Less than this bridge takes of this peg.
    error AmountBelowMinimum(uint256 amount, uint256 minimum);
    /// @notice `maximum` is the largest amount that would do.
    error AmountTooLarge(uint256 amount, uint256 maximum);
    /// @notice The zero address, either token of the peg, or either bridge.
    error ForbiddenRecipient(address recipient);

    /// @notice Not a positive multiple of 36 bytes, or more than 256 items.
    error InvalidTransfers(uint256 length);
    /// @notice All of the batch was executed, parked or bounced before; in a bounce: this withdrawal was executed or bounced.
    error AlreadyExecuted(address productToken, uint64 firstNonce);
    /// @notice This transfer does not wait: it was released, voided or bounced, or never parked.
    error NotParked(address productToken, uint64 nonce);
    /// @notice Its delay is not over before `releasableAt`, in seconds since the epoch.
    error NotReleasable(address productToken, uint64 nonce, uint256 releasableAt);

    /// @notice Pays a parked transfer when its delay is over. Anyone may call it.
    function release(address productToken, uint64 nonce) external;

    /// @notice Sets a peg's outflow limit. What was used of the old one stays used.
    /// @dev Administrative, as all up to `voidParked`: callable by this bridge itself alone, through a proposal.
    /// @param capacity `type(uint128).max` for no limit; never zero here.
    function setLimit(address productToken, uint128 capacity, uint128 refillPerSecond) external;

    /// @notice Lowers a limit at once; zero parks everything.
    function lowerLimit(address productToken, uint128 capacity, uint128 refillPerSecond) external;

    /// @notice Sets the smallest amount that this bridge takes of a peg: in base units of the token it takes, a multiple of
    /// its step.
    function setMinimum(address productToken, uint128 minimum) external;

    /// @notice Takes a parked transfer back: the record goes, the nonce is open again, and the signer epoch rises, so that
    /// true content can be attested anew and the old signatures cannot.
    function voidParked(address productToken, uint64 nonce) external;

    /// @notice The chain of the other bridge.
    function remoteChainId() external view returns (uint256);

    /// @notice The other bridge, the only one whose events are attested here.
    function remoteBridge() external view returns (address);

    /// @notice The product tokens of all pegs, in the order in which they were opened.
    function pegs() external view returns (address[] memory);

    /// @notice Reverts with `UnknownPeg` for any other token.
    function peg(address productToken) external view returns (Peg memory);

    /// @notice The nonce that the lane's next transfer will have.
    function outboundNonce(address productToken) external view returns (uint64);

    /// @notice The block of the lane's last transfer; zero when there was none.
    function lastOutboundBlock(address productToken) external view returns (uint64);

    /// @notice The block of nonce `256 * word`; zero when there is none yet.
    function outboundBlock(address productToken, uint64 word) external view returns (uint64);

    /// @notice Whether nothing is left to attest for this inbound nonce: it was executed, bounced, or is parked.
    function executed(address productToken, uint64 nonce) external view returns (bool);

    /// @notice The bitmap of inbound nonces; bit i of word w is nonce `256 * w + i`.
    function executedWords(
        address productToken,
        uint64 firstWord,
        uint64 count
    ) external view returns (uint256[] memory);

    /// @notice Where an inbound transfer stands at this bridge; open, too, when its nonce was never heard of.
    function status(address productToken, uint64 nonce) external view returns (Status);

    /// @notice All zero when the nonce is not parked.
    function parked(address productToken, uint64 nonce) external view returns (ParkedTransfer memory);

    /// @notice All nonces that are parked now, in no order: a relayer without records finds them here.
    function parkedNonces(address productToken) external view returns (uint64[] memory);

    /// @notice The signers whose signatures are kept for this digest.
    function approvals(bytes32 digest) external view returns (uint32 mask);

    /// @notice What signers sign for a batch, in the current signer epoch.
    function attestationDigest(
        address productToken,
        uint64 firstNonce,
        bytes calldata transfers
    ) external view returns (bytes32);
}
