// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Memory } from '@openzeppelin/contracts/utils/Memory.sol';
import { RLP } from '@openzeppelin/contracts/utils/RLP.sol';
import { TrieProof } from '@openzeppelin/contracts/utils/cryptography/TrieProof.sol';

import { StateTrie } from './StateTrie.sol';
import { IProductBridge } from '../interfaces/IProductBridge.sol';
import { IProductState } from '../interfaces/IProductState.sol';

/// @title Reads the product chain's state and receipts by Merkle proofs
/// @dev See {IProductState}. A proof of state is `abi.encode(bytes[] account, bytes[] storage)`, as
/// `eth_getProof` returns both; of a redeem `abi.encode(uint256 transactionIndex, uint256 logIndex, bytes[] receipt)`, the log
/// counted within its receipt. SECURITY: the slots below are those of this version's contracts; a test pins them.
contract ProductState is IProductState {
    using Memory for bytes;
    using Memory for Memory.Slice;
    using RLP for Memory.Slice;

    // Of {ProductBridge}, and within a peg's state.
    uint256 private constant PEGS_SLOT = 11;
    uint256 private constant OUTBOUND_NONCE = 1;
    uint256 private constant EXECUTED = 7;
    uint256 private constant PARKED = 8;
    // Of {ProductToken} and {ExitAddress}.
    uint256 private constant FIRST_SLOT = 0;

    /// @dev The place of the storage root in an account.
    uint256 private constant STORAGE_ROOT = 2;
    uint256 private constant LOGS = 3;

    /// @notice The product bridge, on the product chain.
    address public immutable productBridge;
    /// @notice {ExitAddress}, on the product chain.
    address public immutable registry;

    /// @notice The log is not a redeem of the product bridge.
    error NotARedeem(address emitter, bytes32 topic);

    constructor(address productBridge_, address registry_) {
        productBridge = productBridge_;
        registry = registry_;
    }

    /// @inheritdoc IProductState
    function balanceOf(
        bytes32 stateRoot,
        address productToken,
        address account,
        bytes calldata proof
    ) external pure returns (uint256) {
        return _read(stateRoot, productToken, _slotOf(uint160(account), FIRST_SLOT), proof);
    }

    /// @inheritdoc IProductState
    function outboundNonce(
        bytes32 stateRoot,
        address productToken,
        bytes calldata proof
    ) external view returns (uint64) {
        return uint64(_read(stateRoot, productBridge, _pegSlot(productToken, OUTBOUND_NONCE), proof) >> 128);
    }

    /// @inheritdoc IProductState
    function executed(
        bytes32 stateRoot,
        address productToken,
        uint64 nonce,
        bytes calldata proof
    ) external view returns (bool) {
        uint256 slot = _slotOf(nonce >> 8, _pegSlot(productToken, EXECUTED));
        return (_read(stateRoot, productBridge, slot, proof) >> (nonce & 0xff)) & 1 == 1;
    }

    /// @inheritdoc IProductState
    function parked(
        bytes32 stateRoot,
        address productToken,
        uint64 nonce,
        bytes calldata proof
    ) external view returns (bool) {
        uint256 record = _read(stateRoot, productBridge, _slotOf(nonce, _pegSlot(productToken, PARKED)), proof);
        // Behind the recipient: when it can be released, which is never zero.
        return uint40(record >> 160) != 0;
    }

    /// @inheritdoc IProductState
    function exitAddress(bytes32 stateRoot, address account, bytes calldata proof) external view returns (address) {
        return address(uint160(_read(stateRoot, registry, _slotOf(uint160(account), FIRST_SLOT), proof)));
    }

    /// @inheritdoc IProductState
    function redeem(bytes32 receiptsRoot, bytes calldata proof) external view returns (Redeem memory) {
        (uint256 transaction, uint256 log, bytes[] memory nodes) = abi.decode(proof, (uint256, uint256, bytes[]));
        bytes memory receipt = TrieProof.traverse(receiptsRoot, RLP.encode(transaction), nodes);
        // Typed receipts (EIP-2718) begin with their type, which no list does.
        Memory.Slice list = receipt.asSlice();
        if (receipt[0] < 0xc0) list = list.slice(1);
        Memory.Slice[] memory fields = list.readList()[LOGS].readList()[log].readList();

        address emitter = fields[0].readAddress();
        Memory.Slice[] memory topics = fields[1].readList();
        bytes32 topic = topics.length == 4 ? topics[0].readBytes32() : bytes32(0);
        if (emitter != productBridge || topic != IProductBridge.ProductTokenRedeem.selector) {
            revert NotARedeem(emitter, topic);
        }
        (address recipient, , uint256 mainAmount, ) = abi.decode(
            fields[2].readBytes(),
            (address, uint256, uint256, uint64)
        );
        return
            Redeem({
                productToken: address(uint160(topics[1].readUint256())),
                nonce: uint64(topics[2].readUint256()),
                redeemer: address(uint160(topics[3].readUint256())),
                recipient: recipient,
                mainAmount: uint128(mainAmount)
            });
    }

    /// @dev A slot of an account's storage. An account that does not exist has nothing.
    function _read(
        bytes32 stateRoot,
        address account,
        uint256 slot,
        bytes calldata proof
    ) private pure returns (uint256) {
        (bytes[] memory accountNodes, bytes[] memory storageNodes) = abi.decode(proof, (bytes[], bytes[]));
        bytes memory found = StateTrie.valueOf(stateRoot, abi.encodePacked(account), accountNodes);
        if (found.length == 0) return 0;

        bytes32 storageRoot = RLP.decodeList(found)[STORAGE_ROOT].readBytes32();
        bytes memory value = StateTrie.valueOf(storageRoot, abi.encode(slot), storageNodes);
        return value.length == 0 ? 0 : RLP.decodeUint256(value);
    }

    function _pegSlot(address productToken, uint256 offset) private pure returns (uint256) {
        return _slotOf(uint160(productToken), PEGS_SLOT) + offset;
    }

    /// @dev Of a mapping's value.
    function _slotOf(uint256 key, uint256 mappingSlot) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(key, mappingSlot)));
    }
}
