// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IAnchors } from '../../../../contracts/interfaces/IAnchors.sol';
import { IGoverned } from '../../../../contracts/interfaces/IGoverned.sol';
import { IMainBridge } from '../../../../contracts/interfaces/IMainBridge.sol';
import { IProductBridge } from '../../../../contracts/interfaces/IProductBridge.sol';
import { CHEATS } from './Cheats.sol';

/// @dev By the artifact: a test that creates a bridge by `new` has all of it in its own code, compiled once more.
function deployMainBridge(
    uint256 productChainId,
    address productBridge,
    IMainBridge.Satellites memory satellites,
    address[] memory signers,
    uint256 threshold,
    IGoverned.Delays memory delays,
    IMainBridge.MainPeg[] memory pegs
) returns (IMainBridge) {
    bytes memory arguments = abi.encode(productChainId, productBridge, satellites, signers, threshold, delays, pegs);
    return IMainBridge(create('MainBridge', arguments));
}

/// @dev As `deployMainBridge`.
function deployProductBridge(
    uint256 mainChainId,
    address mainBridge,
    address rewards,
    address[] memory signers,
    uint256 threshold,
    IGoverned.Delays memory delays,
    IProductBridge.ProductPeg[] memory pegs
) returns (IProductBridge) {
    bytes memory arguments = abi.encode(mainChainId, mainBridge, rewards, signers, threshold, delays, pegs);
    return IProductBridge(create('ProductBridge', arguments));
}

/// @dev As `deployMainBridge`.
function deployAnchors(
    address bridge,
    uint256 sourceChainId,
    uint64 firstBlock,
    uint64 firstTimestamp,
    uint64 maximumBlocksPerSecond
) returns (IAnchors) {
    bytes memory arguments = abi.encode(bridge, sourceChainId, firstBlock, firstTimestamp, maximumBlocksPerSecond);
    return IAnchors(create('Anchors', arguments));
}

/// @dev No satellites but where fees go.
function onlyRewards(address rewards) pure returns (IMainBridge.Satellites memory) {
    return IMainBridge.Satellites(rewards, address(0), address(0));
}

/// @dev As `new` would, by the artifact.
function create(string memory artifact, bytes memory arguments) returns (address deployed) {
    bytes memory code = bytes.concat(CHEATS.getCode(artifact), arguments);
    assembly ('memory-safe') {
        deployed := create(0, add(code, 32), mload(code))
        if iszero(deployed) {
            returndatacopy(0, 0, returndatasize())
            revert(0, returndatasize())
        }
    }
}
