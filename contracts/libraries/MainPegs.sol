// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from '@openzeppelin/contracts/token/ERC20/IERC20.sol';
import { SafeERC20 } from '@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol';
import { Address } from '@openzeppelin/contracts/utils/Address.sol';
import { MessageHashUtils } from '@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol';
import { Math } from '@openzeppelin/contracts/utils/math/Math.sol';

import { Bitmap } from './Bitmap.sol';
import { Parking } from './Parking.sol';
import { PegAdministration } from './PegAdministration.sol';
import { Pegs } from './Pegs.sol';
import { Rate } from './Rate.sol';
import { Signers } from './Signers.sol';
import { IBridge } from '../interfaces/IBridge.sol';
import { IGoverned } from '../interfaces/IGoverned.sol';
import { IMainBridge } from '../interfaces/IMainBridge.sol';

/// @title Pegs of the main side: opening, retiring, bounces, fees, exits
/// @dev Functions that are `public` run by delegatecall in the bridge's storage.
library MainPegs {
    using Bitmap for Bitmap.Map;
    using Parking for Parking.Lot;
    using PegAdministration for mapping(address productToken => Pegs.State);
    using Pegs for Pegs.State;
    using Pegs for mapping(address productToken => Pegs.State);
    using SafeERC20 for IERC20;
    using Signers for Signers.State;

    bytes32 private constant BOUNCE_TYPEHASH = keccak256(
        'Bounce(uint256 sourceChainId,address sourceBridge,uint64 signerEpoch,address productToken,uint64 nonce,address redeemer,address recipient,uint128 mainAmount,uint256 deadline)'
    );

    address internal constant COIN = 0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE;

    uint32 private constant MINIMUM_GAS_CAP = 30_000;
    uint32 private constant MAXIMUM_GAS_CAP = 5_000_000;

    /// @dev The immutable values of a bridge that a bounce needs, its height and its delay.
    struct Context {
        bytes32 domain;
        uint256 remoteChainId;
        address remoteBridge;
        uint64 height;
        bool hasExits;
        uint256 bounceDelay;
    }

    function open(
        mapping(address productToken => Pegs.State) storage pegs,
        address[] storage productTokens,
        IMainBridge.MainPeg memory config
    ) public {
        if (config.mainToken != COIN && config.mainToken.code.length == 0) {
            revert IMainBridge.TokenWithoutCode(config.mainToken);
        }
        _requireGasCap(config.gasCap);

        IBridge.Peg memory peg;
        peg.mainToken = config.mainToken;
        peg.productToken = config.productToken;
        peg.numerator = config.numerator;
        peg.denominator = config.denominator;
        peg.minimum = config.minimumDeposit;
        peg.gasCap = config.gasCap;
        peg.capacity = config.capacity;
        peg.refillPerSecond = config.refillPerSecond;
        peg.maximumFlat = config.maximumFlat;
        peg.departMinimum = config.departMinimum;
        pegs.open(productTokens, peg, config.denominator);
    }

    function retire(mapping(address productToken => Pegs.State) storage pegs, address productToken) public {
        Pegs.State storage state = pegs.known(productToken);
        require(!state.retired, IMainBridge.RetiredPeg(productToken));

        state.retired = true;

        emit IMainBridge.PegRetired(productToken);
    }

    function setGasCap(
        mapping(address productToken => Pegs.State) storage pegs,
        address productToken,
        uint32 gasCap
    ) public {
        Pegs.State storage state = pegs.known(productToken);
        _requireGasCap(gasCap);

        state.gasCap = gasCap;

        emit IMainBridge.GasCapChanged(productToken, gasCap);
    }

    function allowDeposits(
        mapping(address productToken => Pegs.State) storage pegs,
        address productToken,
        uint40 until
    ) public {
        pegs.known(productToken).depositsUntil = until;

        emit IMainBridge.DepositsAllowed(productToken, until);
    }

    /// @notice See {IMainBridge-bounce}.
    function bounce(
        mapping(address productToken => Pegs.State) storage pegs,
        Signers.State storage signers,
        Context memory context,
        IMainBridge.Bounce calldata item,
        bytes calldata signatures
    ) public {
        (address productToken, uint64 nonce, uint128 mainAmount) = (item.productToken, item.nonce, item.mainAmount);
        Pegs.State storage state = pegs.known(productToken);
        Pegs.Refusal storage refusal = state.refusals[nonce];
        bool waits = state.lot.has(nonce);
        if (!waits && state.executed.get(nonce)) revert IBridge.AlreadyExecuted(productToken, nonce);
        // Bound to what the token refused: neither another content of the nonce nor another amount bounces.
        if (refusal.failedAt == 0 || refusal.content != Pegs.contentOf(item.recipient, mainAmount)) {
            revert IMainBridge.NotRefused(productToken, nonce);
        }
        uint256 allowedAt = refusal.failedAt + context.bounceDelay;
        require(block.timestamp >= allowedAt, IMainBridge.BounceTooSoon(productToken, nonce, allowedAt));
        require(block.timestamp <= item.deadline, IGoverned.DeadlinePassed(item.deadline));
        require(item.redeemer != context.remoteBridge, IMainBridge.FeesNeverBounce(productToken, nonce));
        require(mainAmount <= state.locked, IMainBridge.InsufficientLocked(productToken, state.locked, mainAmount));
        signers.requireQuorum(bounceDigest(signers, context, item), signatures);
        // It converted when it was redeemed, so it converts back, whatever the minimum is now.
        uint128 productAmount = Rate.convert(mainAmount, state.numerator, state.denominator, 1, type(uint128).max);

        if (waits) state.lot.remove(nonce);
        state.executed.set(nonce, 1);
        refusal.bounced = true;
        // The collateral stays locked: the redeemed tokens are minted again.
        (uint64 returnNonce, uint64 previousBlock) = state.depart(context.height);
        if (context.hasExits) {
            state.chain(returnNonce, item.redeemer, item.redeemer, mainAmount, uint256(nonce) + 1);
        }

        emit IMainBridge.MainTokenDeposited(
            productToken,
            returnNonce,
            address(this),
            item.redeemer,
            mainAmount,
            productAmount,
            previousBlock
        );
        emit IMainBridge.TransferBounced(productToken, nonce, returnNonce);
    }

    /// @notice See {IMainBridge-collectFees}.
    /// @param rewards Where the pot goes; not zero while a pot holds anything.
    function collectFees(
        mapping(address productToken => Pegs.State) storage pegs,
        address[] storage productTokens,
        address productToken,
        address rewards
    ) public {
        Pegs.State storage state = pegs.known(productToken);
        (uint256 pot, address token) = (state.feePot, state.mainToken);
        require(pot >= state.departMinimum, IBridge.FeePotBelowMinimum(pot, state.departMinimum));

        state.feePot = 0;

        emit IMainBridge.FeesCollected(productToken, pot);

        uint256 balance = balanceOf(token);
        if (token == COIN) Address.sendValue(payable(rewards), pot);
        else IERC20(token).safeTransfer(rewards, pot);

        // A token that takes more than the amount from the sender would take it from the collateral.
        uint256 left = balanceOf(token);
        require(left + pot == balance, IMainBridge.UnexpectedAmount(pot, balance > left ? balance - left : 0));
        uint256 needed = 0;
        for (uint256 i = 0; i < productTokens.length; ++i) {
            Pegs.State storage other = pegs[productTokens[i]];
            if (other.mainToken == token) needed += uint256(other.locked) + other.feePot;
        }
        require(left >= needed, IMainBridge.InsufficientLocked(productToken, left, needed));
    }

    /// @notice See {IMainBridge-payExit}.
    function payExit(
        mapping(address productToken => Pegs.State) storage pegs,
        address productToken,
        address to,
        uint256 amount
    ) public {
        Pegs.State storage state = pegs.known(productToken);
        (uint256 collateral, uint256 pot) = (state.locked, state.feePot);
        if (amount > collateral + pot) {
            revert IMainBridge.InsufficientLocked(productToken, collateral + pot, amount);
        }

        uint256 fromLocked = Math.min(amount, collateral);
        state.locked = uint128(collateral - fromLocked);
        state.feePot = uint128(pot - (amount - fromLocked));

        emit IMainBridge.ExitPaid(productToken, to, amount);

        IMainBridge(address(this)).pay(state.mainToken, state.gasCap, to, amount);
    }

    /// @notice See {IMainBridge-bounceDigest}.
    function bounceDigest(
        Signers.State storage signers,
        Context memory context,
        IMainBridge.Bounce calldata item
    ) public view returns (bytes32) {
        bytes memory words = abi.encode(
            BOUNCE_TYPEHASH,
            context.remoteChainId,
            context.remoteBridge,
            signers.epoch,
            item
        );
        return MessageHashUtils.toTypedDataHash(context.domain, keccak256(words));
    }

    function balanceOf(address token) internal view returns (uint256) {
        return token == COIN ? address(this).balance : IERC20(token).balanceOf(address(this));
    }

    function _requireGasCap(uint32 gasCap) private pure {
        if (gasCap < MINIMUM_GAS_CAP || gasCap > MAXIMUM_GAS_CAP) {
            revert IMainBridge.InvalidGasCap(gasCap, MINIMUM_GAS_CAP, MAXIMUM_GAS_CAP);
        }
    }
}
