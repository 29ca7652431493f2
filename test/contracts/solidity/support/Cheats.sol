// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @dev The functions with which Hardhat's test runner lets a test control its chain; only those used here.
interface ICheats {
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function addr(uint256 privateKey) external pure returns (address);

    function chainId(uint256 newChainId) external;

    function computeCreateAddress(address deployer, uint256 nonce) external pure returns (address);

    function deal(address account, uint256 balance) external;

    function etch(address account, bytes calldata code) external;

    function getCode(string calldata artifact) external view returns (bytes memory creationCode);

    function getNonce(address account) external view returns (uint64);

    function getRecordedLogs() external returns (Log[] memory);

    function keyExistsJson(string calldata json, string calldata path) external view returns (bool);

    function mockCall(address callee, bytes calldata data, bytes calldata answer) external;

    function parseJsonAddress(string calldata json, string calldata path) external pure returns (address);

    function parseJsonBytes(string calldata json, string calldata path) external pure returns (bytes memory);

    function parseJsonBytes32(string calldata json, string calldata path) external pure returns (bytes32);

    function parseJsonBytes32Array(string calldata json, string calldata path) external pure returns (bytes32[] memory);

    function parseJsonBytesArray(string calldata json, string calldata path) external pure returns (bytes[] memory);

    function parseJsonString(string calldata json, string calldata path) external pure returns (string memory);

    function parseJsonUint(string calldata json, string calldata path) external pure returns (uint256);

    function prank(address sender) external;

    function readFile(string calldata path) external view returns (string memory);

    function recordLogs() external;

    function roll(uint256 height) external;

    function sign(uint256 privateKey, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);

    function signCompact(uint256 privateKey, bytes32 digest) external pure returns (bytes32 r, bytes32 vs);

    function startPrank(address sender) external;

    function stopPrank() external;

    function toString(uint256 value) external pure returns (string memory);

    function warp(uint256 timestamp) external;
}

ICheats constant CHEATS = ICheats(address(uint160(uint256(keccak256('hevm cheat code')))));
