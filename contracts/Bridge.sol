// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from '@openzeppelin/contracts/utils/math/Math.sol';

import { Bitmap } from './Bitmap.sol';
import { Governed } from './Governed.sol';
import { RateLimit } from './RateLimit.sol';
import { Transfers } from './Transfers.sol';
import { IBridge } from './interfaces/IBridge.sol';

/// @title Pegs, lanes, batches and limits, the same on both sides
/// @dev An inbound call goes: `_begin` (what is open?) → `_attest` (have enough signed?) → `_admit` (what fits the limit?) →
/// flags set (before any call) → the side's own payment → `TransfersExecuted`.
abstract contract Bridge is IBridge, Governed {
    using Bitmap for Bitmap.Map;
    using RateLimit for RateLimit.Bucket;
    using Transfers for bytes;

    bytes32 private constant ATTESTATION_TYPEHASH = keccak256(
        'Attestation(uint256 sourceChainId,address sourceBridge,uint64 signerEpoch,address productToken,uint64 firstNonce,bytes transfers)'
    );

    /// @dev Laid out by use. Of a peg without a limit a withdrawal reads slots 0 and 1, a mint the second slot of the bucket; the
    /// limit adds the bucket's slots that were not read yet.
    struct PegState {
        address mainToken;
        uint32 gasCap;
        bool limited;
        bool retired;
        // slot 1
        uint128 locked;
        uint64 outboundNonce;
        uint64 lastOutboundBlock;
        // slot 2
        uint128 numerator;
        uint128 denominator;
        // slot 3
        uint128 minimum;
        // slots 4 and 5
        RateLimit.Bucket bucket;
        Bitmap.Map executed;
        mapping(uint64 nonce => ParkedTransfer) parked;
        uint64[] parkedNonces;
        mapping(uint64 word => uint64) outboundBlocks;
    }

    /// @inheritdoc IBridge
    uint256 public immutable remoteChainId;
    /// @inheritdoc IBridge
    address public immutable remoteBridge;

    mapping(address productToken => PegState) internal _pegs;
    mapping(bytes32 digest => uint32) private _approvals;
    address[] internal _productTokens;

    constructor(uint256 remoteChainId_, address remoteBridge_) {
        // A bridge to its own chain or to itself could be shown its own events.
        if (remoteChainId_ == 0 || remoteChainId_ == block.chainid || remoteBridge_ == address(0)) {
            revert InvalidRemote(remoteChainId_, remoteBridge_);
        }
        remoteChainId = remoteChainId_;
        remoteBridge = remoteBridge_;
    }

    /// @inheritdoc IBridge
    function release(address productToken, uint64 nonce) external nonReentrant whenNotPaused {
        PegState storage state = _pegs[productToken];
        ParkedTransfer memory item = state.parked[nonce];
        require(item.releasableAt != 0, NotParked(productToken, nonce));
        require(block.timestamp >= item.releasableAt, NotReleasable(productToken, nonce, item.releasableAt));

        _unpark(state, nonce);

        if (_pay(state, productToken, nonce, item.recipient, item.amount)) emit TransferReleased(productToken, nonce);
    }

    /// @inheritdoc IBridge
    function setLimit(address productToken, uint128 capacity, uint128 refillPerSecond) external onlyGovernance {
        _setLimit(productToken, _knownPeg(productToken), capacity, refillPerSecond);
    }

    /// @inheritdoc IBridge
    function lowerLimit(address productToken, uint128 capacity, uint128 refillPerSecond) external onlyGovernance {
        PegState storage state = _knownPeg(productToken);
        if (capacity > state.bucket.capacity || (state.limited && refillPerSecond > state.bucket.refillPerSecond)) {
            revert LimitNotLower(state.bucket.capacity, state.bucket.refillPerSecond);
        }

        _configureLimit(productToken, state, capacity, refillPerSecond);
    }

    /// @inheritdoc IBridge
    function setMinimum(address productToken, uint128 minimum) external onlyGovernance {
        PegState storage state = _knownPeg(productToken);
        _requireMinimum(minimum, _step(state));

        state.minimum = minimum;

        emit MinimumChanged(productToken, minimum);
    }

    /// @inheritdoc IBridge
    function voidParked(address productToken, uint64 nonce) external onlyGovernance {
        PegState storage state = _pegs[productToken];
        require(state.parked[nonce].releasableAt != 0, NotParked(productToken, nonce));

        _unpark(state, nonce);
        state.executed.clear(nonce, 1);
        _raiseEpoch();

        emit TransferVoided(productToken, nonce);
    }

    /// @inheritdoc IBridge
    function pegs() external view returns (address[] memory) {
        return _productTokens;
    }

    /// @inheritdoc IBridge
    function peg(address productToken) external view returns (Peg memory) {
        PegState storage state = _knownPeg(productToken);
        return
            Peg({
                mainToken: state.mainToken,
                productToken: productToken,
                numerator: state.numerator,
                denominator: state.denominator,
                minimum: state.minimum,
                gasCap: state.gasCap,
                retired: state.retired,
                capacity: state.bucket.capacity,
                refillPerSecond: state.bucket.refillPerSecond,
                available: state.bucket.available()
            });
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
    function executed(address productToken, uint64 nonce) public view returns (bool) {
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
    function status(address productToken, uint64 nonce) public view virtual returns (Status) {
        if (!executed(productToken, nonce)) return Status.Open;
        return _pegs[productToken].parked[nonce].releasableAt == 0 ? Status.Executed : Status.Parked;
    }

    /// @inheritdoc IBridge
    function parked(address productToken, uint64 nonce) external view returns (ParkedTransfer memory) {
        return _pegs[productToken].parked[nonce];
    }

    /// @inheritdoc IBridge
    function parkedNonces(address productToken) external view returns (uint64[] memory) {
        return _pegs[productToken].parkedNonces;
    }

    /// @inheritdoc IBridge
    function approvals(bytes32 digest) external view returns (uint32) {
        return _approvals[digest];
    }

    /// @inheritdoc IBridge
    function attestationDigest(
        address productToken,
        uint64 firstNonce,
        bytes calldata transfers
    ) external view returns (bytes32) {
        return _attestationDigest(signerEpoch(), productToken, firstNonce, transfers);
    }

    function _attestationDigest(
        uint64 epoch,
        address productToken,
        uint64 firstNonce,
        bytes calldata transfers
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
                        transfers.hash()
                    )
                )
            );
    }

    // Inbound: what was attested is executed here.

    /// @dev Pays one transfer that was parked, and answers whether it was paid; if not, its nonce is open again.
    function _pay(
        PegState storage state,
        address productToken,
        uint64 nonce,
        address recipient,
        uint128 amount
    ) internal virtual returns (bool paid);

    /// @dev The items of the batch that nothing was decided for, as a mask. Comes before the signatures are looked at, so that
    /// a lost race is cheap and a simulation of it fails.
    function _begin(
        PegState storage state,
        address productToken,
        uint64 firstNonce,
        bytes calldata transfers
    ) internal view returns (uint256 open) {
        uint256 length = transfers.length;
        uint256 count = length / Transfers.ITEM_LENGTH;
        if (length % Transfers.ITEM_LENGTH != 0) revert InvalidTransfers(length);
        if (count == 0 || count > Transfers.MAXIMUM) revert InvalidTransfers(length);

        open = state.executed.unset(firstNonce, count);
        if (open == 0) revert AlreadyExecuted(productToken, firstNonce);
    }

    /// @dev Whether a quorum stands behind the batch. Passed signatures and kept approvals count together; signatures that
    /// complete nothing are kept. Looks at the pause, too, as it reads the slot that says so.
    function _attest(
        address productToken,
        uint64 firstNonce,
        bytes calldata transfers,
        bytes calldata signatures
    ) internal returns (bool complete, uint32 mask, bytes32 digest) {
        SignerState storage state = _signerState;
        if (block.timestamp < state.pausedUntil) revert BridgePaused(state.pausedUntil);
        digest = _attestationDigest(state.epoch, productToken, firstNonce, transfers);
        uint256 needed = state.threshold;
        uint256 count;
        if (signatures.length != 0) (mask, count) = _verify(state.list, state.size, digest, signatures);
        if (count >= needed) return (true, mask, digest);

        uint32 kept = _approvals[digest];
        uint32 added = mask & ~kept;
        mask |= kept;
        complete = _count(mask) >= needed;
        if (added == 0) {
            require(complete, MissingSignatures(mask, needed));
        } else {
            _approvals[digest] = mask;
            address[] memory list = signers();
            for (uint256 i = 0; i < list.length; ++i) {
                if ((added >> i) & 1 != 0) emit TransfersApproved(digest, list[i], productToken, firstNonce, mask);
            }
        }
    }

    /// @dev Splits the open items: those that the limit lets through are answered, the others parked. A later item that fits
    /// still goes.
    function _admit(
        PegState storage state,
        address productToken,
        uint64 firstNonce,
        bytes calldata transfers,
        uint256 open
    ) internal returns (uint256 admitted) {
        uint256 left = state.bucket.available();
        admitted = open;
        // `k` stays below 256, and what is taken from `left` is not more than it.
        unchecked {
            for (uint256 k = 0; open != 0; ++k) {
                if (open & 1 != 0) {
                    (address recipient, uint128 amount) = transfers.item(k);
                    if (amount <= left) {
                        left -= amount;
                    } else {
                        admitted ^= 1 << k;
                        _park(state, productToken, firstNonce + uint64(k), recipient, amount);
                    }
                }
                open >>= 1;
            }
        }
        state.bucket.setLevel(uint128(left));
    }

    function _park(
        PegState storage state,
        address productToken,
        uint64 nonce,
        address recipient,
        uint128 amount
    ) private {
        uint256 releasableAt = block.timestamp + _delays.parkDelay;
        uint64[] storage nonces = state.parkedNonces;
        state.parked[nonce] = ParkedTransfer(recipient, uint40(releasableAt), uint56(nonces.length), amount);
        nonces.push(nonce);

        emit TransferParked(productToken, nonce, releasableAt);
    }

    /// @dev The last of the list takes the place of the one that goes.
    function _unpark(PegState storage state, uint64 nonce) internal {
        uint64[] storage nonces = state.parkedNonces;
        uint56 position = state.parked[nonce].position;
        uint64 last = nonces[nonces.length - 1];
        nonces[position] = last;
        state.parked[last].position = position;
        nonces.pop();
        delete state.parked[nonce];
    }

    // Outbound: a holder's transfer departs here.

    /// @dev The next nonce of the lane, and the links by which a relayer without records finds it again.
    function _depart(PegState storage state) internal returns (uint64 nonce, uint64 previousBlock) {
        nonce = state.outboundNonce;
        previousBlock = state.lastOutboundBlock;

        state.outboundNonce = nonce + 1;
        state.lastOutboundBlock = uint64(block.number);
        if (nonce & 0xff == 0) state.outboundBlocks[nonce >> 8] = uint64(block.number);
    }

    /// @dev The exact amount on the other side: `amount / divisor * multiplier`.
    /// @param headroom What this bridge can still take of this peg.
    function _convert(
        uint256 amount,
        uint128 multiplier,
        uint128 divisor,
        uint128 minimum,
        uint128 headroom
    ) internal pure returns (uint128 converted) {
        uint256 maximum = Math.min(headroom, uint256(type(uint128).max / multiplier) * divisor);
        maximum -= maximum % divisor;
        require(amount <= maximum, AmountTooLarge(amount, maximum));
        // Before exactness: the minimum is a multiple of the divisor, so what is named below an inexact amount would do.
        require(amount >= minimum, AmountBelowMinimum(amount, minimum));
        require(amount % divisor == 0, InexactAmount(amount, amount - (amount % divisor)));

        return uint128((amount / divisor) * multiplier);
    }

    function _requireRecipient(address recipient, address productToken, address mainToken) internal view {
        if (
            recipient == address(0) ||
            recipient == productToken ||
            recipient == mainToken ||
            recipient == address(this) ||
            recipient == remoteBridge
        ) revert ForbiddenRecipient(recipient);
    }

    // Pegs.

    /// @dev Amounts that this bridge takes are multiples of this.
    function _step(PegState storage state) internal view virtual returns (uint128);

    function _knownPeg(address productToken) internal view returns (PegState storage state) {
        state = _pegs[productToken];
        require(state.mainToken != address(0), UnknownPeg(productToken));
    }

    function _openPeg(
        address productToken,
        address mainToken,
        uint128 numerator,
        uint128 denominator,
        uint128 minimum,
        uint32 gasCap
    ) internal returns (PegState storage state) {
        state = _pegs[productToken];
        require(state.mainToken == address(0), PegExists(productToken));
        if (mainToken == address(0) || productToken == address(0)) revert UnknownPeg(productToken);
        if (numerator == 0 || denominator == 0 || _greatestCommonDivisor(numerator, denominator) != 1) {
            revert InvalidRate(numerator, denominator);
        }

        state.mainToken = mainToken;
        state.gasCap = gasCap;
        state.numerator = numerator;
        state.denominator = denominator;
        _requireMinimum(minimum, _step(state));
        state.minimum = minimum;
        _productTokens.push(productToken);

        emit PegOpened(productToken, mainToken, numerator, denominator, minimum, gasCap);
    }

    function _setLimit(
        address productToken,
        PegState storage state,
        uint128 capacity,
        uint128 refillPerSecond
    ) internal {
        // A limit that was forgotten would park everything; no limit is written out.
        require(capacity != 0, InvalidLimit(capacity, refillPerSecond));

        _configureLimit(productToken, state, capacity, refillPerSecond);
    }

    function _configureLimit(
        address productToken,
        PegState storage state,
        uint128 capacity,
        uint128 refillPerSecond
    ) private {
        state.limited = capacity != RateLimit.UNLIMITED;
        state.bucket.configure(capacity, refillPerSecond);

        emit LimitChanged(productToken, capacity, refillPerSecond);
    }

    /// @inheritdoc Governed
    function _administrative(bytes4 selector) internal pure virtual override returns (bool known, bool immediate) {
        if (selector == this.lowerLimit.selector || selector == this.voidParked.selector) return (true, true);
        if (selector == this.setLimit.selector || selector == this.setMinimum.selector) return (true, false);
        return super._administrative(selector);
    }

    function _requireMinimum(uint128 minimum, uint128 multiple) private pure {
        require(minimum != 0 && minimum % multiple == 0, InvalidMinimum(minimum, multiple));
    }

    function _greatestCommonDivisor(uint128 a, uint128 b) private pure returns (uint128) {
        while (b != 0) (a, b) = (b, a % b);
        return a;
    }
}
