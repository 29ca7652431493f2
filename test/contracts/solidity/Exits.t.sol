// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC1271 } from '@openzeppelin/contracts/interfaces/IERC1271.sol';

import { History } from '../../../contracts/anchors/History.sol';
import { IAnchors } from '../../../contracts/interfaces/IAnchors.sol';
import { Exits } from '../../../contracts/exits/Exits.sol';
import { IExits } from '../../../contracts/interfaces/IExits.sol';
import { IGoverned } from '../../../contracts/interfaces/IGoverned.sol';
import { CHEATS } from './support/Cheats.sol';
import { IMainBridge } from '../../../contracts/interfaces/IMainBridge.sol';
import { Claiming } from './exits/Claiming.sol';

/// @dev A contract account that has signed one digest, for `CHEATS.etch`: its code holds it.
contract Multisig is IERC1271 {
    bytes32 private immutable _signed;

    constructor(bytes32 digest) {
        _signed = digest;
    }

    function isValidSignature(bytes32 digest, bytes calldata) external view returns (bytes4) {
        return digest == _signed ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }
}

/// @title When exits open and close, as of which block, and what a claim needs
contract ExitsTest is Claiming {
    function setUp() external {
        _limitAndCharge();
    }

    /// @dev Three of six signers with capital: hold at B, redeem right after it, be paid, fall silent.
    function test_WithoutTheAdvanceThreeSignersWouldTakeTheCollateral() external {
        _robOthers(70 * UNIT, 27 * UNIT);
        _closeBridge();
        _claimInTime();
        require(_exits.registered(_productToken) > _exits.collateral(_productToken), 'the naive exit suffices');
        uint256 before = _wild.balanceOf(_payoutOf(1).payout);
        _payAll();
        require(_wild.balanceOf(_payoutOf(1).payout) - before < 70 * UNIT, 'the other holder lost nothing');
    }

    function test_WithTheAdvanceTheyGetNothing() external {
        _robOthers(70 * UNIT, 27 * UNIT);
        _closeBridge();
        _advanceToNewest();
        _claimInTime();
        require(_exits.registered(_productToken) <= _exits.collateral(_productToken), 'claims within what is locked');
        uint256 before = _wild.balanceOf(_payoutOf(1).payout);
        _payAll();
        require(_wild.balanceOf(_payoutOf(1).payout) - before == 70 * UNIT, 'the other holder is paid in full');
    }

    /// @dev Nine tenths of the supply are no advantage.
    function test_NeitherDoNineTenthsOfTheSupply() external {
        _robOthers(630 * UNIT, 240 * UNIT);
        _closeBridge();
        _advanceToNewest();
        _claimInTime();
        _payAll();
        require(_wild.balanceOf(_payoutOf(1).payout) == 70 * UNIT, 'the other holder is paid in full');
        uint256 gained = _wild.balanceOf(address(0xa11)) + _wild.balanceOf(_payoutOf(0).payout);
        require(gained <= 630 * UNIT, 'no more than what was deposited');
    }

    function test_SignsOfLifeKeepTheBridgeOpen() external {
        _now += 7 days - 1;
        _requireRefused(abi.encodeCall(IExits.open, ()), IExits.SignersAlive.selector);
        _now += 1;
        _call(abi.encodeCall(IExits.open, ()));
        _now += 3 days - 1;
        _requireRefused(abi.encodeCall(IExits.close, ()), IExits.OutsideWindow.selector);
        // An idle chain is anchored again at the same height.
        _anchor();
        _now += 1 days;
        _requireRefused(abi.encodeCall(IExits.close, ()), IExits.SignersAlive.selector);
        _now += 7 days;
        _call(abi.encodeCall(IExits.open, ()));
        _governNow(MAIN, abi.encodeCall(IGoverned.renew, ()));
        _now += 3 days;
        _requireRefused(abi.encodeCall(IExits.close, ()), IExits.SignersAlive.selector);
        _now += 7 days;
        _call(abi.encodeCall(IExits.open, ()));
        _now += 3 days;
        _call(abi.encodeCall(IExits.close, ()));
        require(_main().halted(), 'halted');
        _requireRefused(abi.encodeCall(IExits.open, ()), IExits.OutsideWindow.selector);
    }

    function test_AClaimNeedsItsTimeItsAccountAndIsMadeOnce() external {
        _deposit(0, 0, uint128(70 * UNIT));
        _mint(0, 1);
        _anchor();
        IExits.Payout memory to = _payoutOf(0);
        bytes memory call = abi.encodeCall(IExits.claimBalance, (_productToken, _holder(0), to, ''));
        _requireRefused(call, IExits.OutsideWindow.selector);
        _closeBridge();
        _requireRefused(call, IExits.OutsideWindow.selector);
        _now += 3 days;
        _requireRefused(call, IExits.WrongBlock.selector);
        _call(abi.encodeCall(IExits.fix, (_headers[_block])));
        IExits.Payout memory stolen = IExits.Payout(address(0xbad), to.signature, '');
        bytes memory theft = abi.encodeCall(IExits.claimBalance, (_productToken, _holder(0), stolen, ''));
        _requireRefused(theft, IExits.NotAuthorised.selector);
        // No entry names zero, and no signature recovers it.
        theft = abi.encodeCall(IExits.claimBalance, (_productToken, _holder(0), IExits.Payout(address(0), '', ''), ''));
        _requireRefused(theft, IExits.NotAuthorised.selector);
        stolen.signature = hex'00';
        theft = abi.encodeCall(IExits.claimBalance, (_productToken, address(0), stolen, ''));
        _requireRefused(theft, IExits.NotAuthorised.selector);
        _call(call);
        _requireRefused(call, IExits.AlreadyClaimed.selector);
        bytes32 id = keccak256(abi.encode('balance', _productToken, _holder(0)));
        _requireRefused(abi.encodeCall(IExits.pay, (id)), IExits.OutsideWindow.selector);
        _now += 7 days;
        _requireRefused(call, IExits.AlreadyClaimed.selector);
        _requireRefused(abi.encodeCall(IExits.pay, (bytes32('unknown'))), IExits.AlreadyClaimed.selector);
        // A balance has no redeemer that could take a refused payment.
        _refuse(to.payout, true);
        IExits.Payout memory nobodys = IExits.Payout(address(0xbad), hex'00', '');
        _requireRefused(abi.encodeCall(IExits.payRedeemer, (id, nobodys)), IExits.NotAuthorised.selector);
        _requireRefused(abi.encodeCall(IExits.pay, (id)), IMainBridge.PaymentRefused.selector);
        _refuse(to.payout, false);
        _call(abi.encodeCall(IExits.pay, (id)));
        require(_wild.balanceOf(to.payout) == 70 * UNIT, 'paid');
        _requireRefused(abi.encodeCall(IExits.pay, (id)), IExits.AlreadyClaimed.selector);
    }

    function test_NoDelayIsTooShort() external {
        for (uint256 i = 0; i < 4; ++i) {
            uint256[4] memory delays = [uint256(7 days), 3 days, 3 days, 7 days];
            uint256 minimum = delays[i]--;
            try this.deploy(delays) {
                revert('deployed');
            } catch (bytes memory answer) {
                bytes memory expected = abi.encodeWithSelector(IExits.DelayTooShort.selector, delays[i], minimum);
                require(keccak256(answer) == keccak256(expected), 'another error');
            }
        }
    }

    function test_NothingOpensWhileACorrectionWaitsOrWithoutAnAnchor() external {
        bytes memory open = abi.encodeCall(IExits.open, ());
        _now += 1 hours;
        _goTo(MAIN);
        bytes32 other = bytes32('another block');
        bytes32[] memory peaks = new bytes32[](0);
        bytes32 root = History.rootOf(FIRST_BLOCK, _block, peaks, other);
        IAnchors.Anchor memory next = IAnchors.Anchor(_block, uint64(_now), other, root);
        _anchors.correct(next, peaks, other, _sign(MAIN, _anchors.correctionDigest(next), 0xf));
        _now += 7 days;
        _requireRefused(open, IExits.NothingToSettle.selector);
        _anchors.executeCorrection();
        _call(open);
        _requireRefused(open, IExits.OutsideWindow.selector);

        address empty = address(_newAnchors(uint64(_now - 1)));
        _exits = _newExits(empty, [uint256(7 days), 3 days, 3 days, 7 days]);
        _requireRefused(abi.encodeCall(IExits.close, ()), IExits.OutsideWindow.selector);
        _now += 7 days;
        _requireRefused(open, IExits.NothingToSettle.selector);
    }

    function test_BlockBIsAnAttestedOneAndItsAncestorsAreProven() external {
        _deposit(0, 0, uint128(70 * UNIT));
        _mint(0, 1);
        _anchor();
        _redeem(0, address(0xa11), uint128(9 * UNIT));
        _withdraw(0, 1);
        _closeBridge();
        Attested memory batch = _attested[0];
        bytes memory header = _headers[batch.number];
        uint64 epoch = _main().signerEpoch();
        bytes32 digest = _main().attestationDigest(epoch, _productToken, 0, batch.transfers, keccak256(header));
        bytes memory few = _sign(MAIN, digest, 0x7);
        bytes memory call = abi.encodeCall(IExits.advance, (_productToken, 0, batch.transfers, few, header));
        _requireRefused(call, IExits.NoQuorum.selector);
        call = abi.encodeCall(IExits.advance, (_productToken, 0, batch.transfers, batch.signatures, header));
        _call(call);
        _requireRefused(call, IExits.WrongBlock.selector);
        _now += 3 days;
        _requireRefused(call, IExits.OutsideWindow.selector);
        _requireRefused(abi.encodeCall(IExits.fix, (_headers[batch.number - 1])), IExits.WrongBlock.selector);
        _call(abi.encodeCall(IExits.fix, (header)));

        // Twice the same block, and one that neither B nor the history leads to.
        History.Proof memory history;
        bytes[] memory headers = new bytes[](2);
        (headers[0], headers[1]) = (header, header);
        call = abi.encodeCall(IExits.claimRedeem, (headers, history, abi.encode(0)));
        _requireRefused(call, IExits.WrongBlock.selector);
        headers[0] = _headers[batch.number - 1];
        call = abi.encodeCall(IExits.claimRedeem, (headers, history, abi.encode(0)));
        _requireRefused(call, IExits.WrongBlock.selector);
    }

    function test_DeparturesLeadToAKnownHash() external {
        for (uint256 i = 0; i < 3; ++i) _deposit(i, i, uint128(7 * UNIT));
        _anchor();
        bytes32[] memory items = _itemsFrom(1, 3);
        bytes memory call = abi.encodeCall(IExits.unwind, (_productToken, 1, _before[1], items));
        bytes4 refusal = IExits.WrongDeparture.selector;
        _requireRefused(call, refusal);
        _closeBridge();
        _requireRefused(abi.encodeCall(IExits.unwind, (_productToken, 1, _before[1], _itemsFrom(1, 2))), refusal);
        _requireRefused(abi.encodeCall(IExits.unwind, (_productToken, 1, _before[2], items)), refusal);
        _requireRefused(abi.encodeCall(IExits.unwind, (_productToken, 2, 0, new bytes32[](0))), refusal);
        (items[0], items[1]) = (items[1], items[0]);
        _requireRefused(abi.encodeCall(IExits.unwind, (_productToken, 1, _before[1], items)), refusal);
        _call(call);
    }

    /// @dev External, so that a refusal can be caught.
    function deploy(uint256[4] calldata delays) external returns (Exits) {
        return _newExits(address(_anchors), delays);
    }

    /// @dev Nobody shows the redeem's block: its tokens are still a balance at B, and its refund is nothing beside that.
    function test_TheRefundOfALaterRedeemIsNoClaim() external {
        _deposit(0, 0, uint128(70 * UNIT));
        _mint(0, 1);
        _anchor();
        _refuse(address(0xa11), true);
        _redeem(0, address(0xa11), uint128(9 * UNIT));
        _withdraw(0, 1);
        _bounce(0);
        _closeBridge();
        _now += 3 days;
        _call(abi.encodeCall(IExits.fix, (_headers[_exits.settlement().number])));
        IExits.Payout memory to = _payoutOf(0);
        bytes[3] memory none;
        bytes memory call = abi.encodeCall(
            IExits.claimDeposit,
            (_productToken, _deposits[1], _before[1], new bytes32[](0), to, none)
        );
        _requireRefused(call, IExits.NothingOwed.selector);
        _call(abi.encodeCall(IExits.claimBalance, (_productToken, _holder(0), to, '')));
        require(_exits.registered(_productToken) == 70 * UNIT, 'the balance at B');
    }

    /// @dev A contract account of the product chain is no one's on this chain: it is paid where it named an address by B.
    function test_AContractAccountIsPaidWhereItNamed() external {
        _deposit(0, 0, uint128(70 * UNIT));
        _mint(0, 1);
        _state.note(_block, 'exitAddress', uint160(_holder(0)), 0x5afe);
        _anchor();
        _closeBridge();
        _now += 3 days;
        _call(abi.encodeCall(IExits.fix, (_headers[_block])));
        IExits.Payout memory other = IExits.Payout(address(0xbad), '', '');
        _requireRefused(
            abi.encodeCall(IExits.claimBalance, (_productToken, _holder(0), other, '')),
            IExits.NotAuthorised.selector
        );
        IExits.Payout memory named = IExits.Payout(address(0x5afe), '', '');
        _call(abi.encodeCall(IExits.claimBalance, (_productToken, _holder(0), named, '')));
    }

    /// @dev A depositor is an account of this chain: what a contract with its address wrote on the other chain does not count, and
    /// neither does what a contract of this chain answers for an account of that one.
    function test_AnAccountConsentsOnItsOwnChain() external {
        _deposit(0, 1, uint128(70 * UNIT));
        _deposit(1, 1, uint128(70 * UNIT));
        _mint(1, 1);
        _state.note(_block, 'exitAddress', uint160(_holder(0)), 0xbad);
        _anchor();
        _closeBridge();
        _now += 3 days;
        _call(abi.encodeCall(IExits.fix, (_headers[_block])));
        _unwindAll();
        bytes[3] memory none;
        IExits.Deposit memory item = _deposits[0];
        IExits.Payout memory named = IExits.Payout(address(0xbad), '', '');
        bytes memory call = abi.encodeCall(
            IExits.claimDeposit,
            (_productToken, item, _before[0], _later(0), named, none)
        );
        _requireRefused(call, IExits.NotAuthorised.selector);
        CHEATS.prank(_holder(0));
        _call(call);

        // It answers whatever it is asked with the right word.
        CHEATS.etch(_holder(1), hex'631626ba7e60e01b60005260206000f3');
        IExits.Payout memory answered = IExits.Payout(address(0xbad), hex'00', '');
        call = abi.encodeCall(IExits.claimBalance, (_productToken, _holder(1), answered, ''));
        _requireRefused(call, IExits.NotAuthorised.selector);
    }

    /// @dev A multisig of this chain that deposited consents by ERC-1271: to the payout that its owners signed, and to no other.
    function test_AContractDepositorConsentsByItsAnswer() external {
        _deposit(0, 1, uint128(70 * UNIT));
        _anchor();
        _closeBridge();
        _now += 3 days;
        _call(abi.encodeCall(IExits.fix, (_headers[_block])));
        _unwindAll();
        _goTo(MAIN);
        Multisig multisig = new Multisig(_exits.exitDigest(_holder(0), address(0x5afe)));
        CHEATS.etch(_holder(0), address(multisig).code);
        _requireRefused(_contractClaim(address(0xbad)), IExits.NotAuthorised.selector);
        _call(_contractClaim(address(0x5afe)));

        _now += 7 days;
        _call(abi.encodeCall(IExits.pay, (keccak256(abi.encode('deposit', _productToken, uint64(0))))));
        require(_wild.balanceOf(address(0x5afe)) == 70 * UNIT, 'paid to what it signed for');
    }

    /// @dev Of deposit 0, with an answer for a signature.
    function _contractClaim(address payout) private view returns (bytes memory) {
        bytes[3] memory none;
        IExits.Payout memory to = IExits.Payout(payout, hex'00', '');
        return abi.encodeCall(IExits.claimDeposit, (_productToken, _deposits[0], _before[0], _later(0), to, none));
    }

    /// @dev Attacker 0 and holder 1, who has 70, hold at the anchor; most of the attacker's is redeemed after it, and paid.
    function _robOthers(uint256 attackers, uint256 redeemed) private {
        _deposit(0, 0, uint128(attackers));
        _deposit(1, 1, uint128(70 * UNIT));
        _mint(0, 2);
        _anchor();
        _redeem(0, address(0xa11), uint128(redeemed));
        _withdraw(0, 1);
    }
}
