// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title A recipient of coins that accepts or refuses them, and calls back meanwhile
contract CoinRecipient {
    enum Manner {
        Accepts,
        Reverts,
        BurnsGas,
        RevertsWith60kB,
        Reenters,
        SpendsAndReverts
    }

    Manner public manner;
    uint256 public breaches;

    address private _target;
    bytes[] private _calls;

    error Refused();

    receive() external payable {
        _take();
    }

    function behave(Manner how) external {
        manner = how;
    }

    /// @notice What `Reenters` does with every coin.
    function prepare(address target, bytes[] calldata calls) external {
        _target = target;
        _calls = calls;
    }

    function _take() private {
        if (manner == Manner.SpendsAndReverts) {
            (bool spent, ) = address(0xdead).call{ value: address(this).balance }('');
            if (spent) revert Refused();
        }
        if (manner == Manner.Reverts) revert Refused();
        if (manner == Manner.BurnsGas) while (true) {}
        if (manner == Manner.RevertsWith60kB) {
            assembly ('memory-safe') {
                revert(mload(0x40), 60000)
            }
        }
        if (manner == Manner.Reenters) _reenter();
    }

    function _reenter() private {
        for (uint256 i = 0; i < _calls.length; ++i) {
            (bool success, ) = _target.call(_calls[i]);
            if (success) ++breaches;
        }
    }
}
