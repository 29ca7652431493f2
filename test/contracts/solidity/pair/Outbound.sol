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

/// @title What holders do
abstract contract Outbound is Acting {
    uint256 private constant HOLDER_KEY = 0x401de5;
    bytes32 private constant PERMIT_TYPEHASH = keccak256(
        'Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)'
    );

    function deposit(uint256 seed) external acting(seed) {
        uint256 index = _draw(_pegs.length);
        PegWords storage peg = _pegs[index];
        uint128 amount = _drawAmount(peg.denominator);
        address holder = CHEATS.addr(HOLDER_KEY);
        bool willing = peg.mainToken != address(_wild) || _takesDeposits();
        DemoToken(peg.mainToken).mint(holder, amount);
        CHEATS.prank(holder);
        IERC20(peg.mainToken).approve(address(_halves[MAIN].bridge), amount);

        address recipient = _nextRecipient(2 * index);
        bytes memory call = abi.encodeCall(IMainBridge.deposit, (peg.productToken, amount, recipient));
        _deposit(index, holder, amount, call, willing, 'deposit');
    }

    /// @dev In one of four cases the permit does not hold, and nothing else allows the deposit.
    function depositWithPermit(uint256 seed) external acting(seed) {
        uint256 index = _draw(2);
        PegWords storage peg = _pegs[index];
        uint128 amount = _drawAmount(peg.denominator);
        uint256 key = HOLDER_KEY + 1;
        address holder = CHEATS.addr(key);
        _plain.mint(holder, amount);
        CHEATS.prank(holder);
        _plain.approve(address(_halves[MAIN].bridge), 0);
        uint256 deadline = _draw(4) == 0 ? _now - 1 : _now;

        (uint8 v, bytes32 r, bytes32 s) = _permit(key, amount, deadline);
        bytes memory call = abi.encodeCall(
            IMainBridge.depositWithPermit,
            (peg.productToken, amount, _nextRecipient(2 * index), deadline, v, r, s)
        );
        _deposit(index, holder, amount, call, deadline == _now, 'deposit with a permit');
    }

    /// @dev The token keeps a part for itself: nothing of it may be locked.
    function depositLessAFee(uint256 seed) external acting(seed) {
        uint256 index = 2 + _draw(2);
        PegWords storage peg = _pegs[index];
        uint128 amount = _drawAmount(peg.denominator);
        address holder = CHEATS.addr(HOLDER_KEY);
        WildToken.Manner before = _wild.manner();
        _wild.behave(WildToken.Manner.TakesFee);
        _wild.mint(holder, amount);
        CHEATS.prank(holder);
        _wild.approve(address(_halves[MAIN].bridge), amount);

        address recipient = _nextRecipient(2 * index);
        bytes memory call = abi.encodeCall(IMainBridge.deposit, (peg.productToken, amount, recipient));
        _deposit(index, holder, amount, call, false, 'deposit less a fee');
        _wild.behave(before);
    }

    /// @dev Somebody who was paid gives some of it to another, who redeems all of that.
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

        bool due =
            !bridge.paused() &&
                amount % peg.numerator == 0 &&
                amount >= bridge.peg(peg.productToken).minimum &&
                amount / peg.numerator <= MAXIMUM / peg.denominator;
        address redeemer = _account('redeemer', lane, nonce);
        if (due) {
            _spent[holder] += amount;
            CHEATS.prank(holder);
            require(IERC20(peg.productToken).transfer(redeemer, amount), 'a product token refused');
        }
        address recipient = _nextRecipient(lane);
        CHEATS.prank(due ? redeemer : holder);
        (bool done, ) = address(bridge).call(
            abi.encodeCall(IProductBridge.redeem, (peg.productToken, amount, recipient))
        );
        require(done == due, 'redeem: taken or not');

        _reachIf(done, 'redeem', 'redeem refused');
        if (done) {
            uint128 mainAmount = (amount / peg.numerator) * peg.denominator;
            _lanes[lane].push(Transfer(redeemer, recipient, mainAmount, amount, false));
        }
    }

    function _nextRecipient(uint256 lane) private view returns (address) {
        return _account('recipient', lane, _lanes[lane].length);
    }

    /// @param willing Whether the token does its part.
    function _deposit(
        uint256 index,
        address holder,
        uint128 amount,
        bytes memory call,
        bool willing,
        string memory what
    ) private {
        PegWords storage peg = _pegs[index];
        IMainBridge bridge = _main();
        IBridge.Peg memory state = bridge.peg(peg.productToken);
        bool due =
            willing &&
                !bridge.paused() &&
                !state.retired &&
                amount % peg.denominator == 0 &&
                amount >= state.minimum &&
                amount / peg.denominator <= MAXIMUM / peg.numerator;

        uint256 lane = 2 * index;
        address recipient = _nextRecipient(lane);
        CHEATS.prank(holder);
        (bool done, bytes memory answer) = address(bridge).call(call);
        require(done == due, 'deposit: taken or not');

        _reachIf(done, what, string.concat(what, ' refused'));
        if (!done) return;
        require(abi.decode(answer, (uint64)) == _lanes[lane].length, 'nonces count without a gap');
        _lanes[lane].push(Transfer(holder, recipient, amount, (amount / peg.denominator) * peg.numerator, false));
    }

    function _takesDeposits() private view returns (bool) {
        WildToken.Manner manner = _wild.manner();
        return manner != WildToken.Manner.ReturnsFalse && manner != WildToken.Manner.IsPaused;
    }

    /// @dev Somebody in this lane who still has tokens; not always the same.
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
