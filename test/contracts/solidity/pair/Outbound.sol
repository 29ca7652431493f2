// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from '@openzeppelin/contracts/token/ERC20/IERC20.sol';

import { IBridge } from '../../../../contracts/interfaces/IBridge.sol';
import { IMainBridge } from '../../../../contracts/interfaces/IMainBridge.sol';
import { IProductBridge } from '../../../../contracts/interfaces/IProductBridge.sol';
import { DemoToken } from '../../mocks/DemoToken.sol';
import { WildToken } from '../../mocks/WildToken.sol';
import { CHEATS } from '../support/Cheats.sol';
import { Acting } from './Acting.sol';

/// @title The acts of holders
abstract contract Outbound is Acting {
    uint256 private constant HOLDER_KEY = 0x401de5;
    bytes32 private constant PERMIT_TYPEHASH = keccak256(
        'Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)'
    );

    /// @param index Of the peg.
    /// @param value Coins sent with the call.
    struct Departure {
        uint256 index;
        address holder;
        address returnTo;
        uint128 amount;
        uint256 value;
    }

    function deposit(uint256 seed) external acting(seed) {
        uint256 index = _draw(_pegs.length);
        PegWords storage peg = _pegs[index];
        uint128 amount = _drawAmount(peg.denominator);
        address holder = CHEATS.addr(HOLDER_KEY);
        bool willing = peg.mainToken != address(_wild) || _wildTakes();
        uint256 charged = _feeOf(2 * index, amount);
        // A fee that rose above what the holder accepts.
        bool accepts = charged == 0 || _draw(8) != 0;
        uint256 value = peg.mainToken == COIN ? amount + charged : 0;
        if (peg.mainToken == COIN) {
            CHEATS.deal(holder, amount + charged);
        } else {
            DemoToken(peg.mainToken).mint(holder, amount + charged);
            CHEATS.prank(holder);
            IERC20(peg.mainToken).approve(address(_halves[MAIN].bridge), amount + charged);
        }
        // Coins for a peg of a token, or too few for a peg of the coin.
        bool exact = _draw(8) != 0;
        if (!exact && value == 0) CHEATS.deal(holder, 1);
        if (!exact) value = value == 0 ? 1 : value - 1;

        (bytes memory call, address returnTo, bool isAccepted) = _depositCall(
            index,
            amount,
            holder,
            uint128(accepts ? charged : charged - 1)
        );
        _deposit(
            Departure(index, holder, returnTo, amount, value),
            call,
            willing && accepts && exact && isAccepted,
            'deposit'
        );
    }

    /// @dev In one of four cases the permit does not hold, and nothing else allows the deposit.
    function depositWithPermit(uint256 seed) external acting(seed) {
        uint256 index = _draw(2);
        PegWords storage peg = _pegs[index];
        uint128 amount = _drawAmount(peg.denominator);
        uint256 key = HOLDER_KEY + 1;
        address holder = CHEATS.addr(key);
        uint256 charged = _feeOf(2 * index, amount);
        _plain.mint(holder, amount + charged);
        CHEATS.prank(holder);
        _plain.approve(address(_halves[MAIN].bridge), 0);
        uint256 deadline = _draw(4) == 0 ? _now - 1 : _now;

        (uint8 v, bytes32 r, bytes32 s) = _permit(key, amount + charged, deadline);
        bytes memory call = abi.encodeCall(
            IMainBridge.depositWithPermit,
            (peg.productToken, amount, _nextRecipient(2 * index), uint128(charged), deadline, v, r, s)
        );
        _deposit(Departure(index, holder, holder, amount, 0), call, deadline == _now, 'deposit with a permit');
    }

    /// @dev The token keeps a part for itself: nothing of it may be locked.
    function depositLessAFee(uint256 seed) external acting(seed) {
        uint256 index = 2 + _draw(2);
        PegWords storage peg = _pegs[index];
        uint128 amount = _drawAmount(peg.denominator);
        address holder = CHEATS.addr(HOLDER_KEY);
        WildToken.Manner before = _wild.manner();
        _wild.behave(WildToken.Manner.TakesFee);
        uint256 charged = _feeOf(2 * index, amount);
        _wild.mint(holder, amount + charged);
        CHEATS.prank(holder);
        _wild.approve(address(_halves[MAIN].bridge), amount + charged);

        address recipient = _nextRecipient(2 * index);
        bytes memory call = abi.encodeCall(
            IMainBridge.deposit,
            (peg.productToken, amount, recipient, uint128(charged))
        );
        _deposit(Departure(index, holder, holder, amount, 0), call, false, 'deposit less a fee');
        _wild.behave(before);
    }

    /// @dev A paid recipient gives a part to another account, which redeems all of it.
    function redeem(uint256 seed) external acting(seed) {
        uint256 index = _draw(_pegs.length);
        PegWords storage peg = _pegs[index];
        (bool found, address holder, uint256 balance) = _richest(2 * index);
        if (!found) return;
        IProductBridge bridge = _product();
        uint256 lane = 2 * index + 1;
        uint256 nonce = _lanes[lane].length;
        uint128 amount = uint128(_draw(3) == 0 ? balance : _draw(balance) + 1);
        if (_draw(8) != 0) amount -= amount % peg.numerator;
        uint256 charged = _feeOf(lane, amount);
        bool accepts = charged == 0 || _draw(8) != 0;

        bool due =
            !bridge.paused() &&
                accepts &&
                balance >= amount + charged &&
                amount % peg.numerator == 0 &&
                amount >= bridge.peg(peg.productToken).minimum &&
                amount / peg.numerator <= MAXIMUM / peg.denominator;
        address redeemer = _account('redeemer', lane, nonce);
        (address returnTo, bool isAccepted) = _draw(3) == 0 ? _drawReturnTo(lane) : (redeemer, true);
        bool forAnother = returnTo != redeemer;
        due = due && isAccepted;
        if (due) {
            require(bridge.quoteFee(peg.productToken, amount) == charged, 'the fee quoted is the fee charged');
            _spent[holder] += amount + charged;
            CHEATS.prank(holder);
            require(IERC20(peg.productToken).transfer(redeemer, amount + charged), 'a product token refused');
            if (forAnother && _draw(2) == 0) _makeContract(redeemer);
        }
        address recipient = _nextRecipient(lane);
        uint128 maxFee = uint128(accepts ? charged : charged - 1);
        bytes memory call =
            forAnother
                ? abi.encodeCall(IProductBridge.redeemFor, (peg.productToken, amount, recipient, returnTo, maxFee))
                : abi.encodeCall(IProductBridge.redeem, (peg.productToken, amount, recipient, maxFee));
        CHEATS.prank(due ? redeemer : holder);
        (bool done, ) = address(bridge).call(call);
        require(done == due, 'redeem: taken or not');

        _reachIf(done, forAnother ? 'redeem for another' : 'redeem', isAccepted ? 'redeem refused' : 'return refused');
        if (done) {
            uint128 mainAmount = (amount / peg.numerator) * peg.denominator;
            require(IERC20(peg.productToken).balanceOf(redeemer) == 0, 'the fee quoted is the fee charged');
            _takeFee(lane, charged);
            _refill(lane - 1, amount);
            _lanes[lane].push(Transfer(returnTo, recipient, mainAmount, amount, false, false));
        }
    }

    /// @dev Anyone sends the main side's pot to the rewards.
    function collectFees(uint256 seed) external acting(seed) {
        uint256 index = _draw(_pegs.length);
        PegWords storage peg = _pegs[index];
        uint256 pot = _fees[2 * index].pot;
        IMainBridge bridge = _main();
        bool due = !bridge.paused() && pot >= _fees[2 * index].departMinimum && _pays(index, REWARDS);
        uint256 locked = bridge.locked(peg.productToken);
        (bool done, ) = address(bridge).call(abi.encodeCall(IMainBridge.collectFees, (peg.productToken)));
        require(done == due, 'fees: collected or not');
        _reachIf(done, 'fees collected', 'fees not collected');
        if (!done) return;
        require(bridge.locked(peg.productToken) == locked, 'a fee never comes out of locked');
        _fees[2 * index].pot = 0;
        _collected[peg.mainToken] += pot;
    }

    /// @dev Anyone sends what converts of the product side's pot home, as a transfer like any other.
    function departFees(uint256 seed) external acting(seed) {
        uint256 index = _draw(_pegs.length);
        PegWords storage peg = _pegs[index];
        uint256 lane = 2 * index + 1;
        uint256 pot = _fees[lane].pot;
        uint128 amount = uint128(pot - (pot % peg.numerator));
        IProductBridge bridge = _product();
        (bool done, ) = address(bridge).call(abi.encodeCall(IProductBridge.departFees, (peg.productToken)));
        bool due = !bridge.paused() && amount != 0 && amount >= _fees[lane].departMinimum;
        require(done == due, 'fees: departed or not');
        _reachIf(done, 'fees departed', 'fees not departed');
        if (!done) return;
        _fees[lane].pot -= amount;
        _refill(lane - 1, amount);
        uint128 mainAmount = (amount / peg.numerator) * peg.denominator;
        _lanes[lane].push(Transfer(address(bridge), REWARDS, mainAmount, amount, false, true));
    }

    /// @dev For the holder itself, or with a refund for another.
    function _depositCall(
        uint256 index,
        uint128 amount,
        address holder,
        uint128 maxFee
    ) private returns (bytes memory call, address returnTo, bool isAccepted) {
        (address productToken, address recipient) = (_pegs[index].productToken, _nextRecipient(2 * index));
        if (_draw(2) == 0) {
            call = abi.encodeCall(IMainBridge.deposit, (productToken, amount, recipient, maxFee));
            return (call, holder, true);
        }
        (returnTo, isAccepted) = _drawReturnTo(2 * index);
        call = abi.encodeCall(IMainBridge.depositFor, (productToken, amount, recipient, returnTo, maxFee));
    }

    /// @dev An account or a contract that no other transfer names, or one that no bridge accepts.
    function _drawReturnTo(uint256 lane) private returns (address returnTo, bool accepted) {
        returnTo = _account('return', lane, _lanes[lane].length);
        if (_draw(8) != 0) {
            if (_draw(2) == 0) _makeContract(returnTo);
            return (returnTo, true);
        }
        PegWords storage peg = _pegOf(lane);
        address main = address(_halves[MAIN].bridge);
        address product = address(_halves[PRODUCT].bridge);
        return ([address(0), peg.mainToken, peg.productToken, main, product][_draw(5)], false);
    }

    function _nextRecipient(uint256 lane) private view returns (address) {
        return _account('recipient', lane, _lanes[lane].length);
    }

    /// @param willing Whether the caller and the token do their part.
    function _deposit(Departure memory item, bytes memory call, bool willing, string memory what) private {
        PegWords storage peg = _pegs[item.index];
        IMainBridge bridge = _main();
        IBridge.Peg memory state = bridge.peg(peg.productToken);
        uint128 amount = item.amount;
        bool due =
            willing &&
                !bridge.paused() &&
                !state.retired &&
                amount % peg.denominator == 0 &&
                amount >= state.minimum &&
                amount / peg.denominator <= MAXIMUM / peg.numerator;

        uint256 lane = 2 * item.index;
        uint256 charged = _feeOf(lane, amount);
        require(bridge.quoteFee(peg.productToken, amount) == charged, 'the fee quoted is the fee charged');
        uint256 balance = _balanceOf(peg.mainToken, item.holder);
        uint256 locked = bridge.locked(peg.productToken);
        address recipient = _nextRecipient(lane);
        CHEATS.prank(item.holder);
        (bool done, bytes memory answer) = address(bridge).call{ value: item.value }(call);
        require(done == due, 'deposit: taken or not');

        _reachIf(done, what, string.concat(what, ' refused'));
        if (!done) return;
        if (peg.mainToken == COIN) _reach('coins deposited');
        require(abi.decode(answer, (uint64)) == _lanes[lane].length, 'nonces count without a gap');
        uint256 taken = balance - _balanceOf(peg.mainToken, item.holder);
        require(taken == amount + charged, 'the fee quoted is the fee charged');
        require(bridge.locked(peg.productToken) == locked + amount, 'a fee never comes out of locked');
        _takeFee(lane, charged);
        _refill(lane + 1, amount);
        uint128 productAmount = (amount / peg.denominator) * peg.numerator;
        _departed(item.index, Transfer(item.returnTo, recipient, amount, productAmount, false, false), 0);
    }

    /// @dev A recipient in this lane that still has tokens; not always the same.
    function _richest(uint256 lane) private returns (bool found, address holder, uint256 balance) {
        uint256 length = _lanes[lane].length;
        if (length == 0) return (false, address(0), 0);
        uint256 start = _draw(length);
        for (uint256 i = 0; i < length && balance == 0; ++i) {
            holder = _lanes[lane][(start + i) % length].recipient;
            balance = IERC20(_pegOf(lane).productToken).balanceOf(holder);
        }
        found = balance != 0;
    }

    function _permit(uint256 key, uint256 amount, uint256 deadline) private returns (uint8 v, bytes32 r, bytes32 s) {
        address bridge = address(_at(MAIN));
        address holder = CHEATS.addr(key);
        bytes32 content = keccak256(
            abi.encode(PERMIT_TYPEHASH, holder, bridge, amount, _plain.nonces(holder), deadline)
        );
        return CHEATS.sign(key, keccak256(abi.encodePacked('\x19\x01', _plain.DOMAIN_SEPARATOR(), content)));
    }
}
