// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IGoverned } from '../../../../contracts/interfaces/IGoverned.sol';
import { IMainBridge } from '../../../../contracts/interfaces/IMainBridge.sol';
import { CHEATS } from './Cheats.sol';
import { deployMainBridge } from './Deployment.sol';

uint256 constant FIRST_SIGNER = 0xa11ce;
uint256 constant SIGNERS = 6;
uint256 constant THRESHOLD = 4;

/// @dev The addresses of the signers that `signBy` signs for.
function signerList() pure returns (address[] memory list) {
    list = new address[](SIGNERS);
    for (uint256 i = 0; i < SIGNERS; ++i) list[i] = CHEATS.addr(FIRST_SIGNER + i);
}

/// @dev Packed signatures of the first `count` signers.
function signBy(uint256 count, bytes32 digest) pure returns (bytes memory signatures) {
    signatures = abi.encodePacked(uint32((1 << count) - 1));
    for (uint256 i = 0; i < count; ++i) {
        (bytes32 r, bytes32 vs) = CHEATS.signCompact(FIRST_SIGNER + i, digest);
        signatures = bytes.concat(signatures, r, vs);
    }
}

/// @dev A main bridge of these signers without pegs.
function deploySignedBridge(IMainBridge.Satellites memory satellites) returns (IMainBridge) {
    IGoverned.Delays memory delays = IGoverned.Delays(2 days, 1 days, 6 hours, 3 days);
    IMainBridge.MainPeg[] memory pegs = new IMainBridge.MainPeg[](0);
    return deployMainBridge(4_242, address(0xb71d), satellites, signerList(), THRESHOLD, delays, pegs);
}

/// @dev One immediate call, accepted by a quorum.
function proposeNow(IMainBridge bridge, bytes memory call) {
    bytes[] memory calls = new bytes[](1);
    calls[0] = call;
    uint256 deadline = block.timestamp;
    bridge.propose(deadline, calls, signBy(THRESHOLD, bridge.governanceDigest(deadline, calls)));
}
