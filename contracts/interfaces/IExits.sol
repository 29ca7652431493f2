// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { History } from '../anchors/History.sol';
import { IAnchors } from './IAnchors.sol';
import { IMainBridge } from './IMainBridge.sol';
import { IProductState } from './IProductState.sol';

/// @title Pays holders out of the collateral once the signers are silent
/// @notice After `exitDelay` without a sign of life of the quorum anyone opens the exits, and after `noticePeriod` more
/// closes the bridge permanently. Claims are settled as of block B of the product chain: the last anchored block, advanced during
/// `advanceWindow` to the newest source block that a quorum of the last epoch attested, so that whatever was paid had
/// departed by B. In the `claimWindow` after that claims are registered, then each is paid: in full, or all of a peg in the same
/// proportion when its collateral does not suffice. See {IExits-Claim} for what counts. A claim after the window takes what the
/// others leave over.
///
/// Signs of life are an anchor (its `attestedAt`) and an accepted proposal; withdrawals are none, as anyone can send an old
/// batch again.
/// @dev Warnings. Tokens minted or received after B are not covered. Like the bridge, this contract trusts the quorum's anchors
/// and attestations. Only attestations of the epoch at the halt count: if the last act of a quorum began an epoch, and no anchor
/// followed, redeems paid before it in the same hour can be claimed as balances, too.
interface IExits {
    /// @param openedAt When the exits were announced; zero: not.
    /// @param closedAt When the bridge was halted; zero: not.
    /// @param epoch The signer epoch at the halt.
    /// @param number Height of block B.
    /// @param blockHash Hash of block B.
    /// @param stateRoot Of block B; zero until its header was shown.
    /// @param anchoredNumber Height of the last anchored block at the halt.
    /// @param historyRoot Of the last anchor at the halt.
    struct Settlement {
        uint64 openedAt;
        uint64 closedAt;
        uint64 epoch;
        uint64 number;
        bytes32 blockHash;
        bytes32 stateRoot;
        uint64 anchoredNumber;
        bytes32 historyRoot;
    }

    /// @notice A claim as of B. These count: balances of product tokens; deposits (and refunds of bounces whose redeem departed by B)
    /// that were open or parked at the product bridge; redeems that departed by B and were not paid by the halt.
    /// @param payout Receives the payment; of a redeem, its recipient.
    /// @param fallbackAccount Of a redeem, the redeemer, which may take a payment refused to the recipient; else zero.
    /// @param amount In main base units.
    struct Claim {
        address productToken;
        address payout;
        address fallbackAccount;
        bool paid;
        uint256 amount;
    }

    /// @param returnTo, bounced As in {IMainBridge-outboundHash}.
    struct Deposit {
        uint64 nonce;
        address returnTo;
        address recipient;
        uint256 mainAmount;
        uint256 bounced;
    }

    /// @notice The payout address of an account, and the account's consent. An account of the product chain consents by the
    /// signature of its own key over `Exit(address account,address payout)`, or without a signature by its entry in
    /// {ExitAddress} at B; a depositor, an account of this chain, by its call or its signature, also by ERC-1271.
    struct Payout {
        address payout;
        bytes signature;
        bytes proof;
    }

    /// @notice The exits were announced; the bridge can be closed from `closableAt` on, unless the signers return.
    event Opened(uint256 closableAt);
    /// @notice The bridge is halted.
    event Closed(uint64 indexed number, bytes32 indexed blockHash, uint64 epoch);
    /// @notice Block B is now this.
    event Advanced(uint64 indexed number, bytes32 indexed blockHash);
    /// @notice A claim was registered.
    event Registered(bytes32 indexed id, address indexed productToken, address indexed payout, uint256 amount);
    /// @notice A claim was paid.
    event Paid(bytes32 indexed id, address indexed payout, uint256 amount);

    /// @notice A delay is shorter than the smallest, `minimum`.
    error DelayTooShort(uint256 found, uint256 minimum);
    /// @notice The signers gave a sign of life at `lastLifeAt`; the exits open `exitDelay` after the last one.
    error SignersAlive(uint256 lastLifeAt, uint256 openableAt);
    /// @notice A correction of the last anchor waits, or nothing was ever anchored.
    error NothingToSettle();
    /// @notice The call belongs to a time that begins at `from` and ends before `until`; zero: not known yet.
    error OutsideWindow(uint256 from, uint256 until);
    /// @notice No quorum of the last epoch over `digest`.
    error NoQuorum(bytes32 digest);
    /// @notice The block is not newer than B, or not B, or not B's ancestor.
    error WrongBlock(uint64 number, bytes32 blockHash);
    /// @notice The running hash after `nonce` is not known, or not the one of these departures.
    error WrongDeparture(address productToken, uint64 nonce);
    /// @notice Nothing is owed: the transfer was minted or paid, or departed after B, or the balance is empty.
    error NothingOwed(address productToken);
    /// @notice Neither signed by the account nor written into its entry at B.
    error NotAuthorised(address account, address payout);
    /// @notice Registered or paid before.
    error AlreadyClaimed(bytes32 id);
    /// @notice The claims registered in time use up the peg's collateral.
    error NothingLeft(address productToken);

    /// @notice Announces the exits. Anyone may call it once the signers were silent for `exitDelay`, and again after a sign of
    /// life has cancelled it and they were silent once more.
    function open() external;

    /// @notice Halts the bridge permanently, `noticePeriod` after `open` without a sign of life.
    function close() external;

    /// @notice Moves B to the source block of an attested batch. For `advanceWindow` after `close`.
    /// @param header Of the batch's source block.
    function advance(
        address productToken,
        uint64 firstNonce,
        bytes calldata transfers,
        bytes calldata signatures,
        bytes calldata header
    ) external;

    /// @notice Shows the header of B, once no block can replace it: claims are proven against its roots.
    function fix(bytes calldata header) external;

    /// @notice Proves and keeps the running hash before `firstNonce`, which is `start`: `items`, the hashes of the departures from
    /// there on, lead to a hash that is known, at first the last. Later proofs need lead no further than to here.
    function unwind(address productToken, uint64 firstNonce, bytes32 start, bytes32[] calldata items) external;

    /// @notice Proves and keeps an ancestor of B: later proofs of a block may begin there. Needed when one call cannot hold all
    /// headers.
    /// @param headers As in `claimRedeem`.
    function link(bytes[] calldata headers, History.Proof calldata history) external;

    /// @notice Registers the balance of an account at B, rounded down to main base units.
    function claimBalance(
        address productToken,
        address account,
        Payout calldata to,
        bytes calldata balanceProof
    ) external returns (bytes32 id);

    /// @notice Registers a deposit that had not been minted at B.
    /// @param before The running hash before it.
    /// @param later The hashes of the departures after it, up to a running hash that is known; see `unwind`.
    /// @param proofs Of its bit; when that is set, of its parked record; of a bounce, then of `outboundNonce`.
    function claimDeposit(
        address productToken,
        Deposit calldata item,
        bytes32 before,
        bytes32[] calldata later,
        Payout calldata to,
        bytes[3] calldata proofs
    ) external returns (bytes32 id);

    /// @notice Registers a redeem that departed by B and was not paid. Anyone may call it: its recipient is paid.
    /// @param headers From B, from an anchored block by `history`, or from one that was linked, down to the redeem's block; each is
    /// the parent of the one before.
    function claimRedeem(
        bytes[] calldata headers,
        History.Proof calldata history,
        bytes calldata receiptProof
    ) external returns (bytes32 id);

    /// @notice Pays a claim, after the claim window. Reverts when the token refuses; there is no deadline.
    function pay(bytes32 id) external;

    /// @notice Pays the redeemer instead, if the token refuses the recipient in this very call.
    function payRedeemer(bytes32 id, Payout calldata to) external;

    /// @notice The main bridge.
    function bridge() external view returns (IMainBridge);

    /// @notice The anchors of the product chain.
    function anchors() external view returns (IAnchors);

    /// @notice Reads the product chain's state by proofs.
    function productState() external view returns (IProductState);

    /// @notice Seconds without a sign of life after which the exits open; at least 7 days.
    function exitDelay() external view returns (uint256);

    /// @notice Seconds between the announcement and the halt; at least 3 days.
    function noticePeriod() external view returns (uint256);

    /// @notice Seconds after the halt in which B can move; at least 3 days.
    function advanceWindow() external view returns (uint256);

    /// @notice Seconds after that in which claims are registered; at least 7 days.
    function claimWindow() external view returns (uint256);

    /// @notice The EIP-712 digest by which an account names its payout address.
    function exitDigest(address account, address payout) external view returns (bytes32);

    /// @notice When B can no longer move: claims are registered from then on.
    function claimsFrom() external view returns (uint256);

    /// @notice The start of payments; claims registered from then on take only the rest.
    function paymentsFrom() external view returns (uint256);

    /// @notice The last sign of life of the quorum, in seconds since the epoch.
    function lastLifeAt() external view returns (uint256);

    /// @notice The state of the settlement.
    function settlement() external view returns (Settlement memory);

    /// @notice A claim; all zero for an unknown id.
    function claim(bytes32 id) external view returns (Claim memory);

    /// @notice The most that a peg pays out, in main base units; fixed at `close`.
    function collateral(address productToken) external view returns (uint256);

    /// @notice The running hash of a peg's departures before `nonce`; zero where none was kept by `unwind`.
    function hashBefore(address productToken, uint64 nonce) external view returns (bytes32);

    /// @notice Whether a block was kept by `link`.
    function isAncestor(bytes32 blockHash) external view returns (bool);

    /// @notice The sum of a peg's claims, in main base units.
    function registered(address productToken) external view returns (uint256);
}
