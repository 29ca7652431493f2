// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { LowLevelCall } from '@openzeppelin/contracts/utils/LowLevelCall.sol';
import { ECDSA } from '@openzeppelin/contracts/utils/cryptography/ECDSA.sol';
import { EIP712 } from '@openzeppelin/contracts/utils/cryptography/EIP712.sol';
import { SignatureChecker } from '@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol';
import { Math } from '@openzeppelin/contracts/utils/math/Math.sol';

import { Closing } from './Closing.sol';
import { Headers } from '../anchors/Headers.sol';
import { History } from '../anchors/History.sol';
import { IBridge } from '../interfaces/IBridge.sol';
import { IExits } from '../interfaces/IExits.sol';
import { IMainBridge } from '../interfaces/IMainBridge.sol';
import { IProductState } from '../interfaces/IProductState.sol';

/// @title Pays holders out of the collateral after the signers are gone
/// @dev See {IExits}. Proofs of the product chain's state are read by another contract ({IProductState}).
contract Exits is Closing, EIP712 {
    bytes32 private constant EXIT_TYPEHASH = keccak256('Exit(address account,address payout)');

    /// @inheritdoc IExits
    IProductState public immutable productState;

    /// @inheritdoc IExits
    mapping(address productToken => uint256) public registered;

    mapping(bytes32 id => Claim) private _claims;
    /// @inheritdoc IExits
    mapping(address productToken => mapping(uint64 nonce => bytes32)) public hashBefore;
    /// @inheritdoc IExits
    mapping(bytes32 blockHash => bool) public isAncestor;

    /// @param bridge_ The main bridge that names this contract as its `exits`; it may be deployed later, at this address.
    constructor(
        address bridge_,
        address anchors_,
        address productState_,
        uint256 exitDelay_,
        uint256 noticePeriod_,
        uint256 advanceWindow_,
        uint256 claimWindow_
    ) Closing(bridge_, anchors_, exitDelay_, noticePeriod_, advanceWindow_, claimWindow_) EIP712('Pegway Exits', '1') {
        productState = IProductState(productState_);
    }

    /// @inheritdoc IExits
    function unwind(address productToken, uint64 firstNonce, bytes32 start, bytes32[] calldata items) external {
        require(_settlement.closedAt != 0, WrongDeparture(productToken, firstNonce));
        _requireDeparted(productToken, firstNonce, start, items);

        hashBefore[productToken][firstNonce] = start;
    }

    /// @inheritdoc IExits
    function link(bytes[] calldata headers, History.Proof calldata history) external {
        _requireClaims();
        (bytes32 blockHash, ) = _requireAncestors(headers, history);

        isAncestor[blockHash] = true;
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
        (, bytes32 receiptsRoot) = _requireAncestors(headers, history);
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
    function claim(bytes32 id) external view returns (Claim memory) {
        return _claims[id];
    }

    /// @inheritdoc IExits
    function exitDigest(address account, address payout) public view returns (bytes32) {
        return _hashTypedDataV4(keccak256(abi.encode(EXIT_TYPEHASH, account, payout)));
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
        if (block.timestamp >= paymentsFrom()) {
            // Claims registered in time come first, in their proportion: a late one takes only the rest.
            amount = Math.min(amount, Math.saturatingSub(collateral[productToken], registered[productToken]));
            require(amount != 0, NothingLeft(productToken));
        }

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
        bytes32 known = last ? bridge.outboundHash(productToken) : hashBefore[productToken][next];
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
        // A signature that recovers no key recovers the zero address.
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

    /// @dev The first header is B's, a block that the anchored history commits to, or one that was linked before; each further one
    /// is the parent's.
    /// @return blockHash Of the last header.
    /// @return receiptsRoot Of the last header.
    function _requireAncestors(
        bytes[] calldata headers,
        History.Proof calldata history
    ) private view returns (bytes32 blockHash, bytes32 receiptsRoot) {
        bytes32 parentHash;
        for (uint256 i = 0; i < headers.length; ++i) {
            blockHash = keccak256(headers[i]);
            Headers.Header memory fields = Headers.parse(headers[i]);
            bool known = i == 0 ? _isKnown(fields.number, blockHash, history) : blockHash == parentHash;
            require(known, WrongBlock(fields.number, blockHash));
            (parentHash, receiptsRoot) = (fields.parentHash, fields.receiptsRoot);
        }
        require(blockHash != 0, WrongBlock(0, 0));
    }

    function _isKnown(uint64 number, bytes32 blockHash, History.Proof calldata history) private view returns (bool) {
        Settlement storage settled = _settlement;
        if (blockHash == settled.blockHash || isAncestor[blockHash]) return true;

        (bytes32 root, uint64 last) = (settled.historyRoot, settled.anchoredNumber);
        return History.includes(root, anchors.firstBlock(), last, number, blockHash, history);
    }

    function _requireClaims() private view returns (bytes32 stateRoot) {
        _requireWindow(claimsFrom(), 0);
        stateRoot = _settlement.stateRoot;
        require(stateRoot != 0, WrongBlock(_settlement.number, _settlement.blockHash));
    }
}
