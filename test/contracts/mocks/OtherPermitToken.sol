// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ERC20 } from '@openzeppelin/contracts/token/ERC20/ERC20.sol';

/// @title A main token that looks as if it took ERC-2612 permits, and takes only those of another kind, as DAI does
contract OtherPermitToken is ERC20 {
    error InvalidPermit();

    bytes32 internal constant _TYPEHASH = keccak256(
        'Permit(address holder,address spender,uint256 nonce,uint256 expiry,bool allowed)'
    );

    mapping(address holder => uint256) public nonces;

    constructor() ERC20('Other', 'OTHER') {}

    function decimals() public pure override returns (uint8) {
        return 6;
    }

    function DOMAIN_SEPARATOR() public view returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    keccak256('EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)'),
                    keccak256(bytes(name())),
                    keccak256('1'),
                    block.chainid,
                    address(this)
                )
            );
    }

    function permit(
        address holder,
        address spender,
        uint256 nonce,
        uint256 expiry,
        bool allowed,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external {
        bytes32 statement = keccak256(abi.encode(_TYPEHASH, holder, spender, nonce, expiry, allowed));
        bytes32 digest = keccak256(abi.encodePacked('\x19\x01', DOMAIN_SEPARATOR(), statement));
        bool isLate = expiry != 0 && block.timestamp > expiry;
        if (isLate || nonce != nonces[holder]++ || ecrecover(digest, v, r, s) != holder) revert InvalidPermit();
        _approve(holder, spender, allowed ? type(uint256).max : 0);
    }
}
