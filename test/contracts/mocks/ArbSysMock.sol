// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title The precompile of Arbitrum chains that has the chain's own block height
contract ArbSysMock {
    function arbBlockNumber() external view returns (uint256) {
        return block.number + 1_000_000;
    }
}
