// Fees at the source, their pots, and how they reach the rewards.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type Hex, getAddress, parseEventLogs, zeroAddress } from 'viem';

import { mainBridgeAbi, productBridgeAbi } from '../../protocol/abi.ts';
import { onBothSides, refused, refusedByMain } from './support/both.ts';
import {
  DAY,
  type HelpedSide,
  address,
  at,
  holder,
  items,
  mainPeg,
  mainSide,
  productSide,
  remote,
  rewards,
  stranger,
} from './support/bridges.ts';
import { assertions, loadFixture, time, viem } from './support/network.ts';

const setFee = (side: HelpedSide, flat: bigint, basisPoints: number) =>
  side.govern(side.call('setFee', [side.productToken, flat, basisPoints]));
const pot = (side: HelpedSide) => side.bridge.read.feePot([side.productToken]);
const quote = (side: HelpedSide, amount: bigint) => side.bridge.read.quoteFee([side.productToken, amount]);
const depart = (side: HelpedSide, amount: bigint, maxFee: bigint) =>
  side.depart(amount, address(7), holder.account.address, maxFee);

/** Nonces and fees of this transaction. */
const feesOf = async (hash: Hex) =>
  parseEventLogs({ abi: mainBridgeAbi, eventName: 'FeeTaken', logs: (await at(hash)).logs }).map(
    ({ args }) => [args.nonce, args.fee] as const,
  );

onBothSides('A fee', (fresh) => {
  const charging = async () => {
    const side = await fresh();
    await side.fund(1_000_000n);
    await setFee(side, 7n, 30);
    return side;
  };

  it('is quoted as flat part and basis points, rounded up', async () => {
    const side = await charging();
    assert.deepEqual(await side.bridge.read.fee([side.productToken]), [7n, 30]);
    assert.equal(await quote(side, 0n), 7n);
    assert.equal(await quote(side, 1n), 8n);
    assert.equal(await quote(side, 10_000n), 37n);
    assert.equal(await quote(side, 10_001n), 38n);
  });

  it('is taken on top, as quoted, and waits in the pot', async () => {
    const side = await charging();
    const before = await side.balanceOf(holder.account.address);
    const hash = await depart(side, 10_001n, 38n);
    assert.equal(before - (await side.balanceOf(holder.account.address)), 10_001n + 38n);
    assert.equal(await pot(side), 38n);
    const nonce = (await side.bridge.read.outboundNonce([side.productToken])) - 1n;
    assert.deepEqual(await feesOf(hash), [[nonce, 38n]]);
  });

  it('above what the holder accepts is refused, with both', async () => {
    const side = await charging();
    await refused(side, depart(side, 10_001n, 37n), 'FeeAboveMaximum', [38n, 37n]);
    assert.equal(await pot(side), 0n);
  });

  it('that rose while a transaction was pending is refused', async () => {
    const side = await charging();
    const accepted = await quote(side, 100n);
    await setFee(side, 1_000n, 100);
    await refused(side, depart(side, 100n, accepted), 'FeeAboveMaximum', [1_001n, accepted]);
  });

  it('of nothing leaves no event and no pot', async () => {
    const side = await charging();
    await setFee(side, 0n, 0);
    assert.deepEqual(await feesOf(await depart(side, 100n, 0n)), []);
    assert.equal(await pot(side), 0n);
  });

  it('has a maximum that no governance exceeds', async () => {
    const side = await fresh();
    for (const [flat, basisPoints] of [
      [1_001n, 0],
      [0n, 101],
    ] as const) {
      await refused(side, setFee(side, flat, basisPoints), 'FeeTooLarge', [flat, basisPoints, 1_000n, 100]);
    }
    await refused(side, side.govern(side.call('setFee', [address(1), 1n, 1])), 'UnknownPeg', [address(1)]);
    await assertions.emitWithArgs(setFee(side, 1_000n, 100), side.bridge, 'FeeChanged', [
      getAddress(side.productToken),
      1_000n,
      100,
    ]);
  });

  it('leaves a pot that is as small as the minimum, and not smaller', async () => {
    const side = await charging();
    const call = side.call('setDepartMinimum', [side.productToken, 0n]);
    await refused(side, side.govern(call), 'InvalidMinimum', [0n, 1n]);
    await side.govern(side.call('setDepartMinimum', [side.productToken, 38n]));
    const leave = () =>
      side.name === 'main'
        ? viem.getContractAt('MainBridge', side.address).then((main) => main.write.collectFees([side.productToken]))
        : viem
            .getContractAt('ProductBridge', side.address)
            .then((product) => product.write.departFees([side.productToken]));
    await depart(side, 10_000n, 37n);
    await refused(side, leave(), 'FeePotBelowMinimum', [37n, 38n]);
    await depart(side, 1n, 8n);
    await leave();
    assert.equal(await pot(side), 0n);
  });
});

onBothSides(
  'A bridge without rewards',
  (fresh) => {
    it('takes no fee', async () => {
      const side = await fresh();
      await refused(side, setFee(side, 1n, 0), 'NoRewards', []);
    });
  },
  { satellites: { rewards: zeroAddress } },
);

async function withPot() {
  const side = await mainSide();
  await side.fund(1_000_000n);
  await setFee(side, 100n, 0);
  await depart(side, 5_000n, 100n);
  return side;
}

describe('Fees of the main side', () => {
  it('are no collateral, and are sent to the rewards by anyone', async () => {
    const side = await loadFixture(withPot);
    assert.equal(await side.main.read.locked([side.productToken]), 5_000n);
    const call = side.main.write.collectFees([side.productToken], { account: stranger.account });
    await assertions.emitWithArgs(call, side.main, 'FeesCollected', [getAddress(side.productToken), 100n]);
    assert.equal(await side.balanceOf(rewards), 100n);
    assert.equal(await side.balanceOf(side.address), 5_000n);
    assert.equal(await pot(side), 0n);
    await refused(side, side.main.write.collectFees([side.productToken]), 'FeePotBelowMinimum', [0n, 1n]);
  });

  it('are never paid out of the collateral, nor withdrawals out of them', async () => {
    const side = await loadFixture(withPot);
    await refusedByMain(side, side.execute(0n, items(1, 5_001n)), 'InsufficientLocked', [
      getAddress(side.productToken),
      5_000n,
      5_001n,
    ]);
  });

  it('are not sent by a token that takes more from the sender', async () => {
    const token = await viem.deployContract('SenderFeeToken');
    const side = await mainSide({}, token.address);
    await side.fund(1_000_000n);
    await setFee(side, 200n, 0);
    await depart(side, 5_000n, 200n);
    await refusedByMain(side, side.main.write.collectFees([side.productToken]), 'UnexpectedAmount', [200n, 202n]);
  });

  it('are not sent when what is left does not cover the collateral', async () => {
    const token = await viem.deployContract('WildToken');
    const side = await mainSide({}, token.address);
    await side.fund(1_000_000n);
    await setFee(side, 100n, 0);
    await depart(side, 5_000n, 100n);
    await token.write.seize([side.address, 1n]);
    await refusedByMain(side, side.main.write.collectFees([side.productToken]), 'InsufficientLocked', [
      getAddress(side.productToken),
      4_999n,
      5_000n,
    ]);
  });

  it('wait while the bridge is paused', async () => {
    const side = await loadFixture(withPot);
    await side.pause();
    await refused(side, side.main.write.collectFees([side.productToken]), 'BridgePaused');
  });
});

describe('Fees of the product side', () => {
  const thirds = async () => {
    const side = await productSide({ numerator: 3n, denominator: 2n });
    await side.fund(1_000_000n);
    await setFee(side, 100n, 0);
    await depart(side, 3_000n, 100n);
    return { ...side, boat: await viem.getContractAt('ProductToken', side.productToken) };
  };

  it('are burned with the redeem', async () => {
    const side = await loadFixture(thirds);
    assert.equal(await side.boat.read.totalSupply(), 1_000_000n - 3_100n);
  });

  it('depart as a transfer of the lane to the rewards, as much as converts, by anyone', async () => {
    const side = await loadFixture(thirds);
    const previousBlock = await side.product.read.lastOutboundBlock([side.productToken]);
    const hash = await side.product.write.departFees([side.productToken], { account: stranger.account });
    const [event] = parseEventLogs({
      abi: productBridgeAbi,
      eventName: 'ProductTokenRedeem',
      logs: (await at(hash)).logs,
    });
    assert.deepEqual(event!.args, {
      productToken: getAddress(side.productToken),
      nonce: 1n,
      redeemer: getAddress(side.address),
      recipient: getAddress(rewards),
      productAmount: 99n,
      mainAmount: 66n,
      previousBlock,
    });
    assert.deepEqual(await feesOf(hash), []);
    assert.equal(await pot(side), 1n);
    assert.equal(await side.boat.read.totalSupply(), 1_000_000n - 3_100n);
    await refused(side, side.product.write.departFees([side.productToken]), 'FeePotBelowMinimum', [1n, 1n]);
  });

  it('of an unknown peg, or while paused, do not depart', async () => {
    const side = await loadFixture(thirds);
    await refused(side, side.product.write.departFees([address(1)]), 'UnknownPeg', [address(1)]);
    await side.pause();
    await refused(side, side.product.write.departFees([side.productToken]), 'BridgePaused');
  });
});

describe('A departure for someone', () => {
  const forbidden = (side: HelpedSide) => [zeroAddress, side.productToken, side.address, remote.bridge];

  it('of a deposit names who is refunded', async () => {
    const side = await mainSide();
    await side.fund(1_000n);
    const returnTo = address(0x4e7);
    const call = (to = returnTo) =>
      side.main.write.depositFor([side.productToken, 10n, address(7), to, 0n], { account: holder.account });
    for (const to of [...forbidden(side), side.token.address]) {
      await refused(side, call(to), 'ForbiddenReturn', [getAddress(to)]);
    }
    await assertions.emitWithArgs(call(), side.main, 'MainTokenDeposited', [
      getAddress(side.productToken),
      0n,
      getAddress(returnTo),
      getAddress(address(7)),
      10n,
      10n,
      0n,
    ]);
  });

  it('of a redeem names who has the tokens when it bounces', async () => {
    const side = await productSide();
    await side.fund(1_000n);
    const returnTo = address(0x4e7);
    const call = (to = returnTo) =>
      side.product.write.redeemFor([side.productToken, 10n, address(7), to, 0n], { account: holder.account });
    for (const to of forbidden(side)) await refused(side, call(to), 'ForbiddenReturn', [getAddress(to)]);
    await assertions.emitWithArgs(call(), side.product, 'ProductTokenRedeem', [
      getAddress(side.productToken),
      0n,
      getAddress(returnTo),
      getAddress(address(7)),
      10n,
      10n,
      0n,
    ]);
    assert.equal(await side.balanceOf(holder.account.address), 990n);
  });
});

describe('A peg', () => {
  it('without a smallest pot is refused', async () => {
    const side = await mainSide();
    const config = { ...mainPeg(side.token.address), departMinimum: 0n };
    await refused(side, side.govern(side.call('openPeg', [config])), 'InvalidMinimum', [0n, 1n]);
    await time.increase(DAY);
  });
});
