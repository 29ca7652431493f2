// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IBridge } from '../../../../contracts/interfaces/IBridge.sol';

/// @dev The source block of every batch of these tests.
bytes32 constant SOURCE_BLOCK = keccak256('the source block');

/// @dev The digest of a batch in the bridge's current epoch.
function digestOf(
    IBridge bridge,
    address productToken,
    uint64 firstNonce,
    bytes memory transfers
) view returns (bytes32) {
    return bridge.attestationDigest(bridge.signerEpoch(), productToken, firstNonce, transfers, SOURCE_BLOCK);
}

/// @dev A list of one nonce.
function single(uint64 nonce) pure returns (uint64[] memory nonces) {
    nonces = new uint64[](1);
    nonces[0] = nonce;
}
