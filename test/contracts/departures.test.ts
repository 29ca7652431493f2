import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { getAddress, zeroAddress } from 'viem';

import { onBothSides, refused } from './support/both.ts';
import { MAXIMUM, address, deployToken, holder, mainPeg, mainSide, productSide, remote } from './support/bridges.ts';
import { assertions, loadFixture, networkHelpers, publicClient } from './support/network.ts';

const rate = { numerator: 2n, denominator: 3n, minimum: 6n };
const main = () => mainSide(rate);
const product = () => productSide(rate);
const recipient = address(0x77);

describe('A deposit at 2:3', () => {
  it('of an amount that does not convert is refused, with the nearest below that does', async () => {
    const side = await loadFixture(main);
    await refused(side, side.depart(10n), 'InexactAmount', [10n, 9n]);
  });

  it('below the minimum is refused, whether it converts or not: what would do is the minimum', async () => {
    const side = await loadFixture(main);
    for (const amount of [0n, 1n, 3n, 4n]) {
      await refused(side, side.depart(amount), 'AmountBelowMinimum', [amount, 6n]);
    }
  });

  it('beyond 128 bits is refused, with the largest that would do', async () => {
    const side = await loadFixture(main);
    await refused(side, side.depart(MAXIMUM + 2n), 'AmountTooLarge', [MAXIMUM + 2n, MAXIMUM - (MAXIMUM % 3n)]);
  });

  it('beyond what the peg can still hold is refused', async () => {
    const side = await loadFixture(main);
    await side.fund(MAXIMUM);
    await side.depart(9n);
    await refused(side, side.depart(MAXIMUM - (MAXIMUM % 3n)), 'AmountTooLarge');
  });

  it('to whom the other chain could not pay is refused', async () => {
    const side = await loadFixture(main);
    for (const forbidden of [zeroAddress, side.productToken, side.token.address, side.address, remote.bridge]) {
      await refused(side, side.depart(9n, forbidden), 'ForbiddenRecipient');
    }
  });

  it('of an unknown peg, or of a retired one, is refused', async () => {
    const side = await loadFixture(main);
    await refused(side, side.main.write.deposit([address(1), 9n, recipient, 0n]), 'UnknownPeg', [address(1)]);
    await side.govern(side.call('retirePeg', [side.productToken]));
    await assertions.revertWithCustomError(side.depart(9n), side.main, 'RetiredPeg');
  });

  it('locks exactly the amount and says what arrives', async () => {
    const side = await loadFixture(main);
    await side.fund(90n);
    const hash = side.depart(90n, recipient);
    await assertions.emitWithArgs(hash, side.main, 'MainTokenDeposited', [
      getAddress(side.productToken),
      0n,
      getAddress(holder.account.address),
      getAddress(recipient),
      90n,
      60n,
      0n,
    ]);
    assert.equal(await side.main.read.locked([side.productToken]), 90n);
    assert.equal(await side.balanceOf(side.address), 90n);
  });

  it('links to the block of the one before, also when that is the same block', async () => {
    const side = await loadFixture(main);
    await side.fund(90n);
    await side.depart(9n);
    const first = await publicClient.getBlockNumber();
    await networkHelpers.mine(3);
    await side.depart(9n);
    const events = await side.main.getEvents.MainTokenDeposited({}, { fromBlock: first });
    assert.deepEqual(
      events.map(({ args }) => [args.nonce, args.previousBlock]),
      [
        [0n, 0n],
        [1n, first],
      ],
    );
    assert.equal(await side.main.read.outboundBlock([side.productToken, 0n]), first);
    assert.equal(await side.main.read.lastOutboundBlock([side.productToken]), first + 4n);
  });
});

describe('A redeem at 2:3', () => {
  it('is refused as a deposit is, by the other part of the rate', async () => {
    const side = await loadFixture(product);
    await refused(side, side.depart(7n), 'InexactAmount', [7n, 6n]);
    await refused(side, side.depart(4n), 'AmountBelowMinimum', [4n, 6n]);
    await refused(side, side.depart(6n, side.productToken), 'ForbiddenRecipient', [side.productToken]);
  });

  it('of more than the holder has is refused', async () => {
    const side = await loadFixture(product);
    await assert.rejects(side.depart(6n), /ERC20InsufficientBalance/);
  });

  it('burns exactly the amount, without an allowance', async () => {
    const side = await loadFixture(product);
    await side.fund(60n);
    await assertions.emitWithArgs(side.depart(60n, recipient), side.product, 'ProductTokenRedeem', [
      getAddress(side.productToken),
      0n,
      getAddress(holder.account.address),
      getAddress(recipient),
      60n,
      90n,
      0n,
    ]);
    assert.equal(await side.balanceOf(holder.account.address), 0n);
  });
});

describe('A peg', () => {
  it('without a rate, or with one that is not reduced, is refused', async () => {
    const side = await loadFixture(main);
    const token = await deployToken();
    for (const [numerator, denominator] of [
      [0n, 1n],
      [1n, 0n],
      [2n, 4n],
    ] as const) {
      const config = { ...mainPeg(token.address), numerator, denominator, minimumDeposit: 12n };
      await refused(side, side.govern(side.call('openPeg', [config])), 'InvalidRate', [numerator, denominator]);
    }
  });

  it('without a minimum, a limit, a gas cap or a token is refused', async () => {
    const side = await loadFixture(main);
    const peg = mainPeg((await deployToken()).address);
    const open = (changes: object) => side.govern(side.call('openPeg', [{ ...peg, ...changes }]));
    await refused(side, open({ minimumDeposit: 0n }), 'InvalidMinimum');
    await refused(side, open({ capacity: 0n }), 'InvalidLimit');
    await assertions.revertWithCustomError(open({ gasCap: 1 }), side.main, 'InvalidGasCap');
    await assertions.revertWithCustomError(open({ mainToken: address(5) }), side.main, 'TokenWithoutCode');
    await refused(side, open({ productToken: side.productToken }), 'PegExists');
  });
});

onBothSides('A paused bridge', (fresh) => {
  it('lets nothing depart', async () => {
    const side = await fresh();
    await side.pause();
    await refused(side, side.depart(9n), 'BridgePaused');
  });
});
