// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20Permit } from '@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol';

import { Bridge } from './Bridge.sol';
import { Governed } from './Governed.sol';
import { Payments } from './Payments.sol';
import { SignerSet } from './SignerSet.sol';
import { IMainBridge } from './interfaces/IMainBridge.sol';
import { Bitmap } from './libraries/Bitmap.sol';
import { Governance } from './libraries/Governance.sol';
import { MainPegs } from './libraries/MainPegs.sol';
import { Pegs } from './libraries/Pegs.sol';
import { RateLimit } from './libraries/RateLimit.sol';
import { Rate } from './libraries/Rate.sol';
import { Transfers } from './libraries/Transfers.sol';

/// @title Locks main tokens and pays them out again
/// @dev See {IMainBridge}.
contract MainBridge is Bridge, Payments {
    using Bitmap for Bitmap.Map;
    using Bitmap for uint256;
    using MainPegs for mapping(address productToken => Pegs.State);
    using Pegs for Pegs.State;
    using Pegs for mapping(address productToken => Pegs.State);
    using RateLimit for RateLimit.Bucket;
    using Transfers for bytes;

    /// @inheritdoc IMainBridge
    address public immutable exits;
    /// @inheritdoc IMainBridge
    address public immutable gate;

    constructor(
        uint256 productChainId,
        address productBridge,
        Satellites memory satellites,
        address[] memory initialSigners,
        uint256 initialThreshold,
        Delays memory initialDelays,
        MainPeg[] memory initialPegs
    )
        SignerSet(initialSigners, initialThreshold)
        Governed(initialDelays)
        Bridge(productChainId, productBridge, satellites.rewards)
    {
        exits = satellites.exits;
        gate = satellites.gate;
        for (uint256 i = 0; i < initialPegs.length; ++i) _pegs.open(_productTokens, initialPegs[i]);
    }

    /// @inheritdoc IMainBridge
    function deposit(
        address productToken,
        uint256 mainAmount,
        address recipient,
        uint128 maxFee
    ) external payable nonReentrant whenNotPaused returns (uint64 nonce) {
        return _deposit(productToken, mainAmount, recipient, msg.sender, maxFee);
    }

    /// @inheritdoc IMainBridge
    function depositFor(
        address productToken,
        uint256 mainAmount,
        address recipient,
        address returnTo,
        uint128 maxFee
    ) external payable nonReentrant whenNotPaused returns (uint64 nonce) {
        require(!_isForbidden(returnTo, productToken, _pegs[productToken].mainToken), ForbiddenReturn(returnTo));

        return _deposit(productToken, mainAmount, recipient, returnTo, maxFee);
    }

    /// @inheritdoc IMainBridge
    function depositWithPermit(
        address productToken,
        uint256 mainAmount,
        address recipient,
        uint128 maxFee,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant whenNotPaused returns (uint64 nonce) {
        address token = _pegs.known(productToken).mainToken;
        try
            IERC20Permit(token).permit(msg.sender, address(this), mainAmount + uint256(maxFee), deadline, v, r, s)
        {} catch {}

        return _deposit(productToken, mainAmount, recipient, msg.sender, maxFee);
    }

    /// @inheritdoc IMainBridge
    function withdraw(
        address productToken,
        uint64 firstNonce,
        bytes calldata transfers,
        bytes calldata signatures,
        bytes32 sourceBlock
    ) external nonReentrant {
        _withdraw(productToken, firstNonce, transfers, signatures, sourceBlock, false);
    }

    /// @inheritdoc IMainBridge
    function withdrawGuarded(
        address productToken,
        uint64 firstNonce,
        bytes calldata transfers,
        bytes calldata signatures,
        bytes32 sourceBlock
    ) external nonReentrant {
        _withdraw(productToken, firstNonce, transfers, signatures, sourceBlock, true);
    }

    /// @inheritdoc IMainBridge
    function bounce(Bounce calldata item, bytes calldata signatures) external nonReentrant whenNotPaused {
        _pegs.bounce(_signers, _context(), item, signatures);
    }

    /// @inheritdoc IMainBridge
    function collectFees(address productToken) external nonReentrant whenNotPaused {
        _pegs.collectFees(_productTokens, productToken, rewards);
    }

    /// @inheritdoc IMainBridge
    function openPeg(MainPeg calldata config) external onlyGovernance {
        _pegs.open(_productTokens, config);
    }

    /// @inheritdoc IMainBridge
    function retirePeg(address productToken) external onlyGovernance {
        _pegs.retire(productToken);
    }

    /// @inheritdoc IMainBridge
    function setGasCap(address productToken, uint32 gasCap) external onlyGovernance {
        _pegs.setGasCap(productToken, gasCap);
    }

    /// @inheritdoc IMainBridge
    function allowDeposits(address productToken, uint40 until) external {
        require(msg.sender == gate, OnlyGate(msg.sender));

        _pegs.allowDeposits(productToken, until);
    }

    /// @inheritdoc IMainBridge
    function halt() external nonReentrant {
        _requireExits();

        _signers.pausedUntil = Governance.HALTED;

        emit Halted();
    }

    /// @inheritdoc IMainBridge
    function payExit(address productToken, address to, uint256 amount) external nonReentrant {
        _requireExits();
        require(halted(), NotHalted());
        _pegs.payExit(productToken, to, amount);
    }

    /// @inheritdoc IMainBridge
    function outboundHash(address productToken) external view returns (bytes32) {
        return _pegs[productToken].outboundHash;
    }

    /// @inheritdoc IMainBridge
    function locked(address productToken) external view returns (uint256) {
        return _pegs[productToken].locked;
    }

    /// @inheritdoc IMainBridge
    function failedAt(address productToken, uint64 nonce) external view returns (uint256) {
        return _pegs[productToken].refusals[nonce].failedAt;
    }

    /// @inheritdoc IMainBridge
    function depositsUntil(address productToken) external view returns (uint256) {
        return _pegs[productToken].depositsUntil;
    }

    /// @inheritdoc IMainBridge
    function halted() public view returns (bool) {
        return _signers.pausedUntil == Governance.HALTED;
    }

    /// @inheritdoc IMainBridge
    function bounceDigest(Bounce calldata item) external view returns (bytes32) {
        return MainPegs.bounceDigest(_signers, _context(), item);
    }

    function _deposit(
        address productToken,
        uint256 mainAmount,
        address recipient,
        address returnTo,
        uint128 maxFee
    ) private returns (uint64 nonce) {
        Pegs.State storage state = _pegs.known(productToken);
        address token = state.mainToken;
        require(!state.retired, RetiredPeg(productToken));
        if (gate != address(0) && block.timestamp >= state.depositsUntil) {
            revert DepositsNotAllowed(productToken, state.depositsUntil);
        }
        require(!_isForbidden(recipient, productToken, token), ForbiddenRecipient(recipient));
        // Ahead of the checks below, while few words are on the stack; a revert undoes it.
        if (exits != address(0)) state.chain(state.outboundNonce, returnTo, recipient, mainAmount, 0);
        bool limited = state.limited;
        (uint128 minimum, uint112 flat, uint16 basisPoints) = (state.minimum, state.flat, state.basisPoints);
        uint128 productAmount = Rate.convert(
            mainAmount,
            state.numerator,
            state.denominator,
            minimum,
            type(uint128).max - state.locked
        );
        uint256 charged = Pegs.charge(flat, basisPoints, mainAmount, maxFee);

        uint64 previousBlock;
        (nonce, previousBlock) = state.depart(_blockHeight());
        state.locked += uint128(mainAmount);
        if (limited) state.bucket.refill(mainAmount);

        emit MainTokenDeposited(productToken, nonce, returnTo, recipient, mainAmount, productAmount, previousBlock);
        _keepFee(state, productToken, nonce, charged);

        _receive(token, mainAmount + charged);
    }

    function _withdraw(
        address productToken,
        uint64 firstNonce,
        bytes calldata transfers,
        bytes calldata signatures,
        bytes32 sourceBlock,
        bool guarded
    ) private {
        Pegs.State storage state = _pegs[productToken];
        bool limited = state.limited;
        require(state.mainToken != address(0), UnknownPeg(productToken));

        uint256 open = _begin(state, productToken, firstNonce, transfers);
        (bool complete, uint32 signerMask, bytes32 digest) = _attest(
            productToken,
            firstNonce,
            transfers,
            signatures,
            sourceBlock
        );
        if (!complete) return;

        uint256 admitted = limited ? _admit(state, productToken, firstNonce, transfers, open) : open;
        _unlock(state, productToken, transfers.sum(admitted));
        state.executed.set(firstNonce, open);

        uint256 failed = _payAll(state, productToken, firstNonce, transfers, admitted, guarded);
        if (failed != 0) _giveBack(state, firstNonce, transfers.sum(failed), failed);

        emit TransfersExecuted(productToken, firstNonce, admitted ^ failed, signerMask, digest);
    }

    /// @dev Pays the items in the mask, and returns those that were refused.
    function _payAll(
        Pegs.State storage state,
        address productToken,
        uint64 firstNonce,
        bytes calldata transfers,
        uint256 mask,
        bool guarded
    ) private returns (uint256 failed) {
        (address token, uint256 gasCap) = (state.mainToken, state.gasCap);
        // `k` stays below 256, and no nonce exceeds 64 bits.
        unchecked {
            for (uint256 k = 0; mask != 0; (++k, mask >>= 1)) {
                if (!mask.has(0)) continue;
                (address recipient, uint128 amount) = transfers.item(k);
                (bool paid, bytes4 reason) = guarded
                    ? _payFramed(token, gasCap, recipient, amount)
                    : _transfer(token, gasCap, recipient, amount);
                if (paid) continue;
                // The token may have moved: only a frame can revert that.
                if (!guarded && reason == TokenReturnedFalse.selector) {
                    revert AmbiguousAnswer(productToken, firstNonce + uint64(k));
                }
                failed |= 1 << k;
                _recordRefusal(state, productToken, firstNonce + uint64(k), recipient, amount, reason);
            }
        }
    }

    function _unlock(Pegs.State storage state, address productToken, uint256 amount) private {
        uint256 collateral = state.locked;
        if (amount > collateral) revert InsufficientLocked(productToken, collateral, amount);
        unchecked {
            state.locked = uint128(collateral - amount);
        }
    }

    /// @dev Refused items leave bits, collateral and limit as they were.
    function _giveBack(Pegs.State storage state, uint64 firstNonce, uint256 amount, uint256 failed) private {
        state.executed.clear(firstNonce, failed);
        state.locked += uint128(amount);
        if (state.limited) state.bucket.refill(amount);
    }

    /// @inheritdoc Bridge
    function _payParked(
        Pegs.State storage state,
        address productToken,
        uint64 nonce,
        address recipient,
        uint128 amount
    ) internal override returns (bool paid) {
        _unlock(state, productToken, amount);

        bytes4 reason;
        (paid, reason) = _payFramed(state.mainToken, state.gasCap, recipient, amount);
        if (!paid) {
            state.locked += amount;
            _recordRefusal(state, productToken, nonce, recipient, amount, reason);
        }
    }

    /// @dev Keeps the time of the first refusal of this recipient and amount.
    function _recordRefusal(
        Pegs.State storage state,
        address productToken,
        uint64 nonce,
        address recipient,
        uint128 amount,
        bytes4 reason
    ) private {
        Pegs.Refusal storage refusal = state.refusals[nonce];
        bytes25 content = Pegs.contentOf(recipient, amount);
        if (refusal.content != content) (refusal.failedAt, refusal.content) = (uint40(block.timestamp), content);

        emit TransferFailed(productToken, nonce, reason);
    }

    function _requireExits() private view {
        require(msg.sender == exits, OnlyExits(msg.sender));
    }

    function _context() private view returns (MainPegs.Context memory) {
        return
            MainPegs.Context(
                _domainSeparatorV4(),
                remoteChainId,
                remoteBridge,
                _blockHeight(),
                exits != address(0),
                _governance.delays.bounceDelay
            );
    }

    /// @inheritdoc Bridge
    function _isMain() internal pure override returns (bool) {
        return true;
    }

    /// @inheritdoc Bridge
    function _administrative(bytes4 selector) internal pure override returns (bool known, bool immediate) {
        if (selector == this.retirePeg.selector) return (true, true);
        if (selector == this.openPeg.selector || selector == this.setGasCap.selector) return (true, false);
        return super._administrative(selector);
    }
}
