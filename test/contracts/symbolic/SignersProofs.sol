// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ECDSA } from '@openzeppelin/contracts/utils/cryptography/ECDSA.sol';

import { SignerList, Signers } from '../../../contracts/libraries/Signers.sol';

/// @dev Two signers, any digest, any bytes of the lengths that the run lists in the place of signatures. Recovery is an
/// uninterpreted function.
contract SignersProofs {
    uint256 private constant HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;

    address private _list;
    address[] private _signers;

    constructor() {
        for (uint160 i = 1; i <= 2; ++i) _signers.push(address(i * 0x1111));
        _list = address(new SignerList(_signers));
    }

    /// @dev The mask names listed signers only, and there is exactly one signature for each.
    function check_OnlyAMaskOfTheListWithItsSignaturesPasses(bytes32 digest, bytes calldata signatures) external view {
        (uint32 mask, uint256 passed) = Signers.verify(_list, 2, digest, signatures);
        assert(mask < 4);
        assert(signatures.length == 4 + 64 * passed);
        assert(passed == (mask & 1) + ((mask >> 1) & 1));
    }

    /// @dev In the order of the list: the n-th signature is the n-th signer's of the mask, so none counts twice.
    function check_EachSignatureIsThatOfTheSignerAtItsPlace(bytes32 digest, bytes calldata signatures) external view {
        (uint32 mask, ) = Signers.verify(_list, 2, digest, signatures);
        uint256 offset = 4;
        for (uint256 i = 0; i < 2; ++i) {
            if ((mask >> i) & 1 == 0) continue;
            bytes32 r = bytes32(signatures[offset:offset + 32]);
            bytes32 vs = bytes32(signatures[offset + 32:offset + 64]);
            (address recovered, , ) = ECDSA.tryRecover(digest, r, vs);
            assert(recovered == _signers[i]);
            offset += 64;
        }
    }

    function check_NoSignatureWithAHighSPasses(bytes32 digest, bytes calldata signatures) external view {
        (, uint256 passed) = Signers.verify(_list, 2, digest, signatures);
        for (uint256 i = 0; i < passed; ++i) {
            uint256 vs = uint256(bytes32(signatures[36 + 64 * i:68 + 64 * i]));
            assert(vs & (type(uint256).max >> 1) <= HALF_ORDER);
        }
    }

    function check_CountIsTheNumberOfBits(uint8 mask) external pure {
        uint256 expected = 0;
        for (uint256 i = 0; i < 8; ++i) expected += (mask >> i) & 1;
        assert(Signers.count(mask) == expected);
    }
}
