// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from '@openzeppelin/contracts/token/ERC20/IERC20.sol';
import { RLP } from '@openzeppelin/contracts/utils/RLP.sol';

import { Anchors } from '../../../../contracts/anchors/Anchors.sol';
import { History } from '../../../../contracts/anchors/History.sol';
import { IAnchors } from '../../../../contracts/interfaces/IAnchors.sol';
import { Exits } from '../../../../contracts/exits/Exits.sol';
import { IBridge } from '../../../../contracts/interfaces/IBridge.sol';
import { IExits } from '../../../../contracts/interfaces/IExits.sol';
import { IMainBridge } from '../../../../contracts/interfaces/IMainBridge.sol';
import { IProductState } from '../../../../contracts/interfaces/IProductState.sol';
import { RefusingToken } from '../../mocks/RefusingToken.sol';
import { Pair } from '../pair/Pair.sol';
import { single } from '../support/Batches.sol';
import { CHEATS } from '../support/Cheats.sol';
import { create } from '../support/Deployment.sol';
import { ModelState } from './ModelState.sol';

/// @title Both bridges, anchors and exits, one peg in use, and each block of the product chain
abstract contract World is Pair {
    uint256 internal constant PEG = 3;
    uint256 internal constant HOLDERS = 4;
    uint256 internal constant HOLDER_KEY = 0x401de5;
    uint64 internal constant FIRST_BLOCK = 1;

    /// @dev A batch that a quorum signed for the main bridge.
    struct Attested {
        uint64 first;
        bytes transfers;
        bytes signatures;
        uint64 number;
    }

    ModelState internal _state;
    Anchors internal _anchors;
    Exits internal _exits;
    address internal _productToken;

    IExits.Deposit[] internal _deposits;
    /// @dev The running hash before each deposit.
    bytes32[] internal _before;
    IProductState.Redeem[] internal _redeems;
    uint64[] internal _redeemBlocks;
    Attested[] internal _attested;

    uint64 internal _block;
    mapping(uint256 number => bytes) internal _headers;

    constructor() {
        _state = new ModelState();
        _goTo(MAIN);
        _anchors = _newAnchors(uint64(_now - 1 hours));
        _exits = _newExits(address(_anchors), [uint256(7 days), 3 days, 3 days, 7 days]);
        require(address(_exits) == IMainBridge(address(_halves[MAIN].bridge)).exits(), 'exits elsewhere');
        _productToken = _pegs[PEG].productToken;
        _nextBlock();
    }

    function _newAnchors(uint64 firstTimestamp) internal returns (Anchors) {
        address main = address(_halves[MAIN].bridge);
        bytes memory words = abi.encode(main, _halves[PRODUCT].chainId, FIRST_BLOCK, firstTimestamp, 1);
        return Anchors(create('Anchors', words));
    }

    function _newExits(address anchors, uint256[4] memory delays) internal returns (Exits) {
        return Exits(create('Exits', abi.encode(_halves[MAIN].bridge, anchors, _state, delays)));
    }

    function _exitsOfMain() internal view override returns (address) {
        return CHEATS.computeCreateAddress(address(this), CHEATS.getNonce(address(this)) + 3);
    }

    function _opened(uint256, uint128, uint128) internal override {}

    function _holder(uint256 index) internal pure returns (address) {
        return CHEATS.addr(HOLDER_KEY + index);
    }

    /// @dev A new block of the product chain, with the state that is noted with its number.
    function _nextBlock() internal {
        bytes32 parent = keccak256(_headers[_block]);
        bytes[] memory fields = new bytes[](15);
        for (uint256 i = 0; i < fields.length; ++i) fields[i] = RLP.encode(i);
        ++_block;
        fields[0] = RLP.encode(parent);
        fields[3] = RLP.encode(bytes32(uint256(_block)));
        fields[4] = RLP.encode(bytes32(uint256(_block)));
        fields[5] = RLP.encode(bytes32(uint256(_block)));
        fields[8] = RLP.encode(uint256(_block));
        _headers[_block] = RLP.encode(fields);
    }

    function _noteMint(uint256 nonce) internal {
        IBridge.Status status = _product().status(_productToken, uint64(nonce));
        _state.note(_block, 'executed', nonce, status == IBridge.Status.Open ? 0 : 1);
        _state.note(_block, 'parked', nonce, status == IBridge.Status.Parked ? 1 : 0);
        _noteBalance(_deposits[nonce].recipient);
    }

    function _noteBalance(address account) internal {
        _state.note(_block, 'balance', uint160(account), IERC20(_productToken).balanceOf(account));
    }

    function _deposit(uint256 from, uint256 to, uint128 amount) internal {
        uint128 charged = uint128(_main().quoteFee(_productToken, amount));
        _wild.mint(_holder(from), amount + charged);
        CHEATS.prank(_holder(from));
        _wild.approve(address(_halves[MAIN].bridge), amount + charged);
        CHEATS.prank(_holder(from));
        _main().deposit(_productToken, amount, _holder(to), charged);
        _noteDeposit(IExits.Deposit(uint64(_deposits.length), _holder(from), _holder(to), amount, 0));
    }

    function _noteDeposit(IExits.Deposit memory item) private {
        // By the words of the interface; nothing is asked of the bridge.
        _before.push(_deposits.length == 0 ? bytes32(0) : _hashAfter(_deposits.length - 1));
        _deposits.push(item);
    }

    function _itemHash(uint256 nonce) internal view returns (bytes32) {
        IExits.Deposit storage item = _deposits[nonce];
        return keccak256(abi.encode(item.nonce, item.returnTo, item.recipient, item.mainAmount, item.bounced));
    }

    function _hashAfter(uint256 nonce) private view returns (bytes32) {
        return keccak256(abi.encode(_before[nonce], _itemHash(nonce)));
    }

    function _mint(uint256 first, uint256 count) internal {
        bytes memory transfers;
        for (uint256 nonce = first; nonce < first + count; ++nonce) {
            uint128 amount = uint128((_deposits[nonce].mainAmount * _pegs[PEG].numerator) / _pegs[PEG].denominator);
            transfers = abi.encodePacked(transfers, _deposits[nonce].recipient, amount);
        }
        bytes32 source = bytes32('a main block');
        bytes memory signatures = _signBatch(PRODUCT, first, transfers, source);
        _product().mint(_productToken, uint64(first), transfers, signatures, source);
        _nextBlock();
        for (uint256 nonce = first; nonce < first + count; ++nonce) _noteMint(nonce);
    }

    function _redeem(uint256 from, address recipient, uint128 amount) internal {
        uint128 charged = uint128(_product().quoteFee(_productToken, amount));
        CHEATS.prank(_holder(from));
        _product().redeem(_productToken, amount, recipient, charged);
        _nextBlock();
        _noteBalance(_holder(from));
        _noteRedeem(_holder(from), recipient, amount);
    }

    function _departFees() internal {
        uint256 pot = _product().feePot(_productToken);
        uint128 amount = uint128(pot - (pot % _pegs[PEG].numerator));
        if (amount == 0) return;
        _product().departFees(_productToken);
        _nextBlock();
        _noteRedeem(address(_halves[PRODUCT].bridge), REWARDS, amount);
    }

    function _noteRedeem(address redeemer, address recipient, uint128 amount) private {
        uint128 mainAmount = (amount / _pegs[PEG].numerator) * _pegs[PEG].denominator;
        uint64 nonce = uint64(_redeems.length);
        IProductState.Redeem memory item = IProductState.Redeem(_productToken, nonce, redeemer, recipient, mainAmount);
        _redeems.push(item);
        _redeemBlocks.push(_block);
        _state.noteRedeem(_block, item);
        _state.note(_block, 'outboundNonce', 0, nonce + 1);
        _state.note(_block, 'feePot', 0, _product().feePot(_productToken));
    }

    /// @dev Names the block of its last transfer.
    function _withdraw(uint256 first, uint256 count) internal {
        bytes memory transfers;
        for (uint256 nonce = first; nonce < first + count; ++nonce) {
            transfers = abi.encodePacked(transfers, _redeems[nonce].recipient, _redeems[nonce].mainAmount);
        }
        uint64 number = _redeemBlocks[first + count - 1];
        bytes32 source = keccak256(_headers[number]);
        bytes memory signatures = _signBatch(MAIN, first, transfers, source);
        _main().withdrawGuarded(_productToken, uint64(first), transfers, signatures, source);
        _attested.push(Attested(uint64(first), transfers, signatures, number));
    }

    function _bounce(uint256 nonce) internal {
        IProductState.Redeem memory item = _redeems[nonce];
        _now += 3 days;
        IMainBridge.Bounce memory statement = IMainBridge.Bounce(
            _productToken,
            uint64(nonce),
            item.redeemer,
            item.recipient,
            item.mainAmount,
            _now
        );
        bytes memory signatures = _sign(MAIN, _main().bounceDigest(statement), 0xf);
        _main().bounce(statement, signatures);
        uint64 next = uint64(_deposits.length);
        _noteDeposit(IExits.Deposit(next, item.redeemer, item.redeemer, item.mainAmount, nonce + 1));
    }

    function _release(uint256 half, uint256 nonce) internal {
        _now += 1 days;
        _at(half).release(_productToken, single(uint64(nonce)));
        if (half == MAIN) return;
        _nextBlock();
        _noteMint(nonce);
    }

    function _void(uint256 half, uint256 nonce) internal {
        _governNow(half, abi.encodeCall(IBridge.voidParked, (_productToken, single(uint64(nonce)))));
        // A new epoch of the main bridge: attestations of the old one will not be accepted.
        if (half == MAIN) return _anchor();
        _nextBlock();
        _noteMint(nonce);
    }

    function _governNow(uint256 half, bytes memory call) internal {
        bytes[] memory calls = new bytes[](1);
        calls[0] = call;
        bytes memory signatures = _sign(half, _at(half).governanceDigest(_now, calls), 0xf);
        _at(half).propose(_now, calls, signatures);
    }

    /// @dev The newest block. All blocks are in the tail, whose root no proof of these tests needs.
    function _anchor() internal {
        _now += 1 hours;
        _goTo(MAIN);
        bytes32 tailRoot = keccak256(abi.encode('tail', _block));
        bytes32[] memory peaks = new bytes32[](0);
        bytes32 root = History.rootOf(FIRST_BLOCK, _block, peaks, tailRoot);
        bytes32 blockHash = keccak256(_headers[_block]);
        IAnchors.Anchor memory next = IAnchors.Anchor(_block, uint64(_now), blockHash, root);
        _anchors.anchor(next, 0, peaks, tailRoot, _sign(MAIN, _anchors.anchorDigest(next), 0xf));
    }

    function _refuse(address recipient, bool refuses) internal {
        _wild.refuse(recipient, refuses ? RefusingToken.Refusal.Reverts : RefusingToken.Refusal.None);
    }

    function _signBatch(
        uint256 half,
        uint256 first,
        bytes memory transfers,
        bytes32 source
    ) private returns (bytes memory) {
        IBridge bridge = _at(half);
        uint64 epoch = bridge.signerEpoch();
        return _sign(half, bridge.attestationDigest(epoch, _productToken, uint64(first), transfers, source), 0xf);
    }

    // The end of the bridge, and what its holders do.

    /// @dev The signers are silent from now on.
    function _closeBridge() internal {
        _now += 8 days;
        _goTo(MAIN);
        _exits.open();
        _now += 3 days;
        _goTo(MAIN);
        _exits.close();
    }

    /// @dev Anyone shows the newest block that the last epoch attested, if it is newer than B.
    function _advanceToNewest() internal {
        uint64 epoch = _main().signerEpoch();
        uint64 best = _exits.settlement().number;
        for (uint256 i = 0; i < _attested.length; ++i) {
            Attested storage batch = _attested[i];
            bytes memory header = _headers[batch.number];
            bytes32 digest = _main().attestationDigest(
                epoch,
                _productToken,
                batch.first,
                batch.transfers,
                keccak256(header)
            );
            if (batch.number <= best || !_isQuorum(epoch, digest, batch.signatures)) continue;
            best = batch.number;
            _exits.advance(_productToken, batch.first, batch.transfers, batch.signatures, header);
        }
    }

    function _isQuorum(uint64 epoch, bytes32 digest, bytes memory signatures) private view returns (bool) {
        try _halves[MAIN].bridge.hasQuorum(epoch, digest, signatures) returns (bool complete) {
            return complete;
        } catch {
            return false;
        }
    }

    function _payoutOf(uint256 index) internal view returns (IExits.Payout memory) {
        address account = _holder(index);
        address payout = address(uint160(0x9a900 + index));
        (uint8 v, bytes32 r, bytes32 s) = CHEATS.sign(HOLDER_KEY + index, _exits.exitDigest(account, payout));
        return IExits.Payout(payout, abi.encodePacked(r, s, v), '');
    }

    function _payoutOf(address account) internal view returns (IExits.Payout memory none) {
        for (uint256 i = 0; i < HOLDERS; ++i) if (_holder(i) == account) return _payoutOf(i);
    }

    function _call(bytes memory call) internal {
        _goTo(MAIN);
        (bool done, ) = address(_exits).call(call);
        require(done, 'refused');
    }

    function _requireRefused(bytes memory call, bytes4 error_) internal {
        _goTo(MAIN);
        (bool done, bytes memory answer) = address(_exits).call(call);
        require(!done && bytes4(answer) == error_, 'done, or refused with another error');
    }
}
