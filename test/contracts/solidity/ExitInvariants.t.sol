// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { Claiming } from './exits/Claiming.sol';

/// @title Claims equal the collateral, whatever happened before the signers fell silent
/// @dev Random traffic, a quorum that is silent from a random moment on, an anchor of any age; everybody registers and is paid in
/// random order, some late. `npx hardhat test solidity --test-profile long` runs it for long.
contract ExitInvariantsTest is Claiming {
    function setUp() external {
        _limitAndCharge();
    }

    /// @dev Somebody shows the newest attestation: every claim is paid in full, the late ones as well.
    /// forge-config: default.fuzz.runs = 96
    function testFuzz_HonestClaimsArePaidInFull(uint256 seed) external {
        _live(seed);
        _closeBridge();
        _advanceToNewest();
        uint256 locked = _main().locked(_productToken);
        _settle();

        uint256 pot = _state.valueAt(bytes32(uint256(_exits.settlement().number)), 'feePot', 0);
        uint256 claimed = _exits.registered(_productToken);
        require(_paid == claimed, 'paid in full');
        // In thirds of a base unit: fees at B cannot be claimed, and each balance was rounded down.
        uint256 rest = 3 * locked - 7 * pot - 3 * claimed;
        require(rest < 3 * HOLDERS, 'all that is locked is claimed, but for the fees of B');
    }

    /// @dev Nobody does: claims exceed the collateral, each in time is paid the same share, and nothing is paid beyond it.
    /// forge-config: default.fuzz.runs = 96
    function testFuzz_NeverMoreThanLockedIsPaid(uint256 seed) external {
        _live(seed);
        _closeBridge();
        _settle();

        require(_exits.collateral(_productToken) == _held, 'what is paid out in all');
        uint256 claimed = _exits.registered(_productToken);
        uint256 most = claimed < _held ? claimed : _held;
        require(_paid <= most && most - _paid < _ids.length + 1, 'nothing is left but rounding');
    }

    /// @dev Some register in time, then payments and late claims take turns at random.
    function _settle() private {
        _prepareClaims();
        uint256 next = _draw(3) == 0 ? _calls.length : _draw(_calls.length + 1);
        for (uint256 i = 0; i < next; ++i) _tryClaim(_calls[i]);
        _now += 7 days;
        uint256 due = 0;
        while (due < _ids.length || next < _calls.length) {
            bool pays = due < _ids.length && (next == _calls.length || _draw(2) == 0);
            if (pays) _payOne(due++);
            else _tryClaim(_calls[next++]);
        }
        require(_main().locked(_productToken) + _main().feePot(_productToken) == _held - _paid, 'paid out of it');
    }
}
