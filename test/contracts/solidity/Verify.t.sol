// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { ISignerSet } from '../../../contracts/interfaces/ISignerSet.sol';
import { SignerList, Signers } from '../../../contracts/libraries/Signers.sol';
import { CHEATS } from './support/Cheats.sol';

/// @dev Verification alone, with five signers: what passes, and each reason for a refusal with its values.
contract VerifyTest {
    uint256 private constant ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
    uint256 private constant SIZE = 5;
    bytes32 private constant DIGEST = keccak256('digest');

    address private _list;
    address[] private _signers;

    function setUp() external {
        for (uint256 i = 0; i < SIZE; ++i) _signers.push(CHEATS.addr(_key(i)));
        _list = address(new SignerList(_signers));
    }

    function test_EverySubsetInTheOrderOfTheListPasses() external view {
        for (uint32 mask = 0; mask < 1 << SIZE; ++mask) {
            (uint32 found, uint256 passed) = this.verify(DIGEST, _sign(mask, mask));
            require(found == mask && passed == Signers.count(mask), 'passed');
        }
    }

    function test_AListIsItsSignersAndNoMore() external view {
        require(_list.code.length == SIZE * 32, 'length');
        for (uint256 i = 0; i < SIZE; ++i) {
            bytes memory code = _list.code;
            uint256 word;
            assembly ('memory-safe') {
                word := mload(add(add(code, 32), mul(i, 32)))
            }
            require(address(uint160(word)) == _signers[i], 'signer');
        }
    }

    function test_TheLengthIsThatOfTheMaskAndItsSignatures() external view {
        for (uint256 length = 0; length < 4; ++length) {
            _requireRefusal(DIGEST, new bytes(length), _lengthError(length, 4));
        }
        bytes memory signatures = _sign(7, 7);
        _requireRefusal(DIGEST, bytes.concat(signatures, hex'00'), _lengthError(197, 196));
        _requireRefusal(DIGEST, _cut(signatures, 195), _lengthError(195, 196));
        _requireRefusal(DIGEST, _cut(signatures, 132), _lengthError(132, 196));
        _requireRefusal(DIGEST, hex'00000001', _lengthError(4, 68));
    }

    function test_AMaskBeyondTheListIsRefused() external view {
        for (uint256 bit = SIZE; bit < 32; ++bit) {
            uint32 mask = uint32(1 << bit);
            bytes memory expected = abi.encodeWithSelector(ISignerSet.InvalidSignerMask.selector, mask, SIZE);
            _requireRefusal(DIGEST, bytes.concat(abi.encodePacked(mask), new bytes(64)), expected);
        }
    }

    /// @dev Each signer's signature in the place of each other's.
    function test_ASignatureOfAnotherSignerIsRefused() external view {
        for (uint256 place = 0; place < SIZE; ++place) {
            for (uint256 other = 0; other < SIZE; ++other) {
                if (other == place) continue;
                _requireRefusal(DIGEST, _sign(uint32(1 << place), uint32(1 << other)), _signatureError(place));
            }
        }
        // The second of three, the third of three.
        _requireRefusal(DIGEST, bytes.concat(hex'00000007', _one(0), _one(2), _one(1)), _signatureError(1));
        _requireRefusal(DIGEST, bytes.concat(hex'00000007', _one(0), _one(1), _one(1)), _signatureError(2));
        _requireRefusal(keccak256('other'), _sign(4, 4), _signatureError(2));
    }

    function test_ASignatureWithAHighSIsRefused() external view {
        (bytes32 r, bytes32 vs) = CHEATS.signCompact(_key(1), DIGEST);
        uint256 s = uint256(vs) & (type(uint256).max >> 1);
        // Only a part of the high half fits beside the bit of v.
        uint256 high = (ORDER - s) & (type(uint256).max >> 1);
        for (uint256 v = 0; v < 2; ++v) {
            bytes memory signatures = abi.encodePacked(uint32(2), r, (v << 255) | high);
            _requireRefusal(DIGEST, signatures, _signatureError(1));
        }
        _requireRefusal(DIGEST, abi.encodePacked(uint32(2), bytes32(0), bytes32(0)), _signatureError(1));
    }

    function verify(bytes32 digest, bytes calldata signatures) external view returns (uint32, uint256) {
        return Signers.verify(_list, SIZE, digest, signatures);
    }

    function _requireRefusal(bytes32 digest, bytes memory signatures, bytes memory expected) private view {
        try this.verify(digest, signatures) {
            revert('passed');
        } catch (bytes memory reason) {
            require(keccak256(reason) == keccak256(expected), 'another error');
        }
    }

    function _lengthError(uint256 found, uint256 expected) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ISignerSet.InvalidSignaturesLength.selector, found, expected);
    }

    function _signatureError(uint256 place) private view returns (bytes memory) {
        return abi.encodeWithSelector(ISignerSet.InvalidSignature.selector, place, _signers[place]);
    }

    /// @dev The mask, and signatures of the signers in `by`.
    function _sign(uint32 mask, uint32 by) private pure returns (bytes memory signatures) {
        signatures = abi.encodePacked(mask);
        for (uint256 i = 0; i < SIZE; ++i) if ((by >> i) & 1 == 1) signatures = bytes.concat(signatures, _one(i));
    }

    function _one(uint256 signer) private pure returns (bytes memory) {
        (bytes32 r, bytes32 vs) = CHEATS.signCompact(_key(signer), DIGEST);
        return abi.encodePacked(r, vs);
    }

    function _key(uint256 signer) private pure returns (uint256) {
        return 0xa11ce + signer;
    }

    function _cut(bytes memory data, uint256 length) private pure returns (bytes memory part) {
        part = new bytes(length);
        for (uint256 i = 0; i < length; ++i) part[i] = data[i];
    }
}
