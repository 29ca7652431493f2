// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IBridge } from '../../../contracts/interfaces/IBridge.sol';
import { IGoverned } from '../../../contracts/interfaces/IGoverned.sol';
import { IProductBridge } from '../../../contracts/interfaces/IProductBridge.sol';
import { Book } from './pair/Book.sol';
import { SOURCE_BLOCK, digestOf } from './support/Batches.sol';
import { CHEATS } from './support/Cheats.sol';

/// @title Rule 3: whatever bytes come in the place of signatures, only signatures count
contract Signatures is Book {
    address private constant RECIPIENT = address(0x7ec1);
    uint32 private constant QUORUM = 0x0f;

    bytes private _transfers = abi.encodePacked(RECIPIENT, uint128(5));

    function testFuzz_AnyBytesMoveNothing(bytes calldata signatures) external {
        _requireRefused(signatures);
    }

    /// @dev The right mask and the right length, and whatever stands there.
    function testFuzz_AnyBytesOfTheRightLengthMoveNothing(bytes32[8] calldata words) external {
        _requireRefused(abi.encodePacked(QUORUM, words));
    }

    function testFuzz_ABatchIsRefusedOnMutatedSignatures(uint256 place, uint256 value, uint8 kind) external {
        _requireRefused(_mutate(_sign(PRODUCT, _digest(), QUORUM), place, value, kind));
    }

    function testFuzz_AProposalIsRefusedOnMutatedSignatures(uint256 place, uint256 value, uint8 kind) external {
        bytes[] memory calls = new bytes[](0);
        IBridge bridge = _at(PRODUCT);
        bytes memory signatures = _sign(PRODUCT, bridge.governanceDigest(_now, calls), QUORUM);
        signatures = _mutate(signatures, place, value, kind);
        (bool done, ) = address(bridge).call(abi.encodeCall(IGoverned.propose, (_now, calls, signatures)));
        require(!done && bridge.governanceNonce() == 0, 'a proposal on mutated signatures');
    }

    function testFuzz_APauseIsRefusedOnAMutatedSignature(uint256 place, uint256 value, uint8 kind) external {
        IBridge bridge = _at(PRODUCT);
        (bytes32 r, bytes32 vs) = CHEATS.signCompact(_halves[PRODUCT].keys[0], bridge.pauseDigest());
        bytes memory signature = _mutate(abi.encodePacked(r, vs), place, value, kind);
        (bool done, ) = address(bridge).call(abi.encodeCall(IGoverned.pause, (signature)));
        require(!done && !bridge.paused(), 'a pause on a mutated signature');
    }

    /// @dev Any of the six, in any two calls: together a quorum executes, fewer are kept, and no signer counts twice.
    function testFuzz_SignersCountOnceOverTwoCalls(uint8 first, uint8 second) external {
        uint32 one = first & 0x3f;
        uint32 other = second & 0x3f;
        bool moved = _send(_sign(PRODUCT, _digest(), one)) && _count(one) >= 4;
        require(_moved() == moved, 'the first call');
        _send(_sign(PRODUCT, _digest(), other));
        require(_moved() == (moved || _count(one | other) >= 4), 'both calls');
        if (!_moved()) require(_at(PRODUCT).approvals(_digest()) == one | other, 'what was kept');
    }

    /// @dev A bit turned over, a byte changed, cut off, put in, taken out, or two stretches exchanged.
    function _mutate(
        bytes memory signatures,
        uint256 place,
        uint256 value,
        uint8 kind
    ) private pure returns (bytes memory mutated) {
        uint256 length = signatures.length;
        mutated = bytes.concat(signatures);
        place %= length;
        kind %= 6;
        if (kind == 0) {
            mutated[place] ^= bytes1(uint8(1 << (value % 8)));
        } else if (kind == 1) {
            mutated[place] ^= bytes1(uint8(1 + (value % 255)));
        } else if (kind == 2) {
            mutated = _slice(signatures, 0, place);
        } else if (kind == 3) {
            bytes memory more = abi.encodePacked(new bytes(value % 130), bytes1(uint8(value >> 8)));
            mutated = bytes.concat(_slice(signatures, 0, place), more, _slice(signatures, place, length));
        } else if (kind == 4) {
            mutated = bytes.concat(_slice(signatures, 0, place), _slice(signatures, place + 1, length));
        } else {
            mutated = bytes.concat(_slice(signatures, place, length), _slice(signatures, 0, place));
            // Turned by nothing is not turned.
            if (place == 0) mutated[0] ^= 0x01;
        }
    }

    function _slice(bytes memory data, uint256 start, uint256 end) private pure returns (bytes memory part) {
        part = new bytes(end - start);
        for (uint256 i = start; i < end; ++i) part[i - start] = data[i];
    }

    function _digest() private returns (bytes32) {
        return digestOf(_at(PRODUCT), _pegs[0].productToken, 0, _transfers);
    }

    function _send(bytes memory signatures) private returns (bool done) {
        bytes memory call = abi.encodeCall(
            IProductBridge.mint,
            (_pegs[0].productToken, 0, _transfers, signatures, SOURCE_BLOCK)
        );
        (done, ) = address(_at(PRODUCT)).call(call);
    }

    function _moved() private returns (bool) {
        return _at(PRODUCT).executed(_pegs[0].productToken, 0);
    }

    function _requireRefused(bytes memory signatures) private {
        require(!_send(signatures), 'taken');
        require(!_moved() && _at(PRODUCT).approvals(_digest()) == 0, 'something moved or was kept');
    }
}
