// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The fees of one bridge, and their distribution to its signers
/// @notice Fees arrive as tokens or coins. The bridge's quorum publishes one cumulative root a token: a Merkle tree, as
/// OpenZeppelin's `StandardMerkleTree` builds it, of the leaves `(address account, uint256 earned)`, where `earned` is all
/// that the account has ever earned in that token. An account is paid the difference to what it has claimed.
/// @dev Signed is, in the EIP-712 domain `{name: "Pegway Rewards", version: "1", chainId, verifyingContract: this contract}`,
/// `Rewards(uint64 signerEpoch,address token,uint64 period,bytes32 root,uint256 total)`.
///
/// Warning: a quorum can overpay itself out of fees. It can never take collateral here: the bridge holds that.
interface IRewards {
    /// @param period The last published period; the first is 1.
    /// @param root The cumulative root.
    /// @param total The sum of all `earned` under the root.
    /// @param paid The sum of all claims.
    struct Distribution {
        uint64 period;
        bytes32 root;
        uint256 total;
        uint256 paid;
    }

    /// @notice The quorum published the root of a period.
    event Published(address indexed token, uint64 indexed period, bytes32 root, uint256 total);
    /// @notice `amount` was paid to `payout` for what `account` earned.
    event Claimed(address indexed token, address indexed account, address payout, uint256 amount);
    /// @notice What `account` earns goes to `payout` from now on.
    event PayoutChanged(address indexed account, address payout);

    /// @notice Too few of the bridge's current signers have signed this.
    error NoQuorum(bytes32 digest);
    /// @notice Periods are published in order, each once.
    error WrongPeriod(address token, uint64 period, uint64 expected);
    /// @notice The total is below the one before, or promises more than this contract holds and has paid.
    error InvalidTotal(uint256 total, uint256 minimum, uint256 maximum);
    /// @notice The leaf `(account, earned)` is not under the published root.
    error InvalidProof(address account, uint256 earned);
    /// @notice Nothing is left to claim.
    error NothingToClaim(address token, address account);
    /// @notice The zero address cannot be paid.
    error InvalidPayout(address payout);
    /// @notice The first payout address is named by the account's own signature, a later one by the payout it replaces.
    error NotPayout(address account, address caller);
    /// @notice The signature is not the account's.
    error InvalidPayoutSignature(address account, address recovered);

    /// @notice Publishes the cumulative root of the next period. Anyone may call it with the quorum's signatures.
    /// @param total At least the total before, and at most what this contract holds plus what it has paid.
    function publish(address token, uint64 period, bytes32 root, uint256 total, bytes calldata signatures) external;

    /// @notice Pays what `account` has earned and not claimed to its payout address, or to itself if it named none. Anyone may
    /// call it.
    function claim(address token, address account, uint256 earned, bytes32[] calldata proof) external;

    /// @notice Names the first payout address of an account, by its EIP-712 signature (64 bytes, EIP-2098) over
    /// `Payout(address account,address payout)`. Works once: a signer's key, which is online, cannot redirect later rewards.
    function setPayout(address account, address payout, bytes calldata signature) external;

    /// @notice Replaces the payout address of an account. For the present payout address alone.
    function movePayout(address account, address payout) external;

    /// @notice The bridge; its quorum publishes.
    function bridge() external view returns (address);

    /// @notice The last published distribution of a token.
    function distribution(address token) external view returns (Distribution memory);

    /// @notice What an account has claimed of a token so far.
    function claimed(address token, address account) external view returns (uint256);

    /// @notice Where an account is paid.
    function payoutOf(address account) external view returns (address);

    /// @notice What the quorum signs for a period, in the bridge's current signer epoch.
    function publishDigest(address token, uint64 period, bytes32 root, uint256 total) external view returns (bytes32);

    /// @notice What an account signs to name its payout address.
    function payoutDigest(address account, address payout) external view returns (bytes32);
}
