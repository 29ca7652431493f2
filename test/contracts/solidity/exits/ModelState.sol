// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IProductState } from '../../../../contracts/interfaces/IProductState.sol';

/// @title The product chain's state at every block, in the place of proofs
/// @dev The roots of a block are its number. A value holds from the block in which it was noted.
contract ModelState is IProductState {
    struct Point {
        uint256 number;
        uint256 value;
    }

    struct Event {
        uint256 number;
        Redeem redeem;
    }

    mapping(bytes32 key => Point[]) private _points;
    Event[] private _events;

    error NoSuchEvent();

    function note(uint256 number, string calldata what, uint256 subject, uint256 value) external {
        Point[] storage points = _points[keccak256(abi.encode(what, subject))];
        points.push(Point(number, value));
    }

    function noteRedeem(uint256 number, Redeem calldata item) external {
        _events.push(Event(number, item));
    }

    function valueAt(bytes32 root, string memory what, uint256 subject) public view returns (uint256) {
        Point[] storage points = _points[keccak256(abi.encode(what, subject))];
        for (uint256 i = points.length; i > 0; --i) {
            if (points[i - 1].number <= uint256(root)) return points[i - 1].value;
        }
        return 0;
    }

    function balanceOf(bytes32 stateRoot, address, address account, bytes calldata) external view returns (uint256) {
        return valueAt(stateRoot, 'balance', uint160(account));
    }

    function outboundNonce(bytes32 stateRoot, address, bytes calldata) external view returns (uint64) {
        return uint64(valueAt(stateRoot, 'outboundNonce', 0));
    }

    function executed(bytes32 stateRoot, address, uint64 nonce, bytes calldata) external view returns (bool) {
        return valueAt(stateRoot, 'executed', nonce) != 0;
    }

    function parked(bytes32 stateRoot, address, uint64 nonce, bytes calldata) external view returns (bool) {
        return valueAt(stateRoot, 'parked', nonce) != 0;
    }

    function exitAddress(bytes32 stateRoot, address account, bytes calldata) external view returns (address) {
        return address(uint160(valueAt(stateRoot, 'exitAddress', uint160(account))));
    }

    /// @param proof The index of the event.
    function redeem(bytes32 receiptsRoot, bytes calldata proof) external view returns (Redeem memory) {
        Event storage found = _events[abi.decode(proof, (uint256))];
        require(found.number == uint256(receiptsRoot), NoSuchEvent());
        return found.redeem;
    }
}
