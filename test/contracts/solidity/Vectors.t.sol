// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { History } from '../../../contracts/anchors/History.sol';
import { Bitmap } from '../../../contracts/libraries/Bitmap.sol';
import { IAnchors } from '../../../contracts/interfaces/IAnchors.sol';
import { IBridge } from '../../../contracts/interfaces/IBridge.sol';
import { IGoverned } from '../../../contracts/interfaces/IGoverned.sol';
import { IMainBridge } from '../../../contracts/interfaces/IMainBridge.sol';
import { IProductBridge } from '../../../contracts/interfaces/IProductBridge.sol';
import { DemoToken } from '../mocks/DemoToken.sol';
import { CHEATS } from './support/Cheats.sol';
import { deployAnchors, deployMainBridge, deployProductBridge, onlyRewards } from './support/Deployment.sol';

/// @title The test vectors of docs/protocol.md against the contracts; `vectors.test.ts` holds them against TypeScript
/// @dev The bridges stand where the vectors say: product and main are the first two creations of one account.
contract Vectors {
    using Bitmap for Bitmap.Map;

    uint256 private constant SIDES = 2;
    address private constant PRODUCT_TOKEN = address(0xb0a7);

    string private _json;
    IMainBridge private _main;
    IProductBridge private _product;
    IAnchors private _anchors;
    Bitmap.Map private _map;
    uint256 private _covered;

    function setUp() external {
        _json = CHEATS.readFile('docs/protocol-vectors.json');
        address deployer = CHEATS.parseJsonAddress(_json, '.deployer');
        address[] memory signers = _signers();
        uint256 threshold = _uint('.threshold');
        IGoverned.Delays memory delays = IGoverned.Delays(1, 1, 1, 1);
        address mainBridge = _address('.chains.main.bridge');
        address productBridge = _address('.chains.product.bridge');
        uint256 mainChain = _uint('.chains.main.chainId');
        uint256 productChain = _uint('.chains.product.chainId');

        CHEATS.startPrank(deployer);
        CHEATS.chainId(productChain);
        IProductBridge.ProductPeg[] memory noProductPegs = new IProductBridge.ProductPeg[](0);
        _product = deployProductBridge(mainChain, mainBridge, address(0), signers, threshold, delays, noProductPegs);
        CHEATS.chainId(mainChain);
        IMainBridge.MainPeg[] memory noMainPegs = new IMainBridge.MainPeg[](0);
        _main = deployMainBridge(
            productChain,
            productBridge,
            onlyRewards(address(0)),
            signers,
            threshold,
            delays,
            noMainPegs
        );
        _anchors = deployAnchors(mainBridge, productChain, 1, 0, 1);
        CHEATS.stopPrank();

        require(address(_anchors) == _address('.anchorsContract'), 'the anchors stand elsewhere');
        require(address(_main) == mainBridge && address(_product) == productBridge, 'the bridges stand elsewhere');
    }

    function test_WhatIsSignedInTheFirstEpoch() external {
        _requireDigests(1);
        require(_covered == 6, 'too few vectors');
    }

    /// @dev The pauses are taken by their signatures; so are the proposals, of which the first on each side ends the epoch.
    function test_WhatIsSignedInTheSecondEpoch() external {
        _requireDigests(1);
        _takePauses(1);
        _takeProposals(0);
        CHEATS.warp(block.timestamp + 100);
        _requireDigests(2);
        _takePauses(2);
        _takeProposals(1);
        require(_covered == 17, 'too few vectors');
    }

    function test_Bitmaps() external {
        uint256 i = 0;
        for (; _has('.bitmaps', i); ++i) {
            string memory vector = _item('.bitmaps', i);
            _map.set(uint64(_uint(vector, '.firstNonce')), _uint(vector, '.mask'));
            for (uint256 k = 0; _has(string.concat(vector, '.words'), k); ++k) {
                string memory word = _item(string.concat(vector, '.words'), k);
                require(_map.words[_uint(word, '.word')] == _uint(word, '.bits'), vector);
                delete _map.words[_uint(word, '.word')];
            }
        }
        require(i > 0, 'no vectors');
    }

    function test_Conversions() external {
        uint256 i = 0;
        for (; _has('.conversions', i); ++i) _requireConversion(_item('.conversions', i));
        require(i > 0, 'no vectors');
    }

    function test_Histories() external view {
        uint256 i = 0;
        for (; _has('.histories', i); ++i) _requireHistory(_item('.histories', i));
        require(i > 0, 'no vectors');
    }

    function _requireHistory(string memory vector) private view {
        uint64 first = uint64(_uint(vector, '.first'));
        uint64 number = uint64(_uint(vector, '.number'));
        History.Proof memory proof = History.Proof({
            siblings: CHEATS.parseJsonBytes32Array(_json, string.concat(vector, '.proof.siblings')),
            peaks: CHEATS.parseJsonBytes32Array(_json, string.concat(vector, '.peaks')),
            tailRoot: _bytes32(vector, '.tailRoot')
        });
        bytes32 root = History.rootOf(first, number, proof.peaks, proof.tailRoot);
        require(root == _bytes32(vector, '.historyRoot'), vector);
        uint64 height = uint64(_uint(vector, '.proof.height'));
        bytes32 blockHash = _bytes32(vector, '.proof.blockHash');
        require(History.includes(root, first, number, height, blockHash, proof), vector);
    }

    function _requireAnchor(string memory vector, uint256 epoch) private {
        if (_uint(vector, '.signerEpoch') != epoch) return;
        _at('main');
        IAnchors.Anchor memory next = IAnchors.Anchor({
            number: uint64(_uint(vector, '.number')),
            attestedAt: uint64(_uint(vector, '.attestedAt')),
            blockHash: _bytes32(vector, '.blockHash'),
            historyRoot: _bytes32(vector, '.historyRoot')
        });
        require(_anchors.anchorDigest(next) == _bytes32(vector, '.digest'), vector);
        require(_anchors.correctionDigest(next) == _bytes32(vector, '.correctionDigest'), vector);
        ++_covered;
    }

    function _requireDigests(uint256 epoch) private {
        for (uint256 i = 0; _has('.anchors', i); ++i) _requireAnchor(_item('.anchors', i), epoch);
        for (uint256 i = 0; _has('.attestations', i); ++i) _requireAttestation(_item('.attestations', i), epoch);
        for (uint256 i = 0; _has('.bounces', i); ++i) _requireBounce(_item('.bounces', i), epoch);
    }

    function _requireAttestation(string memory vector, uint256 epoch) private {
        if (_uint(vector, '.signerEpoch') != epoch) return;
        bool mints = _same(CHEATS.parseJsonString(_json, string.concat(vector, '.direction')), 'mint');
        bytes32 found = _at(mints ? 'product' : 'main').attestationDigest(
            uint64(epoch),
            _address(vector, '.productToken'),
            uint64(_uint(vector, '.firstNonce')),
            _bytes(vector, '.transfers'),
            _bytes32(vector, '.sourceBlock')
        );
        require(found == _bytes32(vector, '.digest'), vector);
        ++_covered;
    }

    function _requireBounce(string memory vector, uint256 epoch) private {
        if (_uint(vector, '.signerEpoch') != epoch) return;
        _at('main');
        bytes32 found = _main.bounceDigest(
            IMainBridge.Bounce(
                _address(vector, '.productToken'),
                uint64(_uint(vector, '.nonce')),
                _address(vector, '.redeemer'),
                _address(vector, '.recipient'),
                uint128(_uint(vector, '.mainAmount')),
                _uint(vector, '.deadline')
            )
        );
        require(found == _bytes32(vector, '.digest'), vector);
        ++_covered;
    }

    function _takePauses(uint256 epoch) private {
        for (uint256 i = 0; _has('.pauses', i); ++i) {
            string memory vector = _item('.pauses', i);
            if (_uint(vector, '.signerEpoch') != epoch) continue;
            IBridge bridge = _at(CHEATS.parseJsonString(_json, string.concat(vector, '.side')));
            require(bridge.pauseNonce() == _uint(vector, '.pauseNonce'), vector);
            require(bridge.pauseDigest() == _bytes32(vector, '.digest'), vector);
            bridge.pause(_bytes(vector, '.signature'));
            require(bridge.paused(), vector);
            ++_covered;
        }
    }

    /// @dev A vector that names no function of the bridge tests the digest alone.
    function _takeProposals(uint256 nonce) private {
        for (uint256 i = 0; _has('.proposals', i); ++i) {
            string memory vector = _item('.proposals', i);
            if (_uint(vector, '.nonce') != nonce) continue;
            IBridge bridge = _at(CHEATS.parseJsonString(_json, string.concat(vector, '.side')));
            bytes[] memory calls = CHEATS.parseJsonBytesArray(_json, string.concat(vector, '.calls'));
            uint256 deadline = _uint(vector, '.deadline');
            require(bridge.governanceDigest(deadline, calls) == _bytes32(vector, '.digest'), vector);
            require(keccak256(abi.encode(calls)) == _bytes32(vector, '.callsHash'), vector);
            ++_covered;
            if (calls.length > 1) continue;
            bridge.propose(deadline, calls, _bytes(vector, '.signatures'));
            if (calls.length != 1) continue;
            CHEATS.warp(bridge.pendingProposal().executableAt);
            bridge.execute(calls);
        }
    }

    function _requireConversion(string memory vector) private {
        DemoToken token = new DemoToken('Main', 'MAIN', 18);
        IMainBridge.MainPeg[] memory pegs = new IMainBridge.MainPeg[](1);
        pegs[0] = IMainBridge.MainPeg(
            PRODUCT_TOKEN,
            address(token),
            uint128(_uint(vector, '.numerator')),
            uint128(_uint(vector, '.denominator')),
            uint128(_uint(vector, '.minimum')),
            100_000,
            type(uint128).max,
            0,
            0,
            1
        );
        uint256 amount = _uint(vector, '.amount');
        IMainBridge bridge = deployMainBridge(
            77,
            address(1),
            onlyRewards(address(0)),
            _signers(),
            4,
            IGoverned.Delays(1, 1, 1, 1),
            pegs
        );
        token.mint(address(this), amount);
        token.approve(address(bridge), amount);

        CHEATS.recordLogs();
        bytes memory call = abi.encodeCall(IMainBridge.deposit, (PRODUCT_TOKEN, amount, address(0x7ec1), 0));
        (bool done, bytes memory answer) = address(bridge).call(call);
        string memory outcome = CHEATS.parseJsonString(_json, string.concat(vector, '.outcome'));
        uint256 expected = _uint(vector, '.answer');
        require(done == _same(outcome, 'ok'), vector);
        if (done) require(_converted() == expected, vector);
        else
            require(
                keccak256(answer) == keccak256(abi.encodeWithSelector(_selector(outcome), amount, expected)),
                vector
            );
    }

    function _converted() private returns (uint256 converted) {
        bytes memory data = CHEATS.getRecordedLogs()[0].data;
        (, , converted, ) = abi.decode(data, (address, uint256, uint256, uint64));
    }

    function _selector(string memory outcome) private pure returns (bytes4) {
        if (_same(outcome, 'inexact-amount')) return IBridge.InexactAmount.selector;
        return _same(outcome, 'too-large') ? IBridge.AmountTooLarge.selector : IBridge.AmountBelowMinimum.selector;
    }

    function _at(string memory side) private returns (IBridge) {
        CHEATS.chainId(_uint(string.concat('.chains.', side, '.chainId')));
        return _same(side, 'main') ? IBridge(address(_main)) : IBridge(address(_product));
    }

    function _signers() private view returns (address[] memory signers) {
        signers = new address[](6);
        for (uint256 i = 0; i < signers.length; ++i) signers[i] = _address(_item('.signers', i), '.address');
    }

    function _item(string memory list, uint256 index) private pure returns (string memory) {
        return string.concat(list, '[', CHEATS.toString(index), ']');
    }

    function _has(string memory list, uint256 index) private view returns (bool) {
        return CHEATS.keyExistsJson(_json, _item(list, index));
    }

    function _uint(string memory vector, string memory key) private view returns (uint256) {
        return _uint(string.concat(vector, key));
    }

    function _uint(string memory path) private view returns (uint256) {
        return CHEATS.parseJsonUint(_json, path);
    }

    function _address(string memory vector, string memory key) private view returns (address) {
        return _address(string.concat(vector, key));
    }

    function _address(string memory path) private view returns (address) {
        return CHEATS.parseJsonAddress(_json, path);
    }

    function _bytes(string memory vector, string memory key) private view returns (bytes memory) {
        return CHEATS.parseJsonBytes(_json, string.concat(vector, key));
    }

    function _bytes32(string memory vector, string memory key) private view returns (bytes32) {
        return CHEATS.parseJsonBytes32(_json, string.concat(vector, key));
    }

    function _same(string memory one, string memory other) private pure returns (bool) {
        return keccak256(bytes(one)) == keccak256(bytes(other));
    }
}
