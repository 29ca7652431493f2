// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { create } from '../support/Deployment.sol';
import { Actors } from './Actors.sol';

/// @title New bridges, and the acts that are tried on them
abstract contract Campaign {
    Actors internal _actors;

    function setUp() external {
        _actors = _newActors();
    }

    /// @dev By the artifact: with `new`, each test would have all acts in its own code, compiled once more.
    function _newActors() internal returns (Actors) {
        return Actors(create('Actors', ''));
    }

    /// @dev Acts that move transfers are listed more than once, so that some transfers move.
    function _acts() internal view returns (bytes4[] memory selectors) {
        Actors actors = _actors;
        selectors = new bytes4[](43);
        selectors[0] = actors.deposit.selector;
        selectors[1] = actors.deposit.selector;
        selectors[2] = actors.depositWithPermit.selector;
        selectors[3] = actors.depositLessAFee.selector;
        selectors[4] = actors.redeem.selector;
        selectors[5] = actors.redeem.selector;
        selectors[6] = actors.redeem.selector;
        selectors[7] = actors.redeem.selector;
        selectors[8] = actors.relay.selector;
        selectors[9] = actors.relay.selector;
        selectors[10] = actors.relay.selector;
        selectors[11] = actors.relay.selector;
        selectors[12] = actors.approve.selector;
        selectors[13] = actors.release.selector;
        selectors[14] = actors.release.selector;
        selectors[15] = actors.bounce.selector;
        selectors[16] = actors.bounce.selector;
        selectors[17] = actors.wait.selector;
        selectors[18] = actors.replay.selector;
        selectors[19] = actors.steal.selector;
        selectors[20] = actors.deceive.selector;
        selectors[21] = actors.misbehave.selector;
        selectors[22] = actors.pause.selector;
        selectors[23] = actors.movePause.selector;
        selectors[24] = actors.rotate.selector;
        selectors[25] = actors.executeRotation.selector;
        selectors[26] = actors.moveLimit.selector;
        selectors[27] = actors.moveMinimum.selector;
        selectors[28] = actors.voidParked.selector;
        selectors[29] = actors.openPeg.selector;
        selectors[30] = actors.retirePeg.selector;
        selectors[31] = actors.moveFee.selector;
        selectors[32] = actors.moveFee.selector;
        selectors[33] = actors.collectFees.selector;
        selectors[34] = actors.departFees.selector;
        selectors[35] = actors.revoke.selector;
        selectors[36] = actors.bounce.selector;
        selectors[37] = actors.bounce.selector;
        selectors[38] = actors.misbehave.selector;
        selectors[39] = actors.halt.selector;
        selectors[40] = actors.payExit.selector;
        selectors[41] = actors.payExit.selector;
        selectors[42] = actors.moveDepartMinimum.selector;
    }
}
