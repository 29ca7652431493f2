// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Bitmap } from './Bitmap.sol';
import { Bridge } from './Bridge.sol';
import { Governed } from './Governed.sol';
import { ProductToken } from './ProductToken.sol';
import { RateLimit } from './RateLimit.sol';
import { SignerSet } from './SignerSet.sol';
import { Transfers } from './Transfers.sol';
import { IProductBridge } from './interfaces/IProductBridge.sol';

/// @title Mints product tokens and burns them again
/// @dev See {IProductBridge}.
contract ProductBridge is IProductBridge, Bridge {
    using Bitmap for Bitmap.Map;
    using RateLimit for RateLimit.Bucket;

    constructor(
        uint256 mainChainId,
        address mainBridge,
        address[] memory initialSigners,
        uint256 initialThreshold,
        Delays memory initialDelays,
        ProductPeg[] memory initialPegs
    ) SignerSet(initialSigners, initialThreshold) Governed(initialDelays) Bridge(mainChainId, mainBridge) {
        for (uint256 i = 0; i < initialPegs.length; ++i) _open(initialPegs[i]);
    }

    /// @inheritdoc IProductBridge
    function redeem(
        address productToken,
        uint256 productAmount,
        address recipient
    ) external nonReentrant whenNotPaused returns (uint64 nonce) {
        PegState storage state = _knownPeg(productToken);
        _requireRecipient(recipient, productToken, state.mainToken);
        uint128 mainAmount = _convert(
            productAmount,
            state.denominator,
            state.numerator,
            state.minimum,
            type(uint128).max
        );

        uint64 previousBlock;
        (nonce, previousBlock) = _depart(state);
        if (state.limited) state.bucket.refill(productAmount);

        emit ProductTokenRedeem(productToken, nonce, msg.sender, recipient, productAmount, mainAmount, previousBlock);

        ProductToken(productToken).burn(msg.sender, productAmount);
    }

    /// @inheritdoc IProductBridge
    function mint(
        address productToken,
        uint64 firstNonce,
        bytes calldata transfers,
        bytes calldata signatures
    ) external nonReentrant {
        PegState storage state = _pegs[productToken];
        // The slot that says both is written by a limited mint, so that another need not be read.
        bool limited = state.bucket.isLimited();
        require(state.bucket.isConfigured(), UnknownPeg(productToken));

        uint256 open = _begin(state, productToken, firstNonce, transfers);
        (bool complete, uint32 signerMask, bytes32 digest) = _attest(productToken, firstNonce, transfers, signatures);
        if (!complete) return;

        uint256 admitted = limited ? _admit(state, productToken, firstNonce, transfers, open) : open;
        state.executed.set(firstNonce, open);
        emit TransfersExecuted(productToken, firstNonce, admitted, signerMask, digest);

        if (admitted != 0) ProductToken(productToken).mint(transfers, admitted);
    }

    /// @inheritdoc IProductBridge
    function openPeg(ProductPeg calldata config) external onlyGovernance returns (address productToken) {
        return _open(config);
    }

    /// @inheritdoc Bridge
    function _pay(
        PegState storage,
        address productToken,
        uint64,
        address recipient,
        uint128 amount
    ) internal override returns (bool paid) {
        ProductToken(productToken).mint(Transfers.pack(recipient, amount), 1);
        return true;
    }

    function _open(ProductPeg memory config) private returns (address productToken) {
        // Created here, so that its code is known: a mint cannot fail, and nobody else can mint.
        ProductToken token = new ProductToken{ salt: bytes32(_productTokens.length) }(
            config.name,
            config.symbol,
            config.decimals
        );
        productToken = address(token);

        PegState storage state = _openPeg(
            productToken,
            config.mainToken,
            config.numerator,
            config.denominator,
            config.minimumRedeem,
            0
        );
        _setLimit(productToken, state, config.capacity, config.refillPerSecond);
    }

    /// @inheritdoc Bridge
    function _step(PegState storage state) internal view override returns (uint128) {
        return state.numerator;
    }

    /// @inheritdoc Bridge
    function _administrative(bytes4 selector) internal pure override returns (bool known, bool immediate) {
        if (selector == this.openPeg.selector) return (true, false);
        return super._administrative(selector);
    }
}
