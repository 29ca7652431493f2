// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IBridge } from '../../../../contracts/interfaces/IBridge.sol';
import { IMainBridge } from '../../../../contracts/interfaces/IMainBridge.sol';
import { CoinRecipient } from '../../mocks/CoinRecipient.sol';
import { RefusingToken } from '../../mocks/RefusingToken.sol';
import { WildToken } from '../../mocks/WildToken.sol';
import { SOURCE_BLOCK, digestOf } from '../support/Batches.sol';
import { CHEATS } from '../support/Cheats.sol';
import { create } from '../support/Deployment.sol';
import { Relaying } from './Relaying.sol';

/// @title The acts of thieves, and a hostile token
abstract contract Attacking is Relaying {
    CoinRecipient private _coinRecipient = CoinRecipient(payable(create('CoinRecipient', '')));

    /// @dev Sends an earlier call again, unchanged or to another lane, nonce or bridge, in the same or a later epoch.
    function replay(uint256 seed) external acting(seed) {
        if (_sent.length == 0) return;
        uint256 place = _draw(_sent.length);
        // A call that a pause refused may succeed later.
        if (_draw(4) != 0) {
            for (place = _sent.length - 1; place > 0 && _sent[place].taken;) --place;
        }
        Sent storage old = _sent[place];
        uint256 lane = _draw(4) != 0 ? old.lane : _draw(2 * _pegs.length);
        uint64 first = _draw(4) != 0 ? old.first : uint64(_draw(_lanes[old.lane].length + 2));
        bool placed = lane == old.lane && first == old.first;
        bool valid = placed && old.epoch == _at(_destinationOf(lane)).signerEpoch();
        if (!valid) {
            bool done = _send(lane, first, old.transfers, old.signatures, old.guarded);
            require(!done, 'rule 3: signatures of another epoch, lane, nonce or direction');
            _reach(placed ? 'replay refused' : 'misplaced replay refused');
            return;
        }
        bool taken = _sendForeseen(lane, first, old.transfers, old.signatures, old.mask, old.guarded);
        _reachIf(taken, 'replay executed what was refused before', 'replay refused');
    }

    /// @dev Fewer than a quorum pay themselves.
    function steal(uint256 seed) external acting(seed) {
        uint256 lane = _draw(2 * _pegs.length);
        uint256 half = _destinationOf(lane);
        IBridge bridge = _at(half);
        PegWords storage peg = _pegOf(lane);
        uint64 first = uint64(_draw(_lanes[lane].length + 2));
        address thief = _account('thief', lane, _draw(type(uint256).max));
        bytes memory transfers = abi.encodePacked(thief, _drawAmount(1));
        uint32 mask = _drawMask(half, false);
        bytes32 digest = digestOf(bridge, peg.productToken, first, transfers);
        bytes memory signatures = _sign(half, digest, mask);

        bool done = _send(lane, first, transfers, signatures, _draw(2) == 0);
        require(_balanceOf(_destinationToken(lane), thief) == 0, 'rule 3: fewer than the threshold moved something');
        _reachIf(done, 'false approvals kept', 'false approvals refused');
    }

    /// @dev A deceived quorum signs what never departed; the limit holds it, until humans void it.
    function deceive(uint256 seed) external acting(seed) {
        uint256 lane = _draw(2 * _pegs.length);
        uint256 half = _destinationOf(lane);
        (bool found, uint256 nonce) = _search(lane, _draw(1 << 32), IBridge.Status.Open, false);
        IBridge bridge = _at(half);
        address productToken = _pegOf(lane).productToken;
        if (!found || _buckets[lane].capacity == MAXIMUM) return;
        address thief = _account('thief', lane, nonce);
        bytes memory transfers = abi.encodePacked(thief, uint128(_available(lane) + 1 + _draw(1e18)));
        bytes32 digest = digestOf(bridge, productToken, uint64(nonce), transfers);
        bytes memory signatures = _sign(half, digest, _drawMask(half, true));

        bool done = _send(lane, uint64(nonce), transfers, signatures, _draw(2) == 0);
        require(done != bridge.paused(), 'false content: parked or not');
        if (!done) return;
        _setLevel(lane, _available(lane));
        require(bridge.status(productToken, uint64(nonce)) == IBridge.Status.Parked, 'false content: parked');
        _false[lane][nonce] = true;
        _reach('false content parked');
    }

    /// @dev The wild token changes its manners toward all, or toward one recipient with a waiting transfer.
    function misbehave(uint256 seed) external acting(seed) {
        if (_draw(3) == 0) return _behave();
        uint256 lane = _drawHostileLane();
        (bool parked, uint256 nonce) = _search(lane, _draw(1 << 32), IBridge.Status.Parked, false);
        if (parked && !_false[lane][nonce] && _draw(2) == 0) {
            _refuse(lane, nonce);
            _release(lane, nonce, _draw(4) != 0);
            return;
        }
        bool open;
        (open, nonce) = _search(lane, _draw(1 << 32), IBridge.Status.Open, false);
        if (open) _refuse(lane, nonce);
    }

    function _behave() private {
        WildToken.Manner manner = [
            WildToken.Manner.Plain,
            WildToken.Manner.Plain,
            WildToken.Manner.ReturnsNothing,
            WildToken.Manner.ReturnsFalse,
            WildToken.Manner.IsPaused,
            WildToken.Manner.Reenters,
            WildToken.Manner.Answers
        ][_draw(7)];
        if (manner == WildToken.Manner.Reenters) _wild.prepare(address(_at(MAIN)), _reentry(_drawWildLane()));
        if (manner != WildToken.Manner.Answers) return _wild.behave(manner);
        // Too long but true; not true; too short.
        uint256 which = _draw(3);
        _answerProves = which == 0;
        _wild.say([abi.encode(1, 7), abi.encode(2), bytes(hex'01')][which]);
        _reach('an odd answer');
    }

    /// @dev Of a peg with payments that can be refused.
    function _drawHostileLane() private returns (uint256) {
        return _draw(3) == 0 ? 2 * COIN_PEG + 1 : _drawWildLane();
    }

    function _drawWildLane() private returns (uint256) {
        return 2 * (FIRST_WILD + _draw(2)) + 1;
    }

    /// @dev Toward one recipient; the recipient of coins is a contract from then on.
    function _refuse(uint256 lane, uint256 nonce) private {
        _refuseTo(lane / 2, _lanes[lane][nonce].recipient, lane);
    }

    function _refuseTo(uint256 peg, address recipient, uint256 lane) internal {
        bool isRewards = recipient == REWARDS;
        if (_pegs[peg].mainToken != COIN) {
            // `collectFees` gives its payment all gas: one that burns it would not end.
            return _wild.refuse(recipient, RefusingToken.Refusal(_draw(isRewards ? 2 : 8)));
        }
        if (isRewards) return;

        CoinRecipient.Manner how = CoinRecipient.Manner(_draw(6));
        CHEATS.etch(recipient, address(_coinRecipient).code);
        CoinRecipient(payable(recipient)).behave(how);
        _coinManners[recipient] = how;
        if (how != CoinRecipient.Manner.Reenters) return;
        CoinRecipient(payable(recipient)).prepare(address(_at(MAIN)), _reentry(lane));
        _reentering.push(recipient);
        _reach('a recipient that calls back');
    }

    /// @dev Calls that would work at any other time.
    function _reentry(uint256 lane) private returns (bytes[] memory calls) {
        address productToken = _pegOf(lane).productToken;
        IBridge bridge = _at(MAIN);
        calls = new bytes[](3);
        uint128 amount = 7_000;
        _wild.mint(address(_wild), 1e30);
        _wild.lend(address(bridge));
        address wildProduct = _pegs[FIRST_WILD].productToken;
        calls[0] = abi.encodeCall(IMainBridge.deposit, (wildProduct, amount, _account('thief', lane, 0), MAXIMUM));
        uint256 length = _lanes[lane].length > 2 ? 2 : _lanes[lane].length;
        uint256 first = _lanes[lane].length - length;
        bytes memory transfers = _pack(lane, first, length);
        bytes32 digest = digestOf(bridge, productToken, uint64(first), transfers);
        bytes memory signatures = _sign(MAIN, digest, _drawMask(MAIN, true));
        calls[1] = abi.encodeCall(
            IMainBridge.withdraw,
            (productToken, uint64(first), transfers, signatures, SOURCE_BLOCK)
        );
        calls[2] = abi.encodeCall(IMainBridge.collectFees, (productToken));
    }
}
