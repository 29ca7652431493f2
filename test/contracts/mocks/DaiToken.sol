// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { OtherPermitToken } from './OtherPermitToken.sol';

/// @title A main token with permits of another kind, which its type hash shows
contract DaiToken is OtherPermitToken {
    function PERMIT_TYPEHASH() external pure returns (bytes32) {
        return _TYPEHASH;
    }
}
