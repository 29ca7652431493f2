// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { History } from '../../../../contracts/anchors/History.sol';
import { IBridge } from '../../../../contracts/interfaces/IBridge.sol';
import { IExits } from '../../../../contracts/interfaces/IExits.sol';
import { RefusingToken } from '../../mocks/RefusingToken.sol';
import { Life } from './Life.sol';

/// @title What the holders of one peg claim and are paid, in any order
abstract contract Claiming is Life {
    /// @dev Everything that anyone could claim.
    bytes[] internal _calls;
    /// @dev The registered claims, in that order.
    bytes32[] internal _ids;
    /// @dev The peg's collateral and fees when the bridge closed, and the part of them that was paid.
    uint256 internal _held;
    uint256 internal _paid;
    /// @dev A running hash in the middle is kept.
    uint256 private _middle;

    /// @dev Limits of a few transfers, so that some are parked, and fees on both sides.
    function _limitAndCharge() internal {
        for (uint256 half = 0; half < 2; ++half) {
            bytes memory limit = abi.encodeCall(IBridge.lowerLimit, (_productToken, uint128(600 * UNIT), 0));
            _governNow(half, limit);
            bytes[] memory calls = new bytes[](1);
            calls[0] = abi.encodeCall(IBridge.setFee, (_productToken, 1_000, 10));
            bytes memory signatures = _sign(half, _at(half).governanceDigest(_now, calls), 0xf);
            _at(half).propose(_now, calls, signatures);
            _now += 2 days;
            _at(half).execute(calls);
        }
        _anchor();
    }

    /// @dev All that is claimed is claimed in the window.
    function _claimInTime() internal {
        _prepareClaims();
        for (uint256 i = 0; i < _calls.length; ++i) _tryClaim(_calls[i]);
    }

    /// @dev Everything that anyone could claim, in random order.
    function _prepareClaims() internal {
        _now += 3 days;
        _goTo(MAIN);
        _held = _main().locked(_productToken) + _main().feePot(_productToken);
        uint64 number = _exits.settlement().number;
        _exits.fix(_headers[number]);
        for (uint256 i = 0; i < HOLDERS; ++i) {
            _calls.push(abi.encodeCall(IExits.claimBalance, (_productToken, _holder(i), _payoutOf(i), '')));
        }
        _unwindAll();
        for (uint256 nonce = 0; nonce < _deposits.length; ++nonce) _calls.push(_depositClaim(nonce));
        History.Proof memory history;
        for (uint256 nonce = 0; nonce < _redeems.length; ++nonce) {
            if (_redeemBlocks[nonce] > number) continue;
            bytes[] memory headers = _headersBetween(number, _redeemBlocks[nonce]);
            _calls.push(abi.encodeCall(IExits.claimRedeem, (headers, history, abi.encode(nonce))));
        }
        // Copies within storage overwrite each other: by way of memory.
        for (uint256 i = _calls.length; i > 1; --i) {
            uint256 other = _draw(i);
            bytes memory moved = _calls[other];
            _calls[other] = _calls[i - 1];
            _calls[i - 1] = moved;
        }
    }

    /// @dev From the newer block down to the older.
    function _headersBetween(uint256 newest, uint256 oldest) internal view returns (bytes[] memory headers) {
        headers = new bytes[](newest - oldest + 1);
        for (uint256 i = 0; i < headers.length; ++i) headers[i] = _headers[newest - i];
    }

    function _depositClaim(uint256 nonce) internal view returns (bytes memory) {
        bytes[3] memory none;
        IExits.Deposit memory item = _deposits[nonce];
        IExits.Payout memory to = _payoutOf(item.returnTo);
        return abi.encodeCall(IExits.claimDeposit, (_productToken, item, _before[nonce], _later(nonce), to, none));
    }

    function _unwindAll() internal {
        uint256 length = _deposits.length;
        if (length == 0) return;
        _middle = _draw(length);
        _exits.unwind(_productToken, uint64(_middle), _before[_middle], _itemsFrom(_middle, length));
    }

    /// @dev Those after a deposit, up to the middle or to the end.
    function _later(uint256 nonce) internal view returns (bytes32[] memory) {
        return _itemsFrom(nonce + 1, nonce < _middle ? _middle : _deposits.length);
    }

    function _itemsFrom(uint256 from, uint256 to) internal view returns (bytes32[] memory items) {
        items = new bytes32[](to - from);
        for (uint256 i = 0; i < items.length; ++i) items[i] = _itemHash(from + i);
    }

    /// @dev What nothing is owed for, or left of, is refused with just that. A second attempt is always refused.
    function _tryClaim(bytes memory call) internal {
        (bool done, bytes memory answer) = address(_exits).call(call);
        if (done) {
            _ids.push(abi.decode(answer, (bytes32)));
            _requireRefused(call, IExits.AlreadyClaimed.selector);
            return;
        }
        bytes4 reason = bytes4(answer);
        require(reason == IExits.NothingOwed.selector || reason == IExits.NothingLeft.selector, 'a claim was refused');
    }

    function _payAll() internal {
        _now += 7 days;
        for (uint256 i = 0; i < _ids.length; ++i) _payOne(i);
    }

    /// @dev The redeemer takes what the recipient is refused. Each is paid its share, once.
    function _payOne(uint256 index) internal {
        bytes32 id = _ids[index];
        IExits.Claim memory item = _exits.claim(id);
        address to = item.payout;
        bool refuses = _wild.refusal(to) != RefusingToken.Refusal.None;
        if (refuses) to = _payoutOf(item.fallbackAccount).payout;
        uint256 before = _wild.balanceOf(to);
        _goTo(MAIN);
        if (refuses) _exits.payRedeemer(id, _payoutOf(item.fallbackAccount));
        else _exits.pay(id);
        uint256 amount = _wild.balanceOf(to) - before;
        (uint256 most, uint256 claimed) = (_exits.collateral(_productToken), _exits.registered(_productToken));
        require(amount == (claimed <= most ? item.amount : (item.amount * most) / claimed), 'the same share for each');
        _paid += amount;
        require(_paid <= _held, 'more than is locked was paid');
        _requireRefused(abi.encodeCall(IExits.pay, (id)), IExits.AlreadyClaimed.selector);
    }
}
