// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Actors } from './Actors.sol';

/// @title New bridges, and the acts that are tried on them
abstract contract Campaign {
    Actors internal _actors;

    function setUp() external {
        _actors = new Actors();
    }

    /// @dev What moves transfers stands more than once, so that there are some.
    function _acts() internal view returns (bytes4[] memory selectors) {
        Actors actors = _actors;
        selectors = new bytes4[](25);
        selectors[0] = actors.deposit.selector;
        selectors[1] = actors.deposit.selector;
        selectors[2] = actors.depositWithPermit.selector;
        selectors[3] = actors.depositLessAFee.selector;
        selectors[4] = actors.redeem.selector;
        selectors[5] = actors.redeem.selector;
        selectors[6] = actors.relay.selector;
        selectors[7] = actors.relay.selector;
        selectors[8] = actors.approve.selector;
        selectors[9] = actors.release.selector;
        selectors[10] = actors.bounce.selector;
        selectors[11] = actors.wait.selector;
        selectors[12] = actors.replay.selector;
        selectors[13] = actors.steal.selector;
        selectors[14] = actors.deceive.selector;
        selectors[15] = actors.misbehave.selector;
        selectors[16] = actors.pause.selector;
        selectors[17] = actors.movePause.selector;
        selectors[18] = actors.rotate.selector;
        selectors[19] = actors.executeRotation.selector;
        selectors[20] = actors.moveLimit.selector;
        selectors[21] = actors.moveMinimum.selector;
        selectors[22] = actors.voidParked.selector;
        selectors[23] = actors.openPeg.selector;
        selectors[24] = actors.retirePeg.selector;
    }
}
