// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { BareToken } from './BareToken.sol';

/// @title A main token with name and symbol of type bytes32, as MKR's
contract MakerToken is BareToken {
    bytes32 public constant name = 'Maker-like token';
    bytes32 public constant symbol = 'MKL';
    uint8 public constant decimals = 6;
}
