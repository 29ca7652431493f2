// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import { IBridge } from '../../../contracts/interfaces/IBridge.sol';
import { IGoverned } from '../../../contracts/interfaces/IGoverned.sol';
import { IMainBridge } from '../../../contracts/interfaces/IMainBridge.sol';
import { IProductBridge } from '../../../contracts/interfaces/IProductBridge.sol';
import { DemoToken } from '../mocks/DemoToken.sol';
import { SOURCE_BLOCK, digestOf } from './support/Batches.sol';
import { CHEATS, ICheats } from './support/Cheats.sol';
import { deployMainBridge, deployProductBridge, onlyRewards } from './support/Deployment.sol';

/// @title Rule 5: what departs converts exactly, or is refused with the nearest amount that would do
contract Conversion {
    uint256 private constant MAXIMUM = type(uint128).max;
    uint256 private constant KEY = 0xa11ce;
    uint256 private constant REMOTE_CHAIN = 4_242;
    address private constant RECIPIENT = address(0x7ec1);
    address private constant REMOTE = address(0xb71d);
    address private constant PRODUCT_TOKEN = address(0xb0a7);

    /// @dev The result of the last departure: accepted or not, the returned data, and the converted amount.
    struct Outcome {
        bool done;
        bytes answer;
        uint256 converted;
    }

    function testFuzz_ADepositIsExactOrRefused(
        uint128 numerator,
        uint128 denominator,
        uint256 amount,
        uint8 shape
    ) external {
        _requireExactOrRefused(true, numerator, denominator, amount, shape);
    }

    function testFuzz_ARedeemIsExactOrRefused(
        uint128 numerator,
        uint128 denominator,
        uint256 amount,
        uint8 shape
    ) external {
        _requireExactOrRefused(false, numerator, denominator, amount, shape);
    }

    /// @dev A rate of whole tokens, between tokens of any decimals from 0 to 36.
    function testFuzz_WholeTokensCrossAndComeBack(
        uint8 mainDecimals,
        uint8 productDecimals,
        uint8 mainPart,
        uint8 productPart,
        uint64 count
    ) external {
        mainDecimals %= 37;
        productDecimals %= 37;
        uint256 numerator = (uint256(productPart) + 1) * 10 ** productDecimals;
        uint256 denominator = (uint256(mainPart) + 1) * 10 ** mainDecimals;
        _requireCrossAndComeBack(numerator, denominator, mainDecimals, productDecimals, count);
    }

    function _requireCrossAndComeBack(
        uint256 numerator,
        uint256 denominator,
        uint8 mainDecimals,
        uint8 productDecimals,
        uint256 count
    ) private {
        uint256 divisor = _greatestCommonDivisor(numerator, denominator);
        if (numerator / divisor > MAXIMUM || denominator / divisor > MAXIMUM) return;
        bool fits = count * denominator <= MAXIMUM && count * numerator <= MAXIMUM;
        uint128[2] memory rate = [uint128(numerator / divisor), uint128(denominator / divisor)];

        Outcome memory there = _deposit(rate[0], rate[1], mainDecimals, count * denominator);
        Outcome memory back = _redeem(rate[0], rate[1], productDecimals, count * numerator);

        require(there.done == (fits && count != 0) && back.done == there.done, 'whole tokens: taken or not');
        if (fits && count != 0) {
            require(there.converted == count * numerator, 'whole tokens: there');
            require(back.converted == count * denominator, 'whole tokens: back');
        } else if (!fits) {
            require(bytes4(there.answer) == IBridge.AmountTooLarge.selector, 'whole tokens: too large there');
            require(bytes4(back.answer) == IBridge.AmountTooLarge.selector, 'whole tokens: too large back');
        }
    }

    function _requireExactOrRefused(
        bool there,
        uint128 numerator,
        uint128 denominator,
        uint256 amount,
        uint8 shape
    ) private {
        (numerator, denominator) = _reduced(numerator, denominator, shape);
        (uint128 divisor, uint128 multiplier) = there ? (denominator, numerator) : (numerator, denominator);
        amount = _shaped(amount, divisor, shape);

        Outcome memory outcome =
            there ? _deposit(numerator, denominator, 18, amount) : _redeem(numerator, denominator, 18, amount);

        _judge(amount, divisor, multiplier, outcome);
    }

    /// @dev By what the words of the errors promise, not by the formula that found them.
    function _judge(uint256 amount, uint256 divisor, uint256 multiplier, Outcome memory outcome) private pure {
        bool exact = amount % divisor == 0;
        bool fits = amount <= MAXIMUM && (amount / divisor) * multiplier <= MAXIMUM;
        if (outcome.done) {
            require(exact && fits && amount != 0, 'taken, and should not be');
            require(outcome.converted * divisor == amount * multiplier, 'not exact');
            return;
        }

        (bytes4 selector, uint256 found, uint256 other) = _read(outcome.answer);
        require(found == amount, 'the refusal is of another amount');
        if (selector == IBridge.AmountTooLarge.selector) {
            require(other < amount && other % divisor == 0, 'the largest amount would not do');
            require(other <= MAXIMUM && (other / divisor) * multiplier <= MAXIMUM, 'the largest amount is too large');
            uint256 next = other + divisor;
            require(next > MAXIMUM || (next / divisor) * multiplier > MAXIMUM, 'a larger amount would do');
        } else if (selector == IBridge.InexactAmount.selector) {
            require(!exact && other % divisor == 0, 'the nearest amount would not do');
            require(other < amount && amount - other < divisor, 'another amount is nearer');
            require(other != 0, 'the nearest amount is below the minimum');
        } else {
            // The minimum of these pegs is one step.
            require(selector == IBridge.AmountBelowMinimum.selector && amount < divisor, 'another refusal');
            require(other == divisor, 'another minimum');
        }
    }

    function _deposit(
        uint128 numerator,
        uint128 denominator,
        uint8 decimals,
        uint256 amount
    ) private returns (Outcome memory outcome) {
        DemoToken token = new DemoToken('Main', 'MAIN', decimals);
        IMainBridge.MainPeg[] memory pegs = new IMainBridge.MainPeg[](1);
        pegs[0] = IMainBridge.MainPeg(
            PRODUCT_TOKEN,
            address(token),
            numerator,
            denominator,
            denominator,
            100_000,
            type(uint128).max,
            0,
            0,
            1
        );
        IMainBridge bridge = deployMainBridge(
            REMOTE_CHAIN,
            REMOTE,
            onlyRewards(address(0)),
            _signers(),
            1,
            _delays(),
            pegs
        );
        token.mint(address(this), amount);
        token.approve(address(bridge), amount);

        CHEATS.recordLogs();
        bytes memory call = abi.encodeCall(IMainBridge.deposit, (PRODUCT_TOKEN, amount, RECIPIENT, 0));
        (outcome.done, outcome.answer) = address(bridge).call(call);
        outcome.converted = _converted(IMainBridge.MainTokenDeposited.selector);
        if (outcome.done) require(bridge.locked(PRODUCT_TOKEN) == amount, 'locked');
    }

    function _redeem(
        uint128 numerator,
        uint128 denominator,
        uint8 decimals,
        uint256 amount
    ) private returns (Outcome memory outcome) {
        IProductBridge.ProductPeg[] memory pegs = new IProductBridge.ProductPeg[](1);
        pegs[0] = IProductBridge.ProductPeg(
            address(0xaa),
            'Boat',
            'BOAT',
            decimals,
            numerator,
            denominator,
            numerator,
            type(uint128).max,
            0,
            0,
            1
        );
        IProductBridge bridge = deployProductBridge(REMOTE_CHAIN, REMOTE, address(0), _signers(), 1, _delays(), pegs);
        address productToken = bridge.pegs()[0];
        if (amount <= MAXIMUM) _mint(bridge, productToken, uint128(amount));

        CHEATS.recordLogs();
        bytes memory call = abi.encodeCall(IProductBridge.redeem, (productToken, amount, RECIPIENT, 0));
        (outcome.done, outcome.answer) = address(bridge).call(call);
        outcome.converted = _converted(IProductBridge.ProductTokenRedeem.selector);
    }

    function _mint(IProductBridge bridge, address productToken, uint128 amount) private {
        bytes memory transfers = abi.encodePacked(address(this), amount);
        (bytes32 r, bytes32 vs) = CHEATS.signCompact(KEY, digestOf(bridge, productToken, 0, transfers));
        bridge.mint(productToken, 0, transfers, abi.encodePacked(uint32(1), r, vs), SOURCE_BLOCK);
    }

    /// @dev The arriving amount in the event; zero when nothing departed.
    function _converted(bytes32 topic) private returns (uint256 converted) {
        ICheats.Log[] memory logs = CHEATS.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].topics[0] == topic)
                (, , converted, ) = abi.decode(logs[i].data, (address, uint256, uint256, uint64));
        }
    }

    /// @dev Any two parts, and small ones as often as huge ones, made into a rate.
    function _reduced(uint128 numerator, uint128 denominator, uint8 shape) private pure returns (uint128, uint128) {
        if (shape & 1 != 0) numerator >>= 96;
        if (shape & 2 != 0) denominator >>= 96;
        if (numerator == 0) numerator = 1;
        if (denominator == 0) denominator = 1;
        uint128 divisor = uint128(_greatestCommonDivisor(numerator, denominator));
        return (numerator / divisor, denominator / divisor);
    }

    /// @dev Any amount, one of any magnitude below 128 bits, or a multiple of the step.
    function _shaped(uint256 amount, uint256 divisor, uint8 shape) private pure returns (uint256) {
        if (shape & 4 != 0) amount >>= 128 + (amount & 0x7f);
        if (shape & 8 != 0) amount -= amount % divisor;
        return amount;
    }

    /// @dev The selector and the two numbers of one of the three refusals.
    function _read(bytes memory answer) private pure returns (bytes4 selector, uint256 first, uint256 second) {
        require(answer.length == 68, 'a refusal without its numbers');
        assembly ('memory-safe') {
            selector := mload(add(answer, 32))
            first := mload(add(answer, 36))
            second := mload(add(answer, 68))
        }
    }

    function _signers() private pure returns (address[] memory signers) {
        signers = new address[](1);
        signers[0] = CHEATS.addr(KEY);
    }

    function _delays() private pure returns (IGoverned.Delays memory) {
        return IGoverned.Delays(1, 1, 1, 1);
    }

    function _greatestCommonDivisor(uint256 a, uint256 b) private pure returns (uint256) {
        while (b != 0) (a, b) = (b, a % b);
        return a;
    }
}
