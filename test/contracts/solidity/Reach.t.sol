// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Address } from '@openzeppelin/contracts/utils/Address.sol';

import { Campaign } from './pair/Campaign.sol';

/// @title The acts of the invariants reach everything that they are there for
/// @dev Without this a campaign could prove its rules of bridges on which nothing happens.
contract Reach is Campaign {
    uint256 private constant CAMPAIGNS = 30;
    uint256 private constant ACTS = 500;

    string[] private _outcomes;

    error NotReached(string outcome);

    constructor() {
        _expect('deposit', 'deposit refused');
        _expect('deposit with a permit', 'deposit with a permit refused');
        _expect('deposit less a fee refused', 'refused by its token');
        _expect('redeem', 'redeem refused');
        _expect('batch executed', 'batch refused');
        _expect('approvals kept', 'approvals complete');
        _expect('parked', 'a later item that fits still goes');
        _expect('released', 'release refused');
        _expect('released and refused', 'voided');
        _expect('bounced', 'bounce refused');
        _expect('replay executed what was refused before', 'replay refused');
        _expect('misplaced replay refused', 'false content parked');
        _expect('false approvals kept', 'false approvals refused');
        _expect('paused', 'pause refused');
        _expect('unpaused', 'pause prolonged');
        _expect('rotated', 'rotation refused');
        _expect('limit set', 'limit lowered');
        _expect('peg opened', 'peg retired');
        _expect('minimum set', 'proposal refused');
        _expect('fee set', 'signatures revoked');
        _expect('fees collected', 'fees not collected');
        _expect('fees departed', 'fees not departed');
        _expect('ambiguous answer', 'an immediate proposal leaves a rotation');
        _expect('redeem for another', 'return refused');
        _expect('coins deposited', 'a recipient that calls back');
        _expect('an odd answer', 'smallest pot set');
        _expect('halted', 'exit paid out of fees');
        _expect('exit paid', 'exit refused');
        _outcomes.push('bounced while parked');
    }

    function test_EveryOutcomeIsReached() external {
        bytes4[] memory acts = _acts();
        uint256[] memory counts = new uint256[](_outcomes.length);
        for (uint256 i = 0; i < CAMPAIGNS * ACTS; ++i) {
            // After a long run the lanes are long, and each act looks at all of them.
            if (i % ACTS == 0) _actors = _newActors();
            uint256 seed = uint256(keccak256(abi.encode('reach', i)));
            bytes memory act = abi.encodeWithSelector(acts[seed % acts.length], seed);
            Address.functionCall(address(_actors), act);
            if (i % ACTS == ACTS - 1) _end(counts);
        }

        for (uint256 i = 0; i < counts.length; ++i) {
            if (counts[i] == 0) revert NotReached(_outcomes[i]);
        }
    }

    function _end(uint256[] memory counts) private {
        _actors.requireEnd();
        for (uint256 i = 0; i < counts.length; ++i) counts[i] += _actors.reached(_outcomes[i]);
    }

    function _expect(string memory one, string memory another) private {
        _outcomes.push(one);
        _outcomes.push(another);
    }
}
