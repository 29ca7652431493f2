// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Memory } from '@openzeppelin/contracts/utils/Memory.sol';
import { RLP } from '@openzeppelin/contracts/utils/RLP.sol';

/// @title The fields of a block header that proofs start from
/// @notice Their places in the RLP list are those since Frontier; later forks only append. A block's hash is the keccak256 of the
/// list.
library Headers {
    using RLP for Memory.Slice;

    uint256 private constant PARENT_HASH = 0;
    uint256 private constant STATE_ROOT = 3;
    uint256 private constant TRANSACTIONS_ROOT = 4;
    uint256 private constant RECEIPTS_ROOT = 5;
    uint256 private constant NUMBER = 8;
    uint256 private constant TIMESTAMP = 11;

    /// @param number Height of the block.
    /// @param timestamp In seconds since the epoch.
    struct Header {
        uint64 number;
        uint64 timestamp;
        bytes32 parentHash;
        bytes32 stateRoot;
        bytes32 transactionsRoot;
        bytes32 receiptsRoot;
    }

    /// @notice Reads a header; reverts unless it is such a list.
    function parse(bytes memory header) internal pure returns (Header memory) {
        Memory.Slice[] memory fields = RLP.decodeList(header);
        return
            Header({
                number: uint64(fields[NUMBER].readUint256()),
                timestamp: uint64(fields[TIMESTAMP].readUint256()),
                parentHash: fields[PARENT_HASH].readBytes32(),
                stateRoot: fields[STATE_ROOT].readBytes32(),
                transactionsRoot: fields[TRANSACTIONS_ROOT].readBytes32(),
                receiptsRoot: fields[RECEIPTS_ROOT].readBytes32()
            });
    }
}
