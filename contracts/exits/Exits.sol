// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IERC20 } from '@openzeppelin/contracts/token/ERC20/IERC20.sol';
import { LowLevelCall } from '@openzeppelin/contracts/utils/LowLevelCall.sol';
import { ReentrancyGuardTransient } from '@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol';
import { ECDSA } from '@openzeppelin/contracts/utils/cryptography/ECDSA.sol';
import { EIP712 } from '@openzeppelin/contracts/utils/cryptography/EIP712.sol';
import { SignatureChecker } from '@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol';
import { Math } from '@openzeppelin/contracts/utils/math/Math.sol';

import { Headers } from '../anchors/Headers.sol';
import { History } from '../anchors/History.sol';
import { IAnchors } from '../interfaces/IAnchors.sol';
import { IBridge } from '../interfaces/IBridge.sol';
import { IExits } from '../interfaces/IExits.sol';
import { IMainBridge } from '../interfaces/IMainBridge.sol';
import { IProductState } from '../interfaces/IProductState.sol';
import { MainPegs } from '../libraries/MainPegs.sol';

/// @title Pays holders out of the collateral after the signers are gone
/// @dev See {IExits}. Not deployed by the tools yet: a prototype that fixes the arithmetic and what the bridge must offer. Proofs of
/// the product chain's state come from another contract ({IProductState}).
contract Exits is IExits, EIP712, ReentrancyGuardTransient {
    bytes32 private constant EXIT_TYPEHASH = keccak256('Exit(address account,address payout)');

    IMainBridge public immutable bridge;
    IAnchors public immutable anchors;
    IProductState public immutable productState;
    uint256 public immutable exitDelay;
    uint256 public immutable noticePeriod;
    uint256 public immutable advanceWindow;
    uint256 public immutable claimWindow;

    uint256 private immutable _DEPLOYED_AT = block.timestamp;

    /// @inheritdoc IExits
    mapping(address productToken => uint256) public collateral;
    /// @inheritdoc IExits
    mapping(address productToken => uint256) public registered;

    Settlement private _settlement;
    /// @dev The last sign of life when the exits were announced.
    uint256 private _lifeAtOpening;
    mapping(bytes32 id => Claim) private _claims;
    /// @dev The running hash of a peg's deposits before each nonce, as far as it was proven.
    mapping(address productToken => mapping(uint64 nonce => bytes32)) private _hashBefore;

    /// @param bridge_ The main bridge that names this contract as its `exits`; it may be deployed later, at this address.
    constructor(
        address bridge_,
        address anchors_,
        address productState_,
        uint256 exitDelay_,
        uint256 noticePeriod_,
        uint256 advanceWindow_,
        uint256 claimWindow_
    ) EIP712('Pegway Exits', '1') {
        require(exitDelay_ >= 7 days, DelayTooShort(exitDelay_, 7 days));
        require(noticePeriod_ >= 3 days, DelayTooShort(noticePeriod_, 3 days));
        require(advanceWindow_ >= 3 days, DelayTooShort(advanceWindow_, 3 days));
        require(claimWindow_ >= 7 days, DelayTooShort(claimWindow_, 7 days));
        bridge = IMainBridge(bridge_);
        anchors = IAnchors(anchors_);
        productState = IProductState(productState_);
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
        address[] memory productTokens = bridge.pegs();
        for (uint256 i = 0; i < productTokens.length; ++i) _take(productTokens, productTokens[i]);

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
    function unwind(address productToken, uint64 firstNonce, bytes32 start, bytes32[] calldata items) external {
        require(_settlement.closedAt != 0, WrongDeparture(productToken, firstNonce));
        _requireDeparted(productToken, firstNonce, start, items);

        _hashBefore[productToken][firstNonce] = start;
    }

    /// @inheritdoc IExits
    function claimBalance(
        address productToken,
        address account,
        Payout calldata to,
        bytes calldata balanceProof
    ) external returns (bytes32 id) {
        bytes32 stateRoot = _requireClaims();
        IBridge.Peg memory peg = bridge.peg(productToken);
        uint256 balance = productState.balanceOf(stateRoot, productToken, account, balanceProof);
        address payout = _authorised(stateRoot, account, to);

        id = keccak256(abi.encode('balance', productToken, account));
        _register(id, productToken, payout, address(0), Math.mulDiv(balance, peg.denominator, peg.numerator));
    }

    /// @inheritdoc IExits
    function claimDeposit(
        address productToken,
        Deposit calldata item,
        bytes32 before,
        bytes32[] calldata later,
        Payout calldata to,
        bytes[3] calldata proofs
    ) external returns (bytes32 id) {
        bytes32 stateRoot = _requireClaims();
        bytes32 departure = keccak256(
            abi.encode(item.nonce, item.returnTo, item.recipient, item.mainAmount, item.bounced)
        );
        _requireDeparted(productToken, item.nonce + 1, keccak256(abi.encode(before, departure)), later);
        bool open_ = !productState.executed(stateRoot, productToken, item.nonce, proofs[0]);
        require(
            open_ || productState.parked(stateRoot, productToken, item.nonce, proofs[1]),
            NothingOwed(productToken)
        );
        if (item.bounced != 0) {
            // Of a redeem after B the tokens are still in its redeemer's balance.
            uint64 departed = productState.outboundNonce(stateRoot, productToken, proofs[2]);
            require(item.bounced <= departed, NothingOwed(productToken));
        }
        address payout =
            item.bounced == 0 ? _authorisedHere(item.returnTo, to) : _authorised(stateRoot, item.returnTo, to);

        id = keccak256(abi.encode('deposit', productToken, item.nonce));
        _register(id, productToken, payout, address(0), item.mainAmount);
    }

    /// @inheritdoc IExits
    function claimRedeem(
        bytes[] calldata headers,
        History.Proof calldata history,
        bytes calldata receiptProof
    ) external returns (bytes32 id) {
        _requireClaims();
        bytes32 receiptsRoot = _receiptsRootOf(headers, history);
        IProductState.Redeem memory item = productState.redeem(receiptsRoot, receiptProof);
        IBridge.Status status = bridge.status(item.productToken, item.nonce);
        if (status != IBridge.Status.Open && status != IBridge.Status.Parked) revert NothingOwed(item.productToken);

        id = keccak256(abi.encode('redeem', item.productToken, item.nonce));
        _register(id, item.productToken, item.recipient, item.redeemer, item.mainAmount);
    }

    /// @inheritdoc IExits
    function pay(bytes32 id) external nonReentrant {
        (address productToken, uint256 amount) = _begin(id);
        address payout = _claims[id].payout;

        emit Paid(id, payout, amount);

        bridge.payExit(productToken, payout, amount);
    }

    /// @inheritdoc IExits
    function payRedeemer(bytes32 id, Payout calldata to) external nonReentrant {
        (address productToken, uint256 amount) = _begin(id);
        Claim storage item = _claims[id];
        address payout = _authorised(_settlement.stateRoot, item.fallbackAccount, to);
        try bridge.payExit(productToken, item.payout, amount) {
            emit Paid(id, item.payout, amount);
            return;
        } catch (bytes memory answer) {
            // Too little gas, for one, is no refusal.
            if (bytes4(answer) != IMainBridge.PaymentRefused.selector) LowLevelCall.bubbleRevert(answer);
        }

        emit Paid(id, payout, amount);

        bridge.payExit(productToken, payout, amount);
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

    /// @inheritdoc IExits
    function claim(bytes32 id) external view returns (Claim memory) {
        return _claims[id];
    }

    /// @notice The EIP-712 digest with which an account names who gets its exits.
    function exitDigest(address account, address payout) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(EXIT_TYPEHASH, account, payout)));
    }

    /// @dev The peg's collateral, or its share of what all pegs of the token have when that is less, with its fees.
    function _take(address[] memory productTokens, address productToken) private {
        address token = bridge.peg(productToken).mainToken;
        uint256 balance = token == MainPegs.COIN ? address(bridge).balance : IERC20(token).balanceOf(address(bridge));
        (uint256 locked, uint256 pots) = (0, 0);
        for (uint256 i = 0; i < productTokens.length; ++i) {
            if (bridge.peg(productTokens[i]).mainToken != token) continue;
            locked += bridge.locked(productTokens[i]);
            pots += bridge.feePot(productTokens[i]);
        }
        uint256 own = bridge.locked(productToken);
        if (balance < locked) own = Math.mulDiv(own, balance, locked);
        // Fees are there once all collateral is.
        uint256 rest = Math.min(Math.saturatingSub(balance, locked), pots);
        collateral[productToken] = own + (pots == 0 ? 0 : Math.mulDiv(bridge.feePot(productToken), rest, pots));
    }

    function _register(
        bytes32 id,
        address productToken,
        address payout,
        address fallbackAccount,
        uint256 amount
    ) private {
        require(_claims[id].productToken == address(0), AlreadyClaimed(id));
        require(amount != 0, NothingOwed(productToken));

        _claims[id] = Claim(productToken, payout, fallbackAccount, false, amount);
        registered[productToken] += amount;

        emit Registered(id, productToken, payout, amount);
    }

    function _begin(bytes32 id) private returns (address productToken, uint256 amount) {
        _requireWindow(paymentsFrom(), 0);
        Claim storage item = _claims[id];
        productToken = item.productToken;
        if (productToken == address(0) || item.paid) revert AlreadyClaimed(id);

        item.paid = true;
        (uint256 most, uint256 claimed) = (collateral[productToken], registered[productToken]);
        amount = claimed <= most ? item.amount : Math.mulDiv(item.amount, most, claimed);
    }

    /// @dev Whether the departures from `nonce` on lead from the running hash before it to one that is known.
    function _requireDeparted(
        address productToken,
        uint64 nonce,
        bytes32 current,
        bytes32[] calldata items
    ) private view {
        for (uint256 i = 0; i < items.length; ++i) current = keccak256(abi.encode(current, items[i]));
        uint64 next = nonce + uint64(items.length);
        bool last = next == bridge.outboundNonce(productToken);
        bytes32 known = last ? bridge.outboundHash(productToken) : _hashBefore[productToken][next];
        if (known == 0 || current != known) revert WrongDeparture(productToken, next);
    }

    /// @dev For an account of the product chain. SECURITY: a contract with this address on this chain may belong to another, so
    /// that neither its call nor its ERC-1271 answer counts.
    function _authorised(bytes32 stateRoot, address account, Payout calldata to) private view returns (address payout) {
        payout = to.payout;
        bool consents;
        if (to.signature.length == 0) {
            consents = productState.exitAddress(stateRoot, account, to.proof) == payout;
        } else {
            (address signer, , ) = ECDSA.tryRecover(exitDigest(account, payout), to.signature);
            consents = signer == account;
        }
        // What recovers nobody recovers zero, which is no account.
        if (account == address(0) || payout == address(0) || !consents) revert NotAuthorised(account, payout);
    }

    /// @dev For an account of this chain. SECURITY: a contract with its address on the product chain may belong to another, so that
    /// its entry in {ExitAddress} does not count.
    function _authorisedHere(address account, Payout calldata to) private view returns (address payout) {
        payout = to.payout;
        bool consents =
            msg.sender == account ||
                SignatureChecker.isValidSignatureNow(account, exitDigest(account, payout), to.signature);
        if (payout == address(0) || !consents) revert NotAuthorised(account, payout);
    }

    /// @dev Of the last header, whose descendant the first is B or committed to by the anchored history.
    function _receiptsRootOf(
        bytes[] calldata headers,
        History.Proof calldata history
    ) private view returns (bytes32 receiptsRoot) {
        Settlement storage settled = _settlement;
        bytes32 expected = settled.blockHash;
        for (uint256 i = 0; i < headers.length; ++i) {
            bytes32 blockHash = keccak256(headers[i]);
            Headers.Header memory fields = Headers.parse(headers[i]);
            bool known = blockHash == expected;
            if (!known && i == 0) {
                known = History.includes(
                    settled.historyRoot,
                    anchors.firstBlock(),
                    settled.anchoredNumber,
                    fields.number,
                    blockHash,
                    history
                );
            }
            require(known, WrongBlock(fields.number, blockHash));
            expected = fields.parentHash;
            receiptsRoot = fields.receiptsRoot;
        }
    }

    function _requireAnchor() private view {
        bool waits = anchors.pendingCorrection().executableAt != 0;
        if (waits || anchors.latest().blockHash == 0) revert NothingToSettle();
    }

    function _requireClaims() private view returns (bytes32 stateRoot) {
        _requireWindow(claimsFrom(), paymentsFrom());
        stateRoot = _settlement.stateRoot;
        require(stateRoot != 0, WrongBlock(_settlement.number, _settlement.blockHash));
    }

    /// @param until Zero: without end.
    function _requireWindow(uint256 from, uint256 until) private view {
        bool early = from == 0 || block.timestamp < from;
        if (early || (until != 0 && block.timestamp >= until)) revert OutsideWindow(from, until);
    }
}
