// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from '@openzeppelin/contracts/token/ERC20/IERC20.sol';
import { IERC20Permit } from '@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol';
import { SafeERC20 } from '@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol';
import { Math } from '@openzeppelin/contracts/utils/math/Math.sol';

import { Bitmap } from './Bitmap.sol';
import { Bridge } from './Bridge.sol';
import { Governed } from './Governed.sol';
import { RateLimit } from './RateLimit.sol';
import { SignerSet } from './SignerSet.sol';
import { Transfers } from './Transfers.sol';
import { IBridge } from './interfaces/IBridge.sol';
import { IMainBridge } from './interfaces/IMainBridge.sol';

/// @title Locks main tokens and pays them out again
/// @dev See {IMainBridge}.
contract MainBridge is IMainBridge, Bridge {
    using Bitmap for Bitmap.Map;
    using Math for uint256;
    using RateLimit for RateLimit.Bucket;
    using SafeERC20 for IERC20;
    using Transfers for bytes;

    bytes32 private constant BOUNCE_TYPEHASH = keccak256(
        'Bounce(uint256 sourceChainId,address sourceBridge,uint64 signerEpoch,address productToken,uint64 nonce,address redeemer,address recipient,uint128 mainAmount)'
    );

    uint32 private constant MINIMUM_GAS_CAP = 30_000;
    uint32 private constant MAXIMUM_GAS_CAP = 5_000_000;
    /// @dev A call passes on at most 63/64 of what is left after its own cost: this covers that cost.
    uint256 private constant CALL_OVERHEAD = 10_000;

    mapping(address productToken => mapping(uint64 nonce => bool)) private _bounced;
    /// @inheritdoc IMainBridge
    mapping(address productToken => mapping(uint64 nonce => uint256)) public failedAt;

    constructor(
        uint256 productChainId,
        address productBridge,
        address[] memory initialSigners,
        uint256 initialThreshold,
        Delays memory initialDelays,
        MainPeg[] memory initialPegs
    ) SignerSet(initialSigners, initialThreshold) Governed(initialDelays) Bridge(productChainId, productBridge) {
        for (uint256 i = 0; i < initialPegs.length; ++i) _open(initialPegs[i]);
    }

    /// @inheritdoc IMainBridge
    function deposit(
        address productToken,
        uint256 mainAmount,
        address recipient
    ) external nonReentrant whenNotPaused returns (uint64 nonce) {
        return _deposit(productToken, mainAmount, recipient);
    }

    /// @inheritdoc IMainBridge
    function depositWithPermit(
        address productToken,
        uint256 mainAmount,
        address recipient,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant whenNotPaused returns (uint64 nonce) {
        address mainToken = _knownPeg(productToken).mainToken;
        try IERC20Permit(mainToken).permit(msg.sender, address(this), mainAmount, deadline, v, r, s) {} catch {}

        return _deposit(productToken, mainAmount, recipient);
    }

    /// @inheritdoc IMainBridge
    function withdraw(
        address productToken,
        uint64 firstNonce,
        bytes calldata transfers,
        bytes calldata signatures
    ) external nonReentrant {
        PegState storage state = _pegs[productToken];
        (address token, uint256 gasCap, bool limited) = (state.mainToken, state.gasCap, state.limited);
        if (token == address(0)) revert UnknownPeg(productToken);

        uint256 open = _begin(state, productToken, firstNonce, transfers);
        (bool complete, uint32 signerMask, bytes32 digest) = _attest(productToken, firstNonce, transfers, signatures);
        if (!complete) return;

        uint256 admitted = limited ? _admit(state, productToken, firstNonce, transfers, open) : open;
        _unlock(productToken, state, transfers.sum(admitted));
        state.executed.set(firstNonce, open);

        uint256 failed = _payAll(productToken, state, token, gasCap, firstNonce, transfers, admitted);
        emit TransfersExecuted(productToken, firstNonce, admitted ^ failed, signerMask, digest);
    }

    /// @inheritdoc IMainBridge
    function bounce(
        address productToken,
        uint64 nonce,
        address redeemer,
        address recipient,
        uint128 mainAmount,
        bytes calldata signatures
    ) external nonReentrant whenNotPaused {
        PegState storage state = _knownPeg(productToken);
        // SECURITY: what its token refused and is over the limit can be parked again by anybody, with its old batch. So parked
        // is as good as open here; `failedAt` tells it from what waits for its first payment.
        bool waits = state.parked[nonce].releasableAt != 0;
        if (!waits && state.executed.get(nonce)) revert AlreadyExecuted(productToken, nonce);
        uint256 refusedAt = failedAt[productToken][nonce];
        require(refusedAt != 0, NotRefused(productToken, nonce));
        uint256 allowedAt = refusedAt + _delays.bounceDelay;
        require(block.timestamp >= allowedAt, BounceTooSoon(productToken, nonce, allowedAt));
        _verifyQuorum(bounceDigest(productToken, nonce, redeemer, recipient, mainAmount), signatures);
        // Converted before, when it was redeemed; so it converts back, whatever the minimum is now.
        uint128 productAmount = _convert(mainAmount, state.numerator, state.denominator, 1, type(uint128).max);

        if (waits) _unpark(state, nonce);
        state.executed.set(nonce, 1);
        _bounced[productToken][nonce] = true;
        // The collateral stays: what was redeemed is about to be minted again.
        (uint64 returnNonce, uint64 previousBlock) = _depart(state);

        emit MainTokenDeposited(
            productToken,
            returnNonce,
            address(this),
            redeemer,
            mainAmount,
            productAmount,
            previousBlock
        );
        emit TransferBounced(productToken, nonce, returnNonce);
    }

    /// @inheritdoc IMainBridge
    function openPeg(MainPeg calldata config) external onlyGovernance {
        _open(config);
    }

    /// @inheritdoc IMainBridge
    function retirePeg(address productToken) external onlyGovernance {
        PegState storage state = _knownPeg(productToken);
        require(!state.retired, RetiredPeg(productToken));

        state.retired = true;

        emit PegRetired(productToken);
    }

    /// @inheritdoc IMainBridge
    function setGasCap(address productToken, uint32 gasCap) external onlyGovernance {
        PegState storage state = _knownPeg(productToken);
        _requireGasCap(gasCap);

        state.gasCap = gasCap;

        emit GasCapChanged(productToken, gasCap);
    }

    /// @inheritdoc IMainBridge
    function locked(address productToken) external view returns (uint256) {
        return _pegs[productToken].locked;
    }

    /// @inheritdoc IBridge
    function status(address productToken, uint64 nonce) public view override(Bridge, IBridge) returns (Status) {
        if (_bounced[productToken][nonce]) return Status.Bounced;
        return super.status(productToken, nonce);
    }

    /// @inheritdoc IMainBridge
    function bounceDigest(
        address productToken,
        uint64 nonce,
        address redeemer,
        address recipient,
        uint128 mainAmount
    ) public view returns (bytes32) {
        return
            _hashTypedDataV4(
                keccak256(
                    abi.encode(
                        BOUNCE_TYPEHASH,
                        remoteChainId,
                        remoteBridge,
                        signerEpoch(),
                        productToken,
                        nonce,
                        redeemer,
                        recipient,
                        mainAmount
                    )
                )
            );
    }

    function _deposit(address productToken, uint256 mainAmount, address recipient) private returns (uint64 nonce) {
        PegState storage state = _knownPeg(productToken);
        require(!state.retired, RetiredPeg(productToken));
        IERC20 token = IERC20(state.mainToken);
        _requireRecipient(recipient, productToken, address(token));
        uint128 productAmount = _convert(
            mainAmount,
            state.numerator,
            state.denominator,
            state.minimum,
            type(uint128).max - state.locked
        );

        uint64 previousBlock;
        (nonce, previousBlock) = _depart(state);
        state.locked += uint128(mainAmount);
        if (state.limited) state.bucket.refill(mainAmount);

        emit MainTokenDeposited(productToken, nonce, msg.sender, recipient, mainAmount, productAmount, previousBlock);

        // The one lock is held: nothing can come in or go out between the two readings.
        uint256 balance = token.balanceOf(address(this));
        token.safeTransferFrom(msg.sender, address(this), mainAmount);
        uint256 received = token.balanceOf(address(this)).saturatingSub(balance);
        require(received == mainAmount, UnexpectedAmount(mainAmount, received));
    }

    function _unlock(address productToken, PegState storage state, uint256 amount) private {
        if (amount > state.locked) revert InsufficientLocked(productToken, state.locked, amount);
        unchecked {
            state.locked -= uint128(amount);
        }
    }

    /// @dev Pays the items in `mask`; gives flag, collateral and limit of those that the token refuses back.
    function _payAll(
        address productToken,
        PegState storage state,
        address token,
        uint256 gasCap,
        uint64 firstNonce,
        bytes calldata transfers,
        uint256 mask
    ) private returns (uint256 failed) {
        // `k` stays below 256.
        unchecked {
            for (uint256 k = 0; mask != 0; ++k) {
                if (mask & 1 != 0) {
                    (address recipient, uint128 amount) = transfers.item(k);
                    (bool paid, bytes4 reason) = _transfer(token, gasCap, recipient, amount);
                    if (!paid) {
                        failed |= 1 << k;
                        _recordFailure(productToken, firstNonce + uint64(k), reason);
                    }
                }
                mask >>= 1;
            }
        }

        if (failed != 0) {
            state.executed.clear(firstNonce, failed);
            _giveBack(state, transfers.sum(failed));
        }
    }

    /// @inheritdoc Bridge
    function _pay(
        PegState storage state,
        address productToken,
        uint64 nonce,
        address recipient,
        uint128 amount
    ) internal override returns (bool paid) {
        _unlock(productToken, state, amount);

        bytes4 reason;
        (paid, reason) = _transfer(state.mainToken, state.gasCap, recipient, amount);
        if (!paid) {
            state.executed.clear(nonce, 1);
            state.locked += amount;
            _recordFailure(productToken, nonce, reason);
        }
    }

    function _recordFailure(address productToken, uint64 nonce, bytes4 reason) private {
        if (failedAt[productToken][nonce] == 0) failedAt[productToken][nonce] = block.timestamp;

        emit TransferFailed(productToken, nonce, reason);
    }

    function _giveBack(PegState storage state, uint256 amount) private {
        state.locked += uint128(amount);
        if (state.limited) state.bucket.refill(amount);
    }

    /// @dev SECURITY: the one outside call of an inbound transfer, to the peg's own token. It gets `gasCap` gas and not a unit
    /// less: with too little left the whole call reverts, so that nobody can make an item fail by the gas limit he chooses.
    /// At most 32 bytes of its answer are read; nothing (from a token with code) or exactly `true` is success.
    function _transfer(
        address token,
        uint256 gasCap,
        address recipient,
        uint256 amount
    ) private returns (bool paid, bytes4 reason) {
        // `gasCap` is a uint32.
        unchecked {
            uint256 needed = gasCap + gasCap / 63 + CALL_OVERHEAD;
            if (gasleft() < needed) revert InsufficientGas(needed);
        }

        bytes4 selector = IERC20.transfer.selector;
        bool success;
        uint256 size;
        bytes32 answer;
        // Solidity's own call has no bound on what it copies back, and its encoder takes new memory for each item.
        assembly ('memory-safe') {
            let pointer := mload(0x40)
            mstore(pointer, selector)
            mstore(add(pointer, 4), recipient)
            mstore(add(pointer, 36), amount)
            mstore(0, 0)
            success := call(gasCap, token, 0, pointer, 68, 0, 32)
            size := returndatasize()
            answer := mload(0)
        }

        if (!success) return (false, bytes4(answer));
        if (size >= 32 && uint256(answer) == 1) return (true, bytes4(0));
        if (size != 0) return (false, TokenReturnedFalse.selector);
        return token.code.length == 0 ? (false, TokenWithoutCode.selector) : (true, bytes4(0));
    }

    function _open(MainPeg memory config) private {
        require(config.mainToken.code.length != 0, TokenWithoutCode(config.mainToken));
        _requireGasCap(config.gasCap);

        PegState storage state = _openPeg(
            config.productToken,
            config.mainToken,
            config.numerator,
            config.denominator,
            config.minimumDeposit,
            config.gasCap
        );
        _setLimit(config.productToken, state, config.capacity, config.refillPerSecond);
    }

    /// @inheritdoc Bridge
    function _step(PegState storage state) internal view override returns (uint128) {
        return state.denominator;
    }

    /// @inheritdoc Bridge
    function _administrative(bytes4 selector) internal pure override returns (bool known, bool immediate) {
        if (
            selector == this.openPeg.selector ||
            selector == this.retirePeg.selector ||
            selector == this.setGasCap.selector
        ) return (true, false);
        return super._administrative(selector);
    }

    function _requireGasCap(uint32 gasCap) private pure {
        if (gasCap < MINIMUM_GAS_CAP || gasCap > MAXIMUM_GAS_CAP) {
            revert InvalidGasCap(gasCap, MINIMUM_GAS_CAP, MAXIMUM_GAS_CAP);
        }
    }
}
