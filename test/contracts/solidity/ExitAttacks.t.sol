// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { History } from '../../../contracts/anchors/History.sol';
import { IAnchors } from '../../../contracts/interfaces/IAnchors.sol';
import { IBridge } from '../../../contracts/interfaces/IBridge.sol';
import { IExits } from '../../../contracts/interfaces/IExits.sol';
import { IGoverned } from '../../../contracts/interfaces/IGoverned.sol';
import { IMainBridge } from '../../../contracts/interfaces/IMainBridge.sol';
import { CHEATS } from './support/Cheats.sol';
import { Claiming } from './exits/Claiming.sol';

/// @dev Answers, but slowly: it has nothing.
contract SlowToken {
    function balanceOf(address) external view returns (uint256) {
        uint256 start = gasleft();
        while (start - gasleft() < 450_000) {}
        return 0;
    }
}

/// @title Attacks on exits, each by an account that would gain from it
contract ExitAttacksTest is Claiming {
    function setUp() external {
        _limitAndCharge();
    }

    /// @dev Anyone can send an old batch again, so that a withdrawal proves no one alive.
    function test_WithdrawalsAreNoSignOfLife() external {
        _fund(0);
        _anchor();
        _redeem(0, address(0xa11), uint128(9 * UNIT));
        _redeem(0, address(0xa12), uint128(9 * UNIT));
        _now += 7 days;
        _withdraw(0, 1);
        _call(abi.encodeCall(IExits.open, ()));
        _now += 3 days;
        _withdraw(1, 1);
        _call(abi.encodeCall(IExits.close, ()));
        // The payments meanwhile departed by B.
        _advanceToNewest();
        _claimInTime();
        // Both redeems paid a fee as well.
        uint256 claimed = _exits.registered(_productToken);
        require(claimed < 28 * UNIT && claimed > 27 * UNIT, 'what is left');
    }

    /// @dev The signers come back when all is closed: nothing that they sign moves anything.
    function test_AQuorumThatReturnsChangesNothing() external {
        _fund(0);
        _anchor();
        _redeem(0, address(0xa11), uint128(9 * UNIT));
        _closeBridge();
        bytes32 before = keccak256(abi.encode(_exits.settlement()));
        _anchor();
        require(before == keccak256(abi.encode(_exits.settlement())), 'the settlement');
        _requireRefused(abi.encodeCall(IExits.open, ()), IExits.OutsideWindow.selector);
        try this.withdraw() {
            revert('withdrawn');
        } catch (bytes memory answer) {
            require(bytes4(answer) == IGoverned.BridgePaused.selector, 'another error');
        }
        try this.renew() {
            revert('renewed');
        } catch (bytes memory answer) {
            require(bytes4(answer) == IGoverned.BridgeHalted.selector, 'another error');
        }
        _claimInTime();
        require(_exits.registered(_productToken) == 70 * UNIT, 'as of B');
    }

    /// @dev A mint after B counts as the depositor's deposit, and as no balance.
    function test_WhatWasMintedAfterBIsTheDeposit() external {
        _deposit(0, 1, uint128(70 * UNIT));
        _anchor();
        _mint(0, 1);
        _closeBridge();
        _prepareClaims();
        IExits.Payout memory to = _payoutOf(1);
        bytes memory call = abi.encodeCall(IExits.claimBalance, (_productToken, _holder(1), to, ''));
        _requireRefused(call, IExits.NothingOwed.selector);
        _call(_depositClaim(0));
        require(_exits.registered(_productToken) == 70 * UNIT, 'once');
    }

    /// @dev A minted deposit is a balance, and a withdrawn redeem has been paid.
    function test_NothingIsOwedForWhatWasPaid() external {
        _fund(0);
        _redeem(0, address(0xa11), uint128(9 * UNIT));
        _withdraw(0, 1);
        _anchor();
        _closeBridge();
        _prepareClaims();
        _requireRefused(_depositClaim(0), IExits.NothingOwed.selector);
        History.Proof memory history;
        bytes[] memory headers = _headersBetween(_block, _redeemBlocks[0]);
        bytes memory call = abi.encodeCall(IExits.claimRedeem, (headers, history, abi.encode(0)));
        _requireRefused(call, IExits.NothingOwed.selector);
    }

    /// @dev The redeemer cannot take what its recipient would be paid.
    function test_ARecipientIsPaidUnlessItIsRefusedInThatCall() external {
        _fund(0);
        _redeem(0, address(0xa11), uint128(9 * UNIT));
        _refuse(address(0xa11), true);
        _withdraw(0, 1);
        _anchor();
        _closeBridge();
        _prepareClaims();
        History.Proof memory history;
        bytes[] memory headers = _headersBetween(_block, _redeemBlocks[0]);
        bytes memory call = abi.encodeCall(IExits.claimRedeem, (headers, history, abi.encode(0)));
        _call(call);
        _requireRefused(call, IExits.AlreadyClaimed.selector);
        _refuse(address(0xa11), false);
        _now += 7 days;
        bytes32 id = keccak256(abi.encode('redeem', _productToken, uint64(0)));
        _call(abi.encodeCall(IExits.payRedeemer, (id, _payoutOf(0))));
        require(_wild.balanceOf(address(0xa11)) == 21 * UNIT, 'the recipient');
        require(_wild.balanceOf(_payoutOf(0).payout) == 0, 'the redeemer');
    }

    /// @dev A claim that comes late takes the rest, and nothing of the claims in time.
    function test_ALateClaimTakesWhatIsLeft() external {
        _fund(0);
        _fund(1);
        _anchor();
        // Without the advance the first holder's balance counts, although it was paid a part of it.
        _redeem(0, address(0xa11), uint128(9 * UNIT));
        _withdraw(0, 1);
        _closeBridge();
        _prepareClaims();
        _call(abi.encodeCall(IExits.claimBalance, (_productToken, _holder(0), _payoutOf(0), '')));
        _now += 7 days;
        bytes memory late = abi.encodeCall(IExits.claimBalance, (_productToken, _holder(1), _payoutOf(1), ''));
        _call(late);
        _requireRefused(late, IExits.AlreadyClaimed.selector);
        uint256 held = _exits.collateral(_productToken);
        require(_exits.registered(_productToken) == held, 'no more than is held');
        _call(abi.encodeCall(IExits.pay, (keccak256(abi.encode('balance', _productToken, _holder(0))))));
        _call(abi.encodeCall(IExits.pay, (keccak256(abi.encode('balance', _productToken, _holder(1))))));
        require(_wild.balanceOf(_payoutOf(0).payout) == 70 * UNIT, 'in full');
        require(_wild.balanceOf(_payoutOf(1).payout) == held - 70 * UNIT, 'the rest');
        _requireRefused(
            abi.encodeCall(IExits.claimBalance, (_productToken, _holder(2), _payoutOf(2), '')),
            IExits.NothingOwed.selector
        );
    }

    function test_NothingIsLeftForALateClaimOnceAllIsClaimed() external {
        for (uint256 i = 0; i < 3; ++i) _fund(i);
        _anchor();
        _redeem(0, address(0xa11), uint128(27 * UNIT));
        _redeem(1, address(0xa12), uint128(27 * UNIT));
        _withdraw(0, 2);
        _closeBridge();
        _prepareClaims();
        for (uint256 i = 0; i < 2; ++i) {
            _call(abi.encodeCall(IExits.claimBalance, (_productToken, _holder(i), _payoutOf(i), '')));
        }
        require(_exits.registered(_productToken) > _exits.collateral(_productToken), 'more is claimed than held');
        _now += 7 days;
        _requireRefused(
            abi.encodeCall(IExits.claimBalance, (_productToken, _holder(2), _payoutOf(2), '')),
            IExits.NothingLeft.selector
        );
    }

    /// @dev Many blocks back: ancestors are kept, so that no call needs all headers.
    function test_AncestorsAreLinkedInParts() external {
        _fund(0);
        _redeem(0, address(0xa11), uint128(9 * UNIT));
        for (uint256 i = 0; i < 6; ++i) _nextBlock();
        _anchor();
        _closeBridge();
        History.Proof memory history;
        bytes memory link = abi.encodeCall(IExits.link, (_headersBetween(_block, _block - 3), history));
        _requireRefused(link, IExits.OutsideWindow.selector);
        _prepareClaims();
        bytes[] memory rest = _headersBetween(_block - 3, _redeemBlocks[0]);
        bytes memory call = abi.encodeCall(IExits.claimRedeem, (rest, history, abi.encode(0)));
        _requireRefused(call, IExits.WrongBlock.selector);
        _requireRefused(abi.encodeCall(IExits.link, (rest, history)), IExits.WrongBlock.selector);
        _requireRefused(abi.encodeCall(IExits.link, (new bytes[](0), history)), IExits.WrongBlock.selector);
        bytes[] memory gap = _headersBetween(_block, _block - 2);
        gap[2] = _headers[_block - 3];
        _requireRefused(abi.encodeCall(IExits.link, (gap, history)), IExits.WrongBlock.selector);
        _call(link);
        _call(call);
    }

    /// @dev A correction that came after the announcement, or waited since before it: B may be wrong.
    function test_NothingClosesWhileACorrectionWaits() external {
        _now += 7 days;
        _call(abi.encodeCall(IExits.open, ()));
        _now += 3 days;
        IAnchors.Correction memory waiting = IAnchors.Correction(_block, uint64(_now + 1), bytes32('b'), bytes32('r'));
        bytes memory question = abi.encodeCall(IAnchors.pendingCorrection, ());
        _goTo(MAIN);
        CHEATS.mockCall(address(_anchors), question, abi.encode(waiting));
        _requireRefused(abi.encodeCall(IExits.close, ()), IExits.NothingToSettle.selector);
        waiting.executableAt = 0;
        CHEATS.mockCall(address(_anchors), question, abi.encode(waiting));
        _call(abi.encodeCall(IExits.close, ()));
    }

    /// @dev A token that burns the gas of a question, or has no code any more, keeps no other peg's holders from their money.
    function test_ATokenThatDoesNotAnswerStopsNoOther() external {
        _fund(0);
        _anchor();
        CHEATS.etch(address(_plain), hex'fe');
        _closeBridge();
        _claimInTime();
        _payAll();
        require(_wild.balanceOf(_payoutOf(0).payout) == 70 * UNIT, 'paid in full');
    }

    /// @dev Nor can a caller silence a token by too little gas, which would hide that the bridge has less than it locked.
    function test_CloseGivesEachTokenItsGas() external {
        address sibling = _pegs[0].productToken;
        _plain.mint(_holder(1), 30 * UNIT);
        CHEATS.prank(_holder(1));
        _plain.approve(address(_halves[MAIN].bridge), 30 * UNIT);
        CHEATS.prank(_holder(1));
        _main().deposit(sibling, 30 * UNIT, _holder(1), 0);
        CHEATS.etch(address(_plain), address(new SlowToken()).code);
        _now += 8 days;
        _call(abi.encodeCall(IExits.open, ()));
        _now += 3 days;
        _goTo(MAIN);
        bool done;
        bool refused;
        for (uint256 gas_ = 300_000; !done; gas_ += 20_000) {
            bytes memory answer;
            (done, answer) = address(_exits).call{ gas: gas_ }(abi.encodeCall(IExits.close, ()));
            if (!done && bytes4(answer) == IMainBridge.InsufficientGas.selector) refused = true;
        }
        require(refused, 'too little gas was never refused');
        require(_exits.collateral(sibling) == 0, 'the slow token was not heard');
    }

    /// @dev Where the bridge has less of a token than it locked, its pegs share the balance; fees come last.
    function test_PegsOfATokenShareWhatIsThere() external {
        _fund(0);
        (uint256 locked, uint256 pot) = (_main().locked(_productToken), _main().feePot(_productToken));
        require(locked == 70 * UNIT && pot != 0, 'collateral and fees');
        address sibling = _pegs[PEG - 1].productToken;
        _wild.mint(_holder(1), 30 * UNIT);
        CHEATS.prank(_holder(1));
        _wild.approve(address(_halves[MAIN].bridge), 30 * UNIT);
        CHEATS.prank(_holder(1));
        _main().deposit(sibling, 30 * UNIT, _holder(1), 0);
        // Half of the collateral of both is gone, and all fees.
        CHEATS.prank(address(_halves[MAIN].bridge));
        _wild.transfer(address(0xdead), 50 * UNIT + pot);
        _closeBridge();
        require(_exits.collateral(_productToken) == 35 * UNIT, 'half');
        require(_exits.collateral(sibling) == 15 * UNIT, 'half of the other');
    }

    /// @dev External, so that a refusal can be caught.
    function withdraw() external {
        _withdraw(0, 1);
    }

    /// @dev External, so that a refusal can be caught.
    function renew() external {
        _governNow(MAIN, abi.encodeCall(IGoverned.renew, ()));
    }

    /// @dev A holder has product tokens worth 70 main tokens.
    function _fund(uint256 index) private {
        uint256 nonce = _deposits.length;
        _deposit(index, index, uint128(70 * UNIT));
        _mint(nonce, 1);
        require(_product().status(_productToken, uint64(nonce)) == IBridge.Status.Executed, 'minted');
    }
}
