// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Math } from '@openzeppelin/contracts/utils/math/Math.sol';

import { IBridge } from '../interfaces/IBridge.sol';

/// @title Transfers held back by the outflow limit of their lane
/// @notice Records by nonce, and a list of the nonces in no order.
library Parking {
    struct Lot {
        mapping(uint64 nonce => IBridge.ParkedTransfer) records;
        uint64[] nonces;
    }

    function has(Lot storage lot, uint64 nonce) internal view returns (bool) {
        return lot.records[nonce].releasableAt != 0;
    }

    /// @param nonce Not in the lot.
    /// @param releasableAt Seconds since the epoch, never zero.
    function add(Lot storage lot, uint64 nonce, address recipient, uint128 amount, uint256 releasableAt) internal {
        lot.records[nonce] = IBridge.ParkedTransfer(recipient, uint40(releasableAt), uint56(lot.nonces.length), amount);
        lot.nonces.push(nonce);
    }

    /// @notice Moves the last nonce of the list to the position that becomes free.
    /// @param nonce In the lot.
    function remove(Lot storage lot, uint64 nonce) internal {
        uint64[] storage nonces = lot.nonces;
        uint56 position = lot.records[nonce].position;
        uint64 last = nonces[nonces.length - 1];
        nonces[position] = last;
        lot.records[last].position = position;
        nonces.pop();
        delete lot.records[nonce];
    }

    /// @notice At most `limit` nonces from position `offset` on.
    function page(Lot storage lot, uint256 offset, uint256 limit) internal view returns (uint64[] memory nonces) {
        uint256 length = lot.nonces.length;
        nonces = new uint64[](Math.min(limit, length - Math.min(offset, length)));
        for (uint256 i = 0; i < nonces.length; ++i) nonces[i] = lot.nonces[offset + i];
    }
}
