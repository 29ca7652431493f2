// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { BlockHeight } from './BlockHeight.sol';
import { Governed } from './Governed.sol';
import { IBridge } from './interfaces/IBridge.sol';
import { Bitmap } from './libraries/Bitmap.sol';
import { Parking } from './libraries/Parking.sol';
import { PegAdministration } from './libraries/PegAdministration.sol';
import { Pegs } from './libraries/Pegs.sol';
import { RateLimit } from './libraries/RateLimit.sol';
import { Signers } from './libraries/Signers.sol';
import { Transfers } from './libraries/Transfers.sol';

/// @title Pegs, lanes, batches and limits, the same on both sides
/// @dev An inbound call runs `_begin` (which items are open?) → `_attest` (a quorum?) → `_admit` (what fits the limit?) → bits
/// set, before any call → the side's own payment → `TransfersExecuted`.
abstract contract Bridge is IBridge, Governed, BlockHeight {
    using Bitmap for Bitmap.Map;
    using Bitmap for uint256;
    using Parking for Parking.Lot;
    using PegAdministration for mapping(address productToken => Pegs.State);
    using Pegs for Pegs.State;
    using Pegs for mapping(address productToken => Pegs.State);
    using RateLimit for RateLimit.Bucket;
    using Signers for Signers.State;
    using Transfers for bytes;

    bytes32 private constant ATTESTATION_TYPEHASH = keccak256(
        'Attestation(uint256 sourceChainId,address sourceBridge,uint64 signerEpoch,address productToken,uint64 firstNonce,bytes transfers,bytes32 sourceBlock)'
    );

    /// @inheritdoc IBridge
    uint256 public immutable remoteChainId;
    /// @inheritdoc IBridge
    address public immutable remoteBridge;
    /// @inheritdoc IBridge
    address public immutable rewards;

    mapping(address productToken => Pegs.State) internal _pegs;
    address[] internal _productTokens;

    constructor(uint256 remoteChainId_, address remoteBridge_, address rewards_) {
        // A bridge paired with its own chain or with itself would accept its own events.
        if (remoteChainId_ == 0 || remoteChainId_ == block.chainid || remoteBridge_ == address(0)) {
            revert InvalidRemote(remoteChainId_, remoteBridge_);
        }
        remoteChainId = remoteChainId_;
        remoteBridge = remoteBridge_;
        rewards = rewards_;
    }

    /// @inheritdoc IBridge
    function release(address productToken, uint64[] calldata nonces) external nonReentrant whenNotPaused {
        Pegs.State storage state = _pegs[productToken];
        bool any;
        for (uint256 i = 0; i < nonces.length; ++i) {
            uint64 nonce = nonces[i];
            ParkedTransfer memory item = state.lot.records[nonce];
            if (item.releasableAt == 0 || block.timestamp < item.releasableAt) continue;

            any = true;
            if (!_payParked(state, productToken, nonce, item.recipient, item.amount)) continue;

            state.lot.remove(nonce);
            emit TransferReleased(productToken, nonce);
        }
        require(any, NothingReleasable(productToken));
    }

    /// @inheritdoc IBridge
    function setLimit(address productToken, uint128 capacity, uint128 refillPerSecond) external onlyGovernance {
        _pegs.setLimit(productToken, capacity, refillPerSecond);
    }

    /// @inheritdoc IBridge
    function lowerLimit(address productToken, uint128 capacity, uint128 refillPerSecond) external onlyGovernance {
        _pegs.lowerLimit(productToken, capacity, refillPerSecond);
    }

    /// @inheritdoc IBridge
    function setMinimum(address productToken, uint128 minimum) external onlyGovernance {
        _pegs.setMinimum(productToken, minimum, _isMain());
    }

    /// @inheritdoc IBridge
    function setFee(address productToken, uint112 flat, uint16 basisPoints) external onlyGovernance {
        _pegs.setFee(productToken, flat, basisPoints, rewards);
    }

    /// @inheritdoc IBridge
    function setDepartMinimum(address productToken, uint128 departMinimum) external onlyGovernance {
        _pegs.setDepartMinimum(productToken, departMinimum);
    }

    /// @inheritdoc IBridge
    function voidParked(address productToken, uint64[] calldata nonces) external onlyGovernance {
        _pegs.voidParked(productToken, nonces);
        _signers.raiseEpoch();
    }

    /// @inheritdoc IBridge
    function pegs() external view returns (address[] memory) {
        return _productTokens;
    }

    /// @inheritdoc IBridge
    function peg(address productToken) external view returns (Peg memory) {
        return _pegs.describe(productToken);
    }

    /// @inheritdoc IBridge
    function fee(address productToken) external view returns (uint112 flat, uint16 basisPoints) {
        Pegs.State storage state = _pegs.known(productToken);
        return (state.flat, state.basisPoints);
    }

    /// @inheritdoc IBridge
    function quoteFee(address productToken, uint256 amount) external view returns (uint256) {
        Pegs.State storage state = _pegs.known(productToken);
        return Pegs.feeOf(state.flat, state.basisPoints, amount);
    }

    /// @inheritdoc IBridge
    function feePot(address productToken) external view returns (uint256) {
        return _pegs[productToken].feePot;
    }

    /// @inheritdoc IBridge
    function outboundNonce(address productToken) external view returns (uint64) {
        return _pegs[productToken].outboundNonce;
    }

    /// @inheritdoc IBridge
    function lastOutboundBlock(address productToken) external view returns (uint64) {
        return _pegs[productToken].lastOutboundBlock;
    }

    /// @inheritdoc IBridge
    function outboundBlock(address productToken, uint64 word) external view returns (uint64) {
        return _pegs[productToken].outboundBlocks[word];
    }

    /// @inheritdoc IBridge
    function executed(address productToken, uint64 nonce) external view returns (bool) {
        return _pegs[productToken].executed.get(nonce);
    }

    /// @inheritdoc IBridge
    function executedWords(
        address productToken,
        uint64 firstWord,
        uint64 count
    ) external view returns (uint256[] memory words) {
        Bitmap.Map storage map = _pegs[productToken].executed;
        words = new uint256[](count);
        for (uint64 i = 0; i < count; ++i) words[i] = map.words[firstWord + i];
    }

    /// @inheritdoc IBridge
    function status(address productToken, uint64 nonce) external view returns (Status) {
        Pegs.State storage state = _pegs[productToken];
        if (!state.executed.get(nonce)) return Status.Open;
        if (state.lot.has(nonce)) return Status.Parked;
        return state.refusals[nonce].bounced ? Status.Bounced : Status.Executed;
    }

    /// @inheritdoc IBridge
    function parked(address productToken, uint64 nonce) external view returns (ParkedTransfer memory) {
        return _pegs[productToken].lot.records[nonce];
    }

    /// @inheritdoc IBridge
    function parkedCount(address productToken) external view returns (uint256) {
        return _pegs[productToken].lot.nonces.length;
    }

    /// @inheritdoc IBridge
    function parkedNonces(address productToken, uint256 offset, uint256 limit) external view returns (uint64[] memory) {
        return _pegs[productToken].lot.page(offset, limit);
    }

    /// @inheritdoc IBridge
    function attestationDigest(
        uint64 epoch,
        address productToken,
        uint64 firstNonce,
        bytes calldata transfers,
        bytes32 sourceBlock
    ) external view returns (bytes32) {
        return _attestationDigest(epoch, productToken, firstNonce, transfers, sourceBlock);
    }

    // Inbound.

    /// @dev Pays one parked transfer, and returns whether it was paid; if not, nothing has changed but the record of the
    /// refusal.
    function _payParked(
        Pegs.State storage state,
        address productToken,
        uint64 nonce,
        address recipient,
        uint128 amount
    ) internal virtual returns (bool paid);

    /// @dev Returns the open items of the batch as a mask. Runs before the signatures are verified, so that a lost race is
    /// cheap and its simulation fails.
    function _begin(
        Pegs.State storage state,
        address productToken,
        uint64 firstNonce,
        bytes calldata transfers
    ) internal view returns (uint256 open) {
        uint256 length = transfers.length;
        uint256 count = length / Transfers.ITEM_LENGTH;
        if (length % Transfers.ITEM_LENGTH != 0 || count == 0 || count > Transfers.MAXIMUM) {
            revert InvalidTransfers(length);
        }
        // No nonce of the batch exceeds 64 bits; what follows counts them without a check.
        if (firstNonce + (count - 1) > type(uint64).max) revert NonceOutOfRange(firstNonce, count);

        open = state.executed.unset(firstNonce, count);
        if (open == 0) revert AlreadyExecuted(productToken, firstNonce);
    }

    /// @dev Returns whether a quorum has signed the batch. Passed signatures and kept approvals count together; signatures that
    /// do not complete a quorum are kept. Also checks the pause, which is in the slot that it reads.
    function _attest(
        address productToken,
        uint64 firstNonce,
        bytes calldata transfers,
        bytes calldata signatures,
        bytes32 sourceBlock
    ) internal returns (bool complete, uint32 mask, bytes32 digest) {
        Signers.State storage state = _signers;
        if (block.timestamp < state.pausedUntil) revert BridgePaused(state.pausedUntil);

        digest = _attestationDigest(state.epoch, productToken, firstNonce, transfers, sourceBlock);
        uint256 passed;
        if (signatures.length != 0) {
            (mask, passed) = Signers.verify(state.list, state.size, digest, signatures);
        }
        if (passed >= state.threshold) return (true, mask, digest);

        (complete, mask) = state.approveBatch(digest, mask, productToken, firstNonce);
    }

    /// @dev Splits the open items into those that the limit lets through, which it returns, and those that are parked. A later
    /// item that fits is admitted.
    function _admit(
        Pegs.State storage state,
        address productToken,
        uint64 firstNonce,
        bytes calldata transfers,
        uint256 open
    ) internal returns (uint256 admitted) {
        uint256 left = state.bucket.available();
        admitted = open;
        // `k` stays below 256, no nonce exceeds 64 bits, and `amount` is at most `left`.
        unchecked {
            for (uint256 k = 0; open != 0; (++k, open >>= 1)) {
                if (!open.has(0)) continue;
                (address recipient, uint128 amount) = transfers.item(k);
                if (amount <= left) {
                    left -= amount;
                } else {
                    admitted ^= 1 << k;
                    _park(state, productToken, firstNonce + uint64(k), recipient, amount);
                }
            }
        }
        state.bucket.setLevel(uint128(left));
    }

    function _park(
        Pegs.State storage state,
        address productToken,
        uint64 nonce,
        address recipient,
        uint128 amount
    ) private {
        uint256 releasableAt = block.timestamp + _governance.delays.parkDelay;
        state.lot.add(nonce, recipient, amount, releasableAt);

        emit TransferParked(productToken, nonce, releasableAt);
    }

    function _attestationDigest(
        uint64 epoch,
        address productToken,
        uint64 firstNonce,
        bytes calldata transfers,
        bytes32 sourceBlock
    ) private view returns (bytes32) {
        return
            _hashTypedDataV4(
                keccak256(
                    abi.encode(
                        ATTESTATION_TYPEHASH,
                        remoteChainId,
                        remoteBridge,
                        epoch,
                        productToken,
                        firstNonce,
                        keccak256(transfers),
                        sourceBlock
                    )
                )
            );
    }

    // Outbound.

    /// @dev Puts the fee of the outbound transfer `nonce` into the pot.
    function _keepFee(Pegs.State storage state, address productToken, uint64 nonce, uint256 charged) internal {
        if (charged == 0) return;

        state.feePot += uint128(charged);

        emit FeeTaken(productToken, nonce, charged);
    }

    /// @dev A payment to any of these addresses would be lost.
    function _isForbidden(address account, address productToken, address mainToken) internal view returns (bool) {
        return
            account == address(0) ||
            account == productToken ||
            account == mainToken ||
            account == address(this) ||
            account == remoteBridge;
    }

    // Governance.

    function _isMain() internal pure virtual returns (bool);

    /// @inheritdoc Governed
    function _administrative(bytes4 selector) internal pure virtual override returns (bool known, bool immediate) {
        if (selector == this.lowerLimit.selector || selector == this.voidParked.selector) return (true, true);
        if (
            selector == this.setLimit.selector ||
            selector == this.setMinimum.selector ||
            selector == this.setFee.selector ||
            selector == this.setDepartMinimum.selector
        ) return (true, false);
        return super._administrative(selector);
    }
}
