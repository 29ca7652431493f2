// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from '@openzeppelin/contracts/token/ERC20/IERC20.sol';

import { CoinRecipient } from '../../mocks/CoinRecipient.sol';
import { RefusingToken } from '../../mocks/RefusingToken.sol';
import { WildToken } from '../../mocks/WildToken.sol';
import { CHEATS } from '../support/Cheats.sol';
import { Pair } from './Pair.sol';

/// @title The departures as their holders made them: nothing in here is read from the paying bridge
/// @dev Each transfer has a recipient of its own, so the token's balances show how much it paid, and how often.
abstract contract Book is Pair {
    /// @param sender Depositor or redeemer as in the event; a bounce pays this account.
    /// @param returned Whether a bounce made it, and no holder.
    /// @param fees Whether it carries fees: its recipient is that of all such transfers.
    struct Transfer {
        address sender;
        address recipient;
        uint128 mainAmount;
        uint128 productAmount;
        bool returned;
        bool fees;
    }

    /// @dev The outflow limit at the destination, and its unused part.
    struct Bucket {
        uint256 capacity;
        uint256 refillPerSecond;
        uint256 level;
        uint256 updatedAt;
    }

    /// @dev Of the departures of a lane, in base units of the source token.
    struct Fees {
        uint256 flat;
        uint256 basisPoints;
        uint256 taken;
        uint256 pot;
        uint256 departMinimum;
    }

    mapping(uint256 lane => Transfer[]) internal _lanes;
    /// @dev Product tokens that this recipient gave away.
    mapping(address recipient => uint256) internal _spent;
    /// @dev True if a parked transfer differs from its departure: a quorum was deceived, and has not voided it yet.
    mapping(uint256 lane => mapping(uint256 nonce => bool)) internal _false;

    mapping(uint256 lane => Bucket) internal _buckets;
    mapping(uint256 lane => Fees) internal _fees;
    /// @dev When the token first refused this transfer.
    mapping(uint256 lane => mapping(uint256 nonce => uint256)) internal _refusedAt;
    /// @dev Fees that the main bridge sent to the rewards itself.
    mapping(address mainToken => uint256) internal _collected;

    /// @dev How a recipient with code takes coins.
    mapping(address recipient => CoinRecipient.Manner) internal _coinManners;
    address[] internal _reentering;
    /// @dev Where the token gives an answer of its own: whether it proves the payment.
    bool internal _answerProves;

    bool internal _halted;
    /// @dev Paid by exits out of the collateral.
    mapping(uint256 peg => uint256) internal _exited;
    mapping(uint256 peg => bytes32) internal _outboundHash;

    uint256 private _entropy;

    function _opened(uint256 lane, uint128 capacity, uint128 refillPerSecond) internal override {
        _setBucket(lane, capacity, refillPerSecond);
        _fees[lane].departMinimum = 1;
    }

    /// @dev In base units of the destination token.
    function _amountOf(uint256 lane, uint256 nonce) internal view returns (uint128) {
        Transfer storage item = _lanes[lane][nonce];
        return lane % 2 == 0 ? item.productAmount : item.mainAmount;
    }

    /// @dev Everything that the destination token ever paid to this transfer's recipient.
    function _received(uint256 lane, uint256 nonce) internal view returns (uint256) {
        address recipient = _lanes[lane][nonce].recipient;
        return _balanceOf(_destinationToken(lane), recipient) + _spent[recipient];
    }

    function _destinationToken(uint256 lane) internal view returns (address) {
        return lane % 2 == 0 ? _pegOf(lane).productToken : _pegOf(lane).mainToken;
    }

    function _balanceOf(address token, address account) internal view returns (uint256) {
        return token == COIN ? account.balance : IERC20(token).balanceOf(account);
    }

    /// @dev Appends to the main side's departures, by the words of the design.
    function _departed(uint256 peg, Transfer memory item, uint256 bounced) internal {
        address returnTo = bounced == 0 ? item.sender : item.recipient;
        bytes memory words = abi.encode(_lanes[2 * peg].length, returnTo, item.recipient, item.mainAmount, bounced);
        _outboundHash[peg] = keccak256(bytes.concat(_outboundHash[peg], keccak256(words)));
        _lanes[2 * peg].push(item);
    }

    /// @dev A contract that refuses every call: no bridge needs to call it.
    function _makeContract(address account) internal {
        CHEATS.etch(account, hex'fe');
    }

    /// @dev True if the main token of this peg pays this account.
    function _pays(uint256 peg, address recipient) internal view returns (bool) {
        address token = _pegs[peg].mainToken;
        if (token == address(_plain)) return true;
        if (token == COIN) {
            CoinRecipient.Manner how = _coinManners[recipient];
            return how == CoinRecipient.Manner.Accepts || how == CoinRecipient.Manner.Reenters;
        }
        return _wildTakes() && _wild.refusal(recipient) == RefusingToken.Refusal.None;
    }

    /// @dev True if the wild token moves, and proves it.
    function _wildTakes() internal view returns (bool) {
        WildToken.Manner manner = _wild.manner();
        if (manner == WildToken.Manner.Answers) return _answerProves;
        return manner != WildToken.Manner.ReturnsFalse && manner != WildToken.Manner.IsPaused;
    }

    /// @dev The amount that the destination would execute without parking now.
    function _available(uint256 lane) internal view returns (uint256) {
        Bucket storage bucket = _buckets[lane];
        if (bucket.capacity == MAXIMUM) return MAXIMUM;
        uint256 filled = bucket.level + bucket.refillPerSecond * (_now - bucket.updatedAt);
        return filled < bucket.capacity ? filled : bucket.capacity;
    }

    function _setLevel(uint256 lane, uint256 level) internal {
        _buckets[lane].level = level;
        _buckets[lane].updatedAt = _now;
    }

    /// @dev A departure from a bridge makes room for arrivals there in the other lane of the peg.
    function _refill(uint256 lane, uint256 amount) internal {
        uint256 level = _available(lane) + amount;
        _setLevel(lane, level < _buckets[lane].capacity ? level : _buckets[lane].capacity);
    }

    /// @dev The used part of the old limit stays used.
    function _setBucket(uint256 lane, uint256 capacity, uint256 refillPerSecond) internal {
        uint256 level = _available(lane);
        bool keeps = _buckets[lane].updatedAt != 0 && capacity != MAXIMUM;
        _buckets[lane].capacity = capacity;
        _buckets[lane].refillPerSecond = refillPerSecond;
        _setLevel(lane, keeps && level < capacity ? level : capacity);
    }

    /// @dev By the words of the design: the basis points are rounded up.
    function _feeOf(uint256 lane, uint256 amount) internal view returns (uint256 charged) {
        Fees storage fees = _fees[lane];
        charged = fees.flat + (amount * fees.basisPoints) / 10_000;
        if ((amount * fees.basisPoints) % 10_000 != 0) ++charged;
    }

    function _takeFee(uint256 lane, uint256 charged) internal {
        _fees[lane].taken += charged;
        _fees[lane].pot += charged;
    }

    function _pack(uint256 lane, uint256 first, uint256 count) internal view returns (bytes memory transfers) {
        for (uint256 nonce = first; nonce < first + count; ++nonce) {
            transfers = abi.encodePacked(transfers, _lanes[lane][nonce].recipient, _amountOf(lane, nonce));
        }
    }

    /// @dev A unique address, also across the campaigns of the same test.
    function _account(string memory role, uint256 lane, uint256 number) internal view returns (address) {
        return address(uint160(uint256(keccak256(abi.encode(this, role, lane, number)))));
    }

    /// @dev The same number twice is not the same act twice.
    function _seed(uint256 seed) internal {
        _entropy ^= seed;
    }

    /// @dev From 0 up to and without `bound`.
    function _draw(uint256 bound) internal returns (uint256) {
        _entropy = uint256(keccak256(abi.encode(_entropy)));
        return _entropy % bound;
    }

    /// @dev Of any magnitude up to 2^90; a multiple of the step but for one in eight.
    function _drawAmount(uint256 step) internal returns (uint128) {
        uint256 amount = _draw(1 << (1 + _draw(90))) + 1;
        return uint128(_draw(8) == 0 ? amount : ((amount + step - 1) / step) * step);
    }

    /// @dev Enough signers, or fewer.
    function _drawMask(uint256 half, bool enough) internal returns (uint32 mask) {
        uint256 size = _halves[half].keys.length;
        uint256 threshold = _halves[half].threshold;
        uint256 wanted = enough ? threshold + _draw(size - threshold + 1) : _draw(threshold);
        while (_count(mask) < wanted) mask |= uint32(1 << _draw(size));
    }
}
