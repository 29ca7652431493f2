// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from '@openzeppelin/contracts/token/ERC20/IERC20.sol';
import { SafeERC20 } from '@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol';
import { Address } from '@openzeppelin/contracts/utils/Address.sol';
import { ReentrancyGuardTransient } from '@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol';
import { ECDSA } from '@openzeppelin/contracts/utils/cryptography/ECDSA.sol';
import { EIP712 } from '@openzeppelin/contracts/utils/cryptography/EIP712.sol';
import { MerkleProof } from '@openzeppelin/contracts/utils/cryptography/MerkleProof.sol';

import { IRewards } from '../interfaces/IRewards.sol';
import { ISignerSet } from '../interfaces/ISignerSet.sol';

/// @title Distributes the fees of one bridge to its signers
/// @dev See {IRewards}.
contract Rewards is IRewards, EIP712, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    bytes32 private constant PUBLISH_TYPEHASH = keccak256(
        'Rewards(uint64 signerEpoch,address token,uint64 period,bytes32 root,uint256 total)'
    );
    bytes32 private constant PAYOUT_TYPEHASH = keccak256('Payout(address account,address payout)');

    address private constant COIN = 0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE;

    /// @inheritdoc IRewards
    address public immutable bridge;

    mapping(address token => Distribution) private _distributions;
    mapping(address account => address) private _payouts;
    /// @inheritdoc IRewards
    mapping(address token => mapping(address account => uint256)) public claimed;

    /// @param bridge_ The main bridge; it may be deployed later, at this address.
    constructor(address bridge_) EIP712('Pegway Rewards', '1') {
        bridge = bridge_;
    }

    /// @dev Coins come from the bridge's pots and its withdrawals; from others they are a gift.
    receive() external payable {}

    /// @inheritdoc IRewards
    function publish(
        address token,
        uint64 period,
        bytes32 root,
        uint256 total,
        bytes calldata signatures
    ) external nonReentrant {
        Distribution storage current = _distributions[token];
        require(period == current.period + 1, WrongPeriod(token, period, current.period + 1));
        uint256 maximum = _balanceOf(token) + current.paid;
        if (total < current.total || total > maximum) revert InvalidTotal(total, current.total, maximum);
        bytes32 digest = publishDigest(token, period, root, total);
        require(ISignerSet(bridge).hasQuorum(_epoch(), digest, signatures), NoQuorum(digest));

        (current.period, current.root, current.total) = (period, root, total);

        emit Published(token, period, root, total);
    }

    /// @inheritdoc IRewards
    function claim(address token, address account, uint256 earned, bytes32[] calldata proof) external nonReentrant {
        Distribution storage current = _distributions[token];
        bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(account, earned))));
        require(MerkleProof.verifyCalldata(proof, current.root, leaf), InvalidProof(account, earned));
        uint256 before = claimed[token][account];
        require(earned > before, NothingToClaim(token, account));
        uint256 amount = earned - before;
        uint256 paid = current.paid + amount;
        // If the leaves of a root add up to more than its total, claims stop at the total.
        require(paid <= current.total, InvalidTotal(paid, 0, current.total));

        claimed[token][account] = earned;
        current.paid = paid;

        address payout = payoutOf(account);
        emit Claimed(token, account, payout, amount);

        if (token == COIN) Address.sendValue(payable(payout), amount);
        else IERC20(token).safeTransfer(payout, amount);
    }

    /// @inheritdoc IRewards
    function setPayout(address account, address payout, bytes calldata signature) external {
        require(_payouts[account] == address(0), NotPayout(account, msg.sender));
        (address recovered, , ) = signature.length == 64
            ? ECDSA.tryRecover(payoutDigest(account, payout), bytes32(signature[:32]), bytes32(signature[32:]))
            : (address(0), ECDSA.RecoverError.InvalidSignatureLength, bytes32(0));
        if (recovered == address(0) || recovered != account) revert InvalidPayoutSignature(account, recovered);

        _setPayout(account, payout);
    }

    /// @inheritdoc IRewards
    function movePayout(address account, address payout) external {
        require(_payouts[account] == msg.sender, NotPayout(account, msg.sender));

        _setPayout(account, payout);
    }

    /// @inheritdoc IRewards
    function distribution(address token) external view returns (Distribution memory) {
        return _distributions[token];
    }

    /// @inheritdoc IRewards
    function payoutOf(address account) public view returns (address) {
        address payout = _payouts[account];
        return payout == address(0) ? account : payout;
    }

    /// @inheritdoc IRewards
    function publishDigest(address token, uint64 period, bytes32 root, uint256 total) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(PUBLISH_TYPEHASH, _epoch(), token, period, root, total)));
    }

    /// @inheritdoc IRewards
    function payoutDigest(address account, address payout) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(PAYOUT_TYPEHASH, account, payout)));
    }

    function _setPayout(address account, address payout) private {
        require(payout != address(0), InvalidPayout(payout));

        _payouts[account] = payout;

        emit PayoutChanged(account, payout);
    }

    function _epoch() private view returns (uint64) {
        return ISignerSet(bridge).signerEpoch();
    }

    function _balanceOf(address token) private view returns (uint256) {
        return token == COIN ? address(this).balance : IERC20(token).balanceOf(address(this));
    }
}
