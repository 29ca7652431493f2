// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IBridge } from '../../../../contracts/interfaces/IBridge.sol';
import { IGoverned } from '../../../../contracts/interfaces/IGoverned.sol';
import { IMainBridge } from '../../../../contracts/interfaces/IMainBridge.sol';
import { IProductBridge } from '../../../../contracts/interfaces/IProductBridge.sol';
import { single } from '../support/Batches.sol';
import { CHEATS } from '../support/Cheats.sol';
import { Exiting } from './Exiting.sol';

/// @title The acts of signers on their bridges: pauses, rotations, limits, pegs
abstract contract Governing is Exiting {
    uint256 private constant MOST_PEGS = 7;

    /// @dev A change of the signers that was accepted, and waits.
    struct Rotation {
        uint256 first;
        uint256 size;
        uint256 threshold;
        uint256 executableAt;
    }

    Rotation[2] private _waiting;

    function pause(uint256 seed) external acting(seed) {
        uint256 half = _draw(2);
        IBridge bridge = _at(half);
        bool known = _draw(4) != 0;
        uint256 key = known ? _halves[half].keys[_draw(_halves[half].keys.length)] : 0xbad;
        bool due = known && !bridge.paused() && _now >= bridge.pauseAllowedAt(CHEATS.addr(key));
        (bytes32 r, bytes32 vs) = CHEATS.signCompact(key, bridge.pauseDigest());

        (bool done, ) = address(bridge).call(abi.encodeCall(IGoverned.pause, (abi.encodePacked(r, vs))));
        require(done == due, 'pause: taken or not');
        require(!done || bridge.paused(), 'pause: paused');
        _reachIf(done, 'paused', 'pause refused');
    }

    function movePause(uint256 seed) external acting(seed) {
        uint256 half = _draw(2);
        bool paused = _at(half).paused();
        if (paused && _draw(4) != 0) {
            _govern(half, abi.encodeCall(IGoverned.unpause, ()), true, 'unpaused');
        } else if (_draw(4) == 0) {
            uint256 until = _now + 1 + _draw(6 hours);
            bool later = until > _at(half).pausedUntil();
            _govern(half, abi.encodeCall(IGoverned.prolongPause, (until)), later, 'pause prolonged');
        }
    }

    /// @dev Another list, or the same in another order, or one that a signer returns to.
    function rotate(uint256 seed) external acting(seed) {
        uint256 half = _draw(2);
        uint256 size = 1 + _draw(8);
        uint256 threshold = size / 2 + 1 + _draw(size - size / 2);
        Rotation memory next = Rotation(_draw(24), size, threshold, 0);
        bytes memory call = abi.encodeCall(IGoverned.setSigners, (_listFrom(next.first, size), threshold));

        if (!_propose(half, call, true, 'rotation accepted')) return;
        next.executableAt = _now + _at(half).delays().governanceDelay;
        _waiting[half] = next;
        if (_draw(3) != 0) _executeRotation(half, true);
    }

    function executeRotation(uint256 seed) external acting(seed) {
        _executeRotation(_waiting[MAIN].size != 0 ? MAIN : PRODUCT, _draw(2) == 0);
    }

    /// @dev Of any magnitude, none at all, or so low that everything is parked.
    function moveLimit(uint256 seed) external acting(seed) {
        uint256 lane = _draw(2 * _pegs.length);
        uint256 half = _destinationOf(lane);
        address productToken = _pegOf(lane).productToken;
        uint128 capacity = _draw(3) == 0 ? MAXIMUM : uint128(1 << _draw(120));
        uint128 refill = uint128(_draw(1 << _draw(90)));
        if (_draw(2) == 0) {
            bytes memory set = abi.encodeCall(IBridge.setLimit, (productToken, capacity, refill));
            if (_govern(half, set, true, 'limit set')) _setBucket(lane, capacity, refill);
            return;
        }
        capacity = _draw(4) == 0 ? 0 : uint128(_buckets[lane].capacity) / 4;
        refill = uint128(_buckets[lane].refillPerSecond);
        bytes memory lower = abi.encodeCall(IBridge.lowerLimit, (productToken, capacity, refill));
        if (_govern(half, lower, true, 'limit lowered')) _setBucket(lane, capacity, refill);
    }

    function moveMinimum(uint256 seed) external acting(seed) {
        uint256 index = _draw(_pegs.length);
        uint256 half = _draw(2);
        uint128 step = half == MAIN ? _pegs[index].denominator : _pegs[index].numerator;
        bytes memory call = abi.encodeCall(
            IBridge.setMinimum,
            (_pegs[index].productToken, uint128(1 + _draw(1 << _draw(60))) * step)
        );
        _govern(half, call, true, 'minimum set');
    }

    /// @dev Of one side of a peg, while transfers are in flight.
    function moveFee(uint256 seed) external acting(seed) {
        uint256 lane = _draw(2 * _pegs.length);
        uint112 flat = _draw(3) == 0 ? 0 : uint112(_draw(1e18 + 1));
        uint16 basisPoints = uint16(_draw(101));
        bytes memory call = abi.encodeCall(IBridge.setFee, (_pegOf(lane).productToken, flat, basisPoints));
        if (_govern(_sourceOf(lane), call, true, 'fee set')) {
            (_fees[lane].flat, _fees[lane].basisPoints) = (flat, basisPoints);
        }
    }

    /// @dev The smallest pot that leaves, now and then above all pots.
    function moveDepartMinimum(uint256 seed) external acting(seed) {
        uint256 lane = _draw(2 * _pegs.length);
        uint128 minimum = uint128(1 + _draw(1 << _draw(62)));
        bytes memory call = abi.encodeCall(IBridge.setDepartMinimum, (_pegOf(lane).productToken, minimum));
        if (_govern(_sourceOf(lane), call, true, 'smallest pot set')) _fees[lane].departMinimum = minimum;
    }

    function revoke(uint256 seed) external acting(seed) {
        uint256 half = _draw(2);
        uint64 epoch = _at(half).signerEpoch();
        if (!_govern(half, abi.encodeCall(IGoverned.revokeSignatures, ()), true, 'signatures revoked')) return;
        require(_at(half).signerEpoch() == epoch + 1, 'revoked: a new epoch');
    }

    /// @dev Of any parked transfer, true or false.
    function voidParked(uint256 seed) external acting(seed) {
        (bool found, uint256 lane, uint256 nonce) = _anyParked();
        if (found) _void(lane, nonce);
    }

    /// @dev First on the product side, then on the main side.
    function openPeg(uint256 seed) external acting(seed) {
        if (_pegs.length == MOST_PEGS || _halted) return;
        uint128 numerator = uint128(1 + _draw(1 << _draw(40)));
        address mainToken = _draw(2) == 0 ? address(_plain) : address(_wild);
        IProductBridge.ProductPeg memory words = _productPeg(mainToken, numerator, 1);

        if (!_govern(PRODUCT, abi.encodeCall(IProductBridge.openPeg, (words)), true, 'peg opened')) return;
        address[] memory productTokens = _at(PRODUCT).pegs();
        IMainBridge.MainPeg memory mainWords = _note(productTokens[productTokens.length - 1], words);
        // Until this is accepted nothing can depart from here.
        while (!_govern(MAIN, abi.encodeCall(IMainBridge.openPeg, (mainWords)), true, 'peg opened')) continue;
    }

    /// @dev The first peg of each token stays open, or a long run would come to rest.
    function retirePeg(uint256 seed) external acting(seed) {
        uint256 index = _draw(_pegs.length);
        address productToken = _pegs[index].productToken;
        if (
            index == 0 || index == FIRST_WILD || index == COIN_PEG || _draw(4) != 0 || _main().peg(productToken).retired
        ) return;
        _govern(MAIN, abi.encodeCall(IMainBridge.retirePeg, (productToken)), true, 'peg retired');
    }

    /// @dev Proposes one call, with too few signatures now and then, and waits until it can be executed.
    /// @param due Whether the bridge should take it from a quorum.
    function _govern(uint256 half, bytes memory call, bool due, string memory what) internal returns (bool done) {
        uint256 nonce = _at(half).governanceNonce();
        if (!_propose(half, call, due, what)) return false;
        require(_at(half).governanceNonce() == nonce + 1, 'governance: a nonce is used once');
        if (_isImmediate(bytes4(call))) {
            bool waits = _waiting[half].size != 0;
            require((_at(half).pendingProposal().callsHash != 0) == waits, 'governance: what is pending stays');
            if (waits) _reach('an immediate proposal leaves a rotation');
            return true;
        }

        _now += _at(half).delays().governanceDelay;
        bytes[] memory calls = new bytes[](1);
        calls[0] = call;
        _at(half).execute(calls);
        return true;
    }

    function _void(uint256 lane, uint256 nonce) internal {
        uint256 half = _destinationOf(lane);
        address productToken = _pegOf(lane).productToken;
        uint64 epoch = _at(half).signerEpoch();
        bytes memory call = abi.encodeCall(IBridge.voidParked, (productToken, single(uint64(nonce))));
        if (!_govern(half, call, true, 'voided')) return;
        require(_at(half).signerEpoch() == epoch + 1, 'voided: a new epoch');
        require(_at(half).status(productToken, uint64(nonce)) == IBridge.Status.Open, 'voided: open');
        delete _false[lane][nonce];
        delete _refusedAt[lane][nonce];
    }

    function _isImmediate(bytes4 selector) private pure returns (bool) {
        return
            selector == IGoverned.unpause.selector ||
            selector == IGoverned.prolongPause.selector ||
            selector == IGoverned.revokeSignatures.selector ||
            selector == IGoverned.renew.selector ||
            selector == IBridge.lowerLimit.selector ||
            selector == IBridge.voidParked.selector ||
            selector == IMainBridge.retirePeg.selector;
    }

    function _propose(uint256 half, bytes memory call, bool due, string memory what) private returns (bool done) {
        bytes[] memory calls = new bytes[](1);
        calls[0] = call;
        IBridge bridge = _at(half);
        uint256 deadline = _now + _draw(1 hours);
        uint32 mask = _drawMask(half, _draw(6) != 0);
        bytes memory signatures = _sign(half, bridge.governanceDigest(deadline, calls), mask);

        (done, ) = address(bridge).call(abi.encodeCall(IGoverned.propose, (deadline, calls, signatures)));
        bool halted = _halted && half == MAIN;
        require(done == (due && !halted && _count(mask) >= _halves[half].threshold), 'proposal: taken or not');
        _reachIf(done, what, 'proposal refused');
        if (done && !_isImmediate(bytes4(call))) delete _waiting[half];
    }

    function _executeRotation(uint256 half, bool patient) private {
        Rotation memory next = _waiting[half];
        if (next.size == 0) return;
        if (patient && _now < next.executableAt) _now = next.executableAt;
        IBridge bridge = _at(half);
        uint64 epoch = bridge.signerEpoch();
        bool due = _now >= next.executableAt && _now < next.executableAt + 7 days && !(_halted && half == MAIN);
        bytes[] memory calls = new bytes[](1);
        calls[0] = abi.encodeCall(IGoverned.setSigners, (_listFrom(next.first, next.size), next.threshold));

        (bool done, ) = address(bridge).call(abi.encodeCall(IGoverned.execute, (calls)));
        require(done == due, 'rotation: executed or not');
        _reachIf(done, 'rotated', 'rotation refused');
        if (!done) return;
        _setKeys(half, next.first, next.size, next.threshold);
        require(bridge.signerEpoch() == epoch + 1, 'rotation: a new epoch');
        delete _waiting[half];
    }
}
