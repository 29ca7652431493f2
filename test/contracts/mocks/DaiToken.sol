// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { OtherPermitToken } from './OtherPermitToken.sol';

/// @title A main token whose permits are of another kind, and that says so
contract DaiToken is OtherPermitToken {
    function PERMIT_TYPEHASH() external pure returns (bytes32) {
        return _TYPEHASH;
    }
}
