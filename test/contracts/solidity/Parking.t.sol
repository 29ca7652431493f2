// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Parking } from '../../../contracts/libraries/Parking.sol';

/// @dev Records and list agree, whatever comes and goes.
contract ParkingTest {
    using Parking for Parking.Lot;

    uint64 private constant NONCES = 32;

    Parking.Lot private _lot;
    mapping(uint64 nonce => bool) private _expected;
    uint256 private _count;

    function testFuzz_RecordsAndListAgree(uint8[60] calldata moves, uint8 offset, uint8 limit) external {
        for (uint256 i = 0; i < moves.length; ++i) _toggle(uint64(moves[i]) % NONCES);
        require(_lot.nonces.length == _count, 'count');
        for (uint64 nonce = 0; nonce < NONCES; ++nonce) _requireRecord(nonce);
        _requirePage(offset % 40, limit % 40);
    }

    function _toggle(uint64 nonce) private {
        if (_expected[nonce]) {
            _lot.remove(nonce);
            --_count;
        } else {
            _lot.add(nonce, address(uint160(nonce) + 1), uint128(nonce) * 3, uint256(nonce) + 7);
            ++_count;
        }
        _expected[nonce] = !_expected[nonce];
    }

    function _requireRecord(uint64 nonce) private view {
        require(_lot.has(nonce) == _expected[nonce], 'parked or not');
        if (!_expected[nonce]) return;
        require(_lot.nonces[_lot.records[nonce].position] == nonce, 'position');
        require(_lot.records[nonce].recipient == address(uint160(nonce) + 1), 'recipient');
        require(_lot.records[nonce].amount == uint128(nonce) * 3, 'amount');
        require(_lot.records[nonce].releasableAt == nonce + 7, 'releasable at');
    }

    function _requirePage(uint256 offset, uint256 limit) private view {
        uint64[] memory page = _lot.page(offset, limit);
        uint256 left = offset < _count ? _count - offset : 0;
        require(page.length == (limit < left ? limit : left), 'length of a page');
        for (uint256 i = 0; i < page.length; ++i) require(page[i] == _lot.nonces[offset + i], 'page');
    }
}
