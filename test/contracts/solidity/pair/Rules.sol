// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from '@openzeppelin/contracts/token/ERC20/IERC20.sol';

import { IBridge } from '../../../../contracts/interfaces/IBridge.sol';
import { IMainBridge } from '../../../../contracts/interfaces/IMainBridge.sol';
import { CoinRecipient } from '../../mocks/CoinRecipient.sol';
import { Book } from './Book.sol';

/// @title The rules that must hold after every call
abstract contract Rules is Book {
    /// @dev The balance of the rewards from an earlier campaign of the same test.
    uint256 private immutable _coinsBefore = REWARDS.balance;

    /// @param departed Of holders alone, in base units of the source token.
    /// @param paid In base units of the destination token.
    /// @param waiting Open or parked, in product base units.
    struct Sums {
        uint256 departed;
        uint256 paid;
        uint256 waiting;
    }

    function _requireRules() internal {
        uint256 lockedOfPlain;
        uint256 lockedOfWild;
        uint256 lockedOfCoin;
        for (uint256 i = 0; i < _pegs.length; ++i) {
            uint256 locked = _requirePeg(i);
            uint256 held = locked + _fees[2 * i].pot;
            if (_pegs[i].mainToken == address(_plain)) lockedOfPlain += held;
            else if (_pegs[i].mainToken == COIN) lockedOfCoin += held;
            else lockedOfWild += held;
        }
        address bridge = address(_halves[MAIN].bridge);
        require(lockedOfPlain <= _plain.balanceOf(bridge), 'rule 1: collateral of the plain token');
        require(lockedOfWild <= _wild.balanceOf(bridge), 'rule 1: collateral of the wild token');
        require(lockedOfCoin <= bridge.balance, 'rule 1: collateral of the coin');
        require(_breaches() == 0, 'a call in the middle of a payment succeeded');
        _requireRewards();
    }

    /// @dev Calls that succeeded in the middle of a payment.
    function _breaches() private view returns (uint256 breaches) {
        breaches = _wild.breaches();
        for (uint256 i = 0; i < _reentering.length; ++i) breaches += CoinRecipient(payable(_reentering[i])).breaches();
    }

    function _requirePeg(uint256 index) private returns (uint256 locked) {
        PegWords storage peg = _pegs[index];
        Sums memory mints = _requireLane(2 * index);
        Sums memory withdrawals = _requireLane(2 * index + 1);
        uint256 supply = IERC20(peg.productToken).totalSupply();
        locked = _main().locked(peg.productToken);

        require(locked == mints.departed - withdrawals.paid - _exited[index], 'rule 1: locked');
        require(_main().outboundHash(peg.productToken) == _outboundHash[index], 'the hash of what departed');
        // The fees of a redeem are burned with it.
        uint256 burned = withdrawals.departed + _fees[2 * index + 1].taken;
        require(supply == mints.paid - burned, 'rule 1: supply');
        require(_main().feePot(peg.productToken) == _fees[2 * index].pot, 'rule 1: pot of the main side');
        require(_product().feePot(peg.productToken) == _fees[2 * index + 1].pot, 'rule 1: pot of the product side');
        uint256 backed = supply + mints.waiting + withdrawals.waiting + _fees[2 * index + 1].pot;
        require((locked + _exited[index]) * peg.numerator == backed * peg.denominator, 'rule 1: across');
    }

    function _requireLane(uint256 lane) private returns (Sums memory sums) {
        IBridge bridge = _at(_destinationOf(lane));
        address productToken = _pegOf(lane).productToken;
        uint256 length = _lanes[lane].length;
        require(bridge.peg(productToken).available == _available(lane), 'the content of the limit');
        bool refusable = lane % 2 == 1 && _pegOf(lane).mainToken != address(_plain);
        uint256 parked;
        for (uint256 nonce = 0; nonce < length; ++nonce) {
            Transfer storage item = _lanes[lane][nonce];
            IBridge.Status status = bridge.status(productToken, uint64(nonce));
            uint256 received = _received(lane, nonce);
            if (item.fees) received = status == IBridge.Status.Executed ? _amountOf(lane, nonce) : 0;
            if (!item.returned && !item.fees) sums.departed += lane % 2 == 0 ? item.mainAmount : item.productAmount;
            sums.paid += received;
            if (status == IBridge.Status.Open || status == IBridge.Status.Parked) sums.waiting += item.productAmount;
            if (status == IBridge.Status.Parked) ++parked;

            uint256 due = status == IBridge.Status.Executed ? _amountOf(lane, nonce) : 0;
            require(received == due, 'rule 2: paid once when executed, and else not at all');
            if (refusable) {
                uint256 failedAt = IMainBridge(address(bridge)).failedAt(productToken, uint64(nonce));
                require(failedAt == _refusedAt[lane][nonce], 'the time of the refusal');
            }
        }
        require(bridge.parkedCount(productToken) == parked, 'the list of what is parked');
        _requireNothingBeyond(bridge, productToken, length);
    }

    /// @dev The rewards hold the collected fees, and the fees that arrived from the product chain.
    function _requireRewards() private {
        _requireRewardsOf(address(_plain));
        _requireRewardsOf(address(_wild));
        _requireRewardsOf(COIN);
    }

    function _requireRewardsOf(address token) private {
        uint256 expected = _collected[token] + (token == COIN ? _coinsBefore : 0);
        for (uint256 lane = 1; lane < 2 * _pegs.length; lane += 2) {
            if (_pegOf(lane).mainToken != token) continue;
            for (uint256 nonce = 0; nonce < _lanes[lane].length; ++nonce) {
                if (!_lanes[lane][nonce].fees) continue;
                if (_main().status(_pegOf(lane).productToken, uint64(nonce)) != IBridge.Status.Executed) continue;
                expected += _amountOf(lane, nonce);
            }
        }
        require(_balanceOf(token, REWARDS) == expected, 'rewards');
    }

    /// @dev Nothing arrives that has not departed.
    function _requireNothingBeyond(IBridge bridge, address productToken, uint256 length) private view {
        uint256 words = length / 256 + 2;
        uint256[] memory bitmap = bridge.executedWords(productToken, 0, uint64(words));
        require(bitmap[words - 1] == 0 && bitmap[words - 2] >> (length % 256) == 0, 'rule 2: beyond the last nonce');
    }

    /// @dev Rule 2 at the end, when nothing waits any more.
    function _requireSettled() internal {
        for (uint256 lane = 0; lane < 2 * _pegs.length; ++lane) {
            // After a halt, exits pay the rest.
            if (_halted && _destinationOf(lane) == MAIN) continue;
            IBridge bridge = _at(_destinationOf(lane));
            for (uint256 nonce = 0; nonce < _lanes[lane].length; ++nonce) {
                IBridge.Status status = bridge.status(_pegOf(lane).productToken, uint64(nonce));
                require(
                    status == IBridge.Status.Executed || status == IBridge.Status.Bounced || _lanes[lane][nonce].fees,
                    'rule 2: every transfer ends'
                );
            }
        }
    }
}
