// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Bridge } from './Bridge.sol';
import { Governed } from './Governed.sol';
import { ProductToken } from './ProductToken.sol';
import { SignerSet } from './SignerSet.sol';
import { IProductBridge } from './interfaces/IProductBridge.sol';
import { Bitmap } from './libraries/Bitmap.sol';
import { Pegs } from './libraries/Pegs.sol';
import { ProductPegs } from './libraries/ProductPegs.sol';
import { RateLimit } from './libraries/RateLimit.sol';
import { Rate } from './libraries/Rate.sol';
import { Transfers } from './libraries/Transfers.sol';

/// @title Mints product tokens and burns them again
/// @dev See {IProductBridge}.
contract ProductBridge is IProductBridge, Bridge {
    using Bitmap for Bitmap.Map;
    using Pegs for Pegs.State;
    using Pegs for mapping(address productToken => Pegs.State);
    using ProductPegs for mapping(address productToken => Pegs.State);
    using RateLimit for RateLimit.Bucket;

    constructor(
        uint256 mainChainId,
        address mainBridge,
        address mainRewards,
        address[] memory initialSigners,
        uint256 initialThreshold,
        Delays memory initialDelays,
        ProductPeg[] memory initialPegs
    ) SignerSet(initialSigners, initialThreshold) Governed(initialDelays) Bridge(mainChainId, mainBridge, mainRewards) {
        for (uint256 i = 0; i < initialPegs.length; ++i) _pegs.open(_productTokens, initialPegs[i]);
    }

    /// @inheritdoc IProductBridge
    function redeem(
        address productToken,
        uint256 productAmount,
        address recipient,
        uint128 maxFee
    ) external nonReentrant whenNotPaused returns (uint64 nonce) {
        return _redeem(productToken, productAmount, recipient, msg.sender, maxFee);
    }

    /// @inheritdoc IProductBridge
    function redeemFor(
        address productToken,
        uint256 productAmount,
        address recipient,
        address returnTo,
        uint128 maxFee
    ) external nonReentrant whenNotPaused returns (uint64 nonce) {
        require(!_isForbidden(returnTo, productToken, _pegs[productToken].mainToken), ForbiddenReturn(returnTo));

        return _redeem(productToken, productAmount, recipient, returnTo, maxFee);
    }

    /// @inheritdoc IProductBridge
    function mint(
        address productToken,
        uint64 firstNonce,
        bytes calldata transfers,
        bytes calldata signatures,
        bytes32 sourceBlock
    ) external nonReentrant {
        Pegs.State storage state = _pegs[productToken];
        // One slot answers both, and a limited mint writes it: another need not be read.
        bool limited = state.bucket.isLimited();
        require(state.bucket.isConfigured(), UnknownPeg(productToken));

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
        state.executed.set(firstNonce, open);
        emit TransfersExecuted(productToken, firstNonce, admitted, signerMask, digest);

        if (admitted != 0) ProductToken(productToken).mint(transfers, admitted);
    }

    /// @inheritdoc IProductBridge
    function departFees(address productToken) external nonReentrant whenNotPaused returns (uint64 nonce) {
        return _pegs.departFees(productToken, rewards, _blockHeight());
    }

    /// @inheritdoc IProductBridge
    function openPeg(ProductPeg calldata config) external onlyGovernance returns (address productToken) {
        return _pegs.open(_productTokens, config);
    }

    function _redeem(
        address productToken,
        uint256 productAmount,
        address recipient,
        address returnTo,
        uint128 maxFee
    ) private returns (uint64 nonce) {
        Pegs.State storage state = _pegs.known(productToken);
        bool limited = state.limited;
        require(!_isForbidden(recipient, productToken, state.mainToken), ForbiddenRecipient(recipient));
        (uint128 minimum, uint112 flat, uint16 basisPoints) = (state.minimum, state.flat, state.basisPoints);
        uint128 mainAmount = Rate.convert(
            productAmount,
            state.denominator,
            state.numerator,
            minimum,
            type(uint128).max
        );
        uint256 charged = Pegs.charge(flat, basisPoints, productAmount, maxFee);

        uint64 previousBlock;
        (nonce, previousBlock) = state.depart(_blockHeight());
        if (limited) state.bucket.refill(productAmount);

        emit ProductTokenRedeem(productToken, nonce, returnTo, recipient, productAmount, mainAmount, previousBlock);
        _keepFee(state, productToken, nonce, charged);

        ProductToken(productToken).burn(msg.sender, productAmount + charged);
    }

    /// @inheritdoc Bridge
    function _payParked(
        Pegs.State storage,
        address productToken,
        uint64,
        address recipient,
        uint128 amount
    ) internal override returns (bool paid) {
        ProductToken(productToken).mint(Transfers.pack(recipient, amount), 1);
        return true;
    }

    /// @inheritdoc Bridge
    function _isMain() internal pure override returns (bool) {
        return false;
    }

    /// @inheritdoc Bridge
    function _administrative(bytes4 selector) internal pure override returns (bool known, bool immediate) {
        if (selector == this.openPeg.selector) return (true, false);
        return super._administrative(selector);
    }
}
