// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from '@openzeppelin/contracts/token/ERC20/IERC20.sol';
import { ReentrancyGuardTransient } from '@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol';
import { Math } from '@openzeppelin/contracts/utils/math/Math.sol';

import { Headers } from '../anchors/Headers.sol';
import { IAnchors } from '../interfaces/IAnchors.sol';
import { IExits } from '../interfaces/IExits.sol';
import { IMainBridge } from '../interfaces/IMainBridge.sol';
import { MainPegs } from '../libraries/MainPegs.sol';

/// @title When the exits open, as of which block they settle, and what each peg has to pay with
/// @dev See {IExits}.
abstract contract Closing is IExits, ReentrancyGuardTransient {
    /// @dev Gas for one reading of a balance. A token that needs more does not answer.
    uint256 private constant BALANCE_GAS = 500_000;

    /// @inheritdoc IExits
    IMainBridge public immutable bridge;
    /// @inheritdoc IExits
    IAnchors public immutable anchors;
    /// @inheritdoc IExits
    uint256 public immutable exitDelay;
    /// @inheritdoc IExits
    uint256 public immutable noticePeriod;
    /// @inheritdoc IExits
    uint256 public immutable advanceWindow;
    /// @inheritdoc IExits
    uint256 public immutable claimWindow;

    uint256 private immutable _DEPLOYED_AT = block.timestamp;

    /// @inheritdoc IExits
    mapping(address productToken => uint256) public collateral;

    Settlement internal _settlement;
    /// @dev The last sign of life when the exits were announced.
    uint256 private _lifeAtOpening;

    constructor(
        address bridge_,
        address anchors_,
        uint256 exitDelay_,
        uint256 noticePeriod_,
        uint256 advanceWindow_,
        uint256 claimWindow_
    ) {
        require(exitDelay_ >= 7 days, DelayTooShort(exitDelay_, 7 days));
        require(noticePeriod_ >= 3 days, DelayTooShort(noticePeriod_, 3 days));
        require(advanceWindow_ >= 3 days, DelayTooShort(advanceWindow_, 3 days));
        require(claimWindow_ >= 7 days, DelayTooShort(claimWindow_, 7 days));
        bridge = IMainBridge(bridge_);
        anchors = IAnchors(anchors_);
        exitDelay = exitDelay_;
        noticePeriod = noticePeriod_;
        advanceWindow = advanceWindow_;
        claimWindow = claimWindow_;
    }

    /// @inheritdoc IExits
    function open() external {
        uint256 life = lastLifeAt();
        require(_settlement.closedAt == 0, OutsideWindow(0, _settlement.closedAt));
        require(_settlement.openedAt == 0 || life != _lifeAtOpening, OutsideWindow(0, _settlement.openedAt));
        require(block.timestamp >= life + exitDelay, SignersAlive(life, life + exitDelay));
        _requireAnchor();

        _settlement.openedAt = uint64(block.timestamp);
        _lifeAtOpening = life;

        emit Opened(block.timestamp + noticePeriod);
    }

    /// @inheritdoc IExits
    function close() external nonReentrant {
        uint256 openedAt = _settlement.openedAt;
        require(_settlement.closedAt == 0, OutsideWindow(openedAt, _settlement.closedAt));
        if (openedAt == 0 || block.timestamp < openedAt + noticePeriod)
            revert OutsideWindow(openedAt + noticePeriod, 0);
        uint256 life = lastLifeAt();
        require(life == _lifeAtOpening, SignersAlive(life, life + exitDelay));
        _requireAnchor();

        IAnchors.Anchor memory last = anchors.latest();
        uint64 epoch = bridge.signerEpoch();
        _settlement = Settlement({
            openedAt: uint64(openedAt),
            closedAt: uint64(block.timestamp),
            epoch: epoch,
            number: last.number,
            blockHash: last.blockHash,
            stateRoot: 0,
            anchoredNumber: last.number,
            historyRoot: last.historyRoot
        });
        bridge.halt();
        _take();

        emit Closed(last.number, last.blockHash, epoch);
    }

    /// @inheritdoc IExits
    function advance(
        address productToken,
        uint64 firstNonce,
        bytes calldata transfers,
        bytes calldata signatures,
        bytes calldata header
    ) external {
        _requireWindow(_settlement.closedAt, claimsFrom());
        bytes32 blockHash = keccak256(header);
        uint64 epoch = _settlement.epoch;
        bytes32 digest = bridge.attestationDigest(epoch, productToken, firstNonce, transfers, blockHash);
        require(bridge.hasQuorum(epoch, digest, signatures), NoQuorum(digest));
        uint64 number = Headers.parse(header).number;
        require(number > _settlement.number, WrongBlock(number, blockHash));

        (_settlement.number, _settlement.blockHash) = (number, blockHash);

        emit Advanced(number, blockHash);
    }

    /// @inheritdoc IExits
    function fix(bytes calldata header) external {
        _requireWindow(claimsFrom(), 0);
        bytes32 blockHash = keccak256(header);
        require(blockHash == _settlement.blockHash, WrongBlock(_settlement.number, blockHash));

        _settlement.stateRoot = Headers.parse(header).stateRoot;
    }

    /// @inheritdoc IExits
    function lastLifeAt() public view returns (uint256) {
        return Math.max(Math.max(anchors.latest().attestedAt, bridge.lastProposalAt()), _DEPLOYED_AT);
    }

    /// @inheritdoc IExits
    function claimsFrom() public view returns (uint256) {
        return _settlement.closedAt == 0 ? 0 : _settlement.closedAt + advanceWindow;
    }

    /// @inheritdoc IExits
    function paymentsFrom() public view returns (uint256) {
        return claimsFrom() == 0 ? 0 : claimsFrom() + claimWindow;
    }

    /// @inheritdoc IExits
    function settlement() external view returns (Settlement memory) {
        return _settlement;
    }

    /// @dev Fixes the collateral of each peg: its `locked`, or its share of the token's balance when that is below the sum of all
    /// `locked`; and its fees as far as the balance exceeds that sum. Reads the bridge once per peg, so that many pegs fit a
    /// block.
    function _take() private {
        address[] memory productTokens = bridge.pegs();
        uint256 count = productTokens.length;
        address[] memory tokens = new address[](count);
        uint256[] memory locked = new uint256[](count);
        uint256[] memory pots = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            tokens[i] = bridge.peg(productTokens[i]).mainToken;
            locked[i] = bridge.locked(productTokens[i]);
            pots[i] = bridge.feePot(productTokens[i]);
        }
        for (uint256 i = 0; i < count; ++i) {
            (uint256 allLocked, uint256 allPots) = (0, 0);
            for (uint256 j = 0; j < count; ++j) {
                if (tokens[j] != tokens[i]) continue;
                allLocked += locked[j];
                allPots += pots[j];
            }
            uint256 balance = _balanceOf(tokens[i], allLocked + allPots);
            uint256 own = balance < allLocked ? Math.mulDiv(locked[i], balance, allLocked) : locked[i];
            uint256 rest = Math.min(Math.saturatingSub(balance, allLocked), allPots);
            collateral[productTokens[i]] = own + (allPots == 0 ? 0 : Math.mulDiv(pots[i], rest, allPots));
        }
    }

    /// @dev The bridge's balance of a token, or `expected` where the token does not answer: one token must not keep the pegs of
    /// others from closing; its payments then fail on their own. SECURITY: the token always gets the whole `BALANCE_GAS`, so that
    /// a caller cannot make it fail.
    function _balanceOf(address token, uint256 expected) private view returns (uint256 found) {
        if (token == MainPegs.COIN) return address(bridge).balance;

        uint256 needed = BALANCE_GAS + BALANCE_GAS / 63 + 10_000;
        require(gasleft() >= needed, IMainBridge.InsufficientGas(needed));
        bytes memory question = abi.encodeCall(IERC20.balanceOf, (address(bridge)));
        bool answered;
        // Solidity's own call reverts on a short answer, and has no bound on what it copies back.
        assembly ('memory-safe') {
            answered := staticcall(BALANCE_GAS, token, add(question, 32), mload(question), 0, 32)
            answered := and(answered, gt(returndatasize(), 31))
            found := mload(0)
        }
        if (!answered) return expected;
    }

    function _requireAnchor() private view {
        bool waits = anchors.pendingCorrection().executableAt != 0;
        if (waits || anchors.latest().blockHash == 0) revert NothingToSettle();
    }

    /// @param until Zero: without end.
    function _requireWindow(uint256 from, uint256 until) internal view {
        bool early = from == 0 || block.timestamp < from;
        if (early || (until != 0 && block.timestamp >= until)) revert OutsideWindow(from, until);
    }
}
