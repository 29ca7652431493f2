// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IBridge } from '../../../../contracts/interfaces/IBridge.sol';
import { IGoverned } from '../../../../contracts/interfaces/IGoverned.sol';
import { IMainBridge } from '../../../../contracts/interfaces/IMainBridge.sol';
import { IProductBridge } from '../../../../contracts/interfaces/IProductBridge.sol';
import { DemoToken } from '../../mocks/DemoToken.sol';
import { WildToken } from '../../mocks/WildToken.sol';
import { CHEATS } from '../support/Cheats.sol';
import { create, deployMainBridge, deployProductBridge } from '../support/Deployment.sol';

/// @title Both bridges in one machine, with the keys of their signers
/// @dev One clock for both chains; `_at` moves to a bridge's chain. A lane is `2 * peg + direction`, direction 0 is mint.
abstract contract Pair {
    uint256 internal constant MAIN = 0;
    uint256 internal constant PRODUCT = 1;
    uint128 internal constant MAXIMUM = type(uint128).max;
    uint32 internal constant GAS_CAP = 200_000;
    address internal constant REWARDS = address(0x4e3a4d5);
    address internal constant COIN = 0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE;
    /// @dev The indices of the pegs of the wild token and of the coin; those of the plain token come first.
    uint256 internal constant FIRST_WILD = 2;
    uint256 internal constant COIN_PEG = 4;
    uint256 private constant FIRST_KEY = 0xa11ce;
    uint256 private constant KEYS = 24;

    struct Half {
        IBridge bridge;
        uint256 chainId;
        uint256[] keys;
        uint256 threshold;
    }

    struct PegWords {
        address productToken;
        address mainToken;
        uint128 numerator;
        uint128 denominator;
    }

    Half[2] internal _halves;
    PegWords[] internal _pegs;
    WildToken internal _wild;
    DemoToken internal _plain;

    uint256 internal _now = 1_800_000_000;
    uint256 internal _height = 1_000;

    constructor() {
        _plain = new DemoToken('Salvage', 'SMENT', 18);
        _wild = WildToken(create('WildToken', ''));
        for (uint256 half = 0; half < 2; ++half) {
            _halves[half].chainId = half == MAIN ? 1 : 4_242;
            _setKeys(half, 0, 6, 4);
        }

        IProductBridge.ProductPeg[] memory pegs = new IProductBridge.ProductPeg[](5);
        pegs[0] = _productPeg(address(_plain), 1, 1);
        pegs[1] = _productPeg(address(_plain), 2, 1);
        pegs[2] = _productPeg(address(_wild), 1e12, 1);
        pegs[3] = _productPeg(address(_wild), 3, 7);
        pegs[COIN_PEG] = _productPeg(COIN, 5, 2);

        address mainBridge = CHEATS.computeCreateAddress(address(this), CHEATS.getNonce(address(this)) + 1);
        address[] memory signers = _signersOf(MAIN);
        IGoverned.Delays memory delays = IGoverned.Delays(1 hours, 1 days, 6 hours, 3 days);
        _goTo(PRODUCT);
        IProductBridge product = deployProductBridge(
            _halves[MAIN].chainId,
            mainBridge,
            REWARDS,
            signers,
            4,
            delays,
            pegs
        );
        _halves[PRODUCT].bridge = product;
        address[] memory productTokens = product.pegs();
        IMainBridge.MainPeg[] memory mainPegs = new IMainBridge.MainPeg[](pegs.length);
        for (uint256 i = 0; i < pegs.length; ++i) mainPegs[i] = _note(productTokens[i], pegs[i]);
        _goTo(MAIN);
        uint256 productChain = _halves[PRODUCT].chainId;
        _halves[MAIN].bridge = deployMainBridge(
            productChain,
            address(product),
            IMainBridge.Satellites(REWARDS, _exitsOfMain(), address(0)),
            signers,
            4,
            delays,
            mainPegs
        );
        require(address(_halves[MAIN].bridge) == mainBridge, 'main bridge elsewhere');
    }

    /// @dev A new peg's words for both sides; limits of some ten transfers, so that they are met.
    function _productPeg(
        address mainToken,
        uint128 numerator,
        uint128 denominator
    ) internal pure returns (IProductBridge.ProductPeg memory) {
        return
            IProductBridge.ProductPeg(
                mainToken,
                'Boat',
                'BOAT',
                18,
                numerator,
                denominator,
                numerator,
                uint128(1e22) * numerator,
                uint128(1e17) * numerator,
                uint112(1e18),
                1
            );
    }

    function _note(
        address productToken,
        IProductBridge.ProductPeg memory words
    ) internal returns (IMainBridge.MainPeg memory) {
        _pegs.push(PegWords(productToken, words.mainToken, words.numerator, words.denominator));
        _opened(2 * (_pegs.length - 1), words.capacity, words.refillPerSecond);
        _opened(2 * _pegs.length - 1, uint128(1e22) * words.denominator, uint128(1e17) * words.denominator);
        return
            IMainBridge.MainPeg(
                productToken,
                words.mainToken,
                words.numerator,
                words.denominator,
                words.denominator,
                GAS_CAP,
                uint128(1e22) * words.denominator,
                uint128(1e17) * words.denominator,
                uint112(1e18),
                1
            );
    }

    /// @dev The contract that can halt the main bridge, which is deployed next: this one.
    function _exitsOfMain() internal view virtual returns (address) {
        return address(this);
    }

    /// @dev A lane begins, with this limit at its destination.
    function _opened(uint256 lane, uint128 capacity, uint128 refillPerSecond) internal virtual;

    /// @dev Moves to the chain of this half, at the one clock's time.
    function _goTo(uint256 half) internal {
        CHEATS.chainId(_halves[half].chainId);
        CHEATS.warp(_now);
        CHEATS.roll(_height);
    }

    function _at(uint256 half) internal returns (IBridge) {
        _goTo(half);
        return _halves[half].bridge;
    }

    function _main() internal returns (IMainBridge) {
        return IMainBridge(address(_at(MAIN)));
    }

    function _product() internal returns (IProductBridge) {
        return IProductBridge(address(_at(PRODUCT)));
    }

    function _sourceOf(uint256 lane) internal pure returns (uint256 half) {
        return lane % 2 == 0 ? MAIN : PRODUCT;
    }

    function _destinationOf(uint256 lane) internal pure returns (uint256 half) {
        return lane % 2 == 0 ? PRODUCT : MAIN;
    }

    function _pegOf(uint256 lane) internal view returns (PegWords storage) {
        return _pegs[lane / 2];
    }

    /// @dev The model's own list of signers, as it was set last.
    function _setKeys(uint256 half, uint256 first, uint256 size, uint256 threshold) internal {
        delete _halves[half].keys;
        for (uint256 i = 0; i < size; ++i) _halves[half].keys.push(_key(first + i));
        _halves[half].threshold = threshold;
    }

    function _listFrom(uint256 first, uint256 size) internal pure returns (address[] memory signers) {
        signers = new address[](size);
        for (uint256 i = 0; i < size; ++i) signers[i] = CHEATS.addr(_key(first + i));
    }

    function _signersOf(uint256 half) internal view returns (address[] memory signers) {
        uint256[] storage keys = _halves[half].keys;
        signers = new address[](keys.length);
        for (uint256 i = 0; i < keys.length; ++i) signers[i] = CHEATS.addr(keys[i]);
    }

    /// @dev Packed signatures of the signers in the mask; none for an empty one.
    function _sign(uint256 half, bytes32 digest, uint32 mask) internal view returns (bytes memory signatures) {
        if (mask == 0) return '';
        signatures = abi.encodePacked(mask);
        uint256[] storage keys = _halves[half].keys;
        for (uint256 i = 0; i < keys.length; ++i) {
            if ((mask >> i) & 1 == 0) continue;
            (bytes32 r, bytes32 vs) = CHEATS.signCompact(keys[i], digest);
            signatures = abi.encodePacked(signatures, r, vs);
        }
    }

    function _key(uint256 number) private pure returns (uint256) {
        return FIRST_KEY + (number % KEYS);
    }

    function _count(uint32 mask) internal pure returns (uint256 count) {
        for (; mask != 0; mask &= mask - 1) ++count;
    }
}
