// Outflow limits and the transfers parked over them, on both sides. `RateLimit.t.sol` fuzzes the content of one bucket.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { encodeFunctionData, getAddress } from 'viem';

import { encodeTransfers } from '../../protocol/attestation.ts';
import { onBothSides, refused, refusedByMain } from './support/both.ts';
import { DAY, type HelpedSide, UNLIMITED, address, items, mainPeg, mainSide, productPeg } from './support/bridges.ts';
import { assertions, loadFixture, networkHelpers, time, viem } from './support/network.ts';

const limited = { capacity: 10n };
const refilled = { capacity: 10n, refillPerSecond: 2n };
const to = (index: number) => address(0x1000 + index);
const item = (index: number, amount: bigint) => ({ recipient: to(index), amount });

const peg = (side: HelpedSide) => side.bridge.read.peg([side.productToken]);
const available = async (side: HelpedSide) => (await peg(side)).available;
const parkedNonces = (side: HelpedSide) => side.bridge.read.parkedNonces([side.productToken, 0n, 1_000n]);
const release = (side: HelpedSide, ...nonces: bigint[]) => side.bridge.write.release([side.productToken, nonces]);
const notReleasable = async (side: HelpedSide, ...nonces: bigint[]) =>
  refused(side, release(side, ...nonces), 'NothingReleasable', [getAddress(side.productToken)]);
const statuses = (side: HelpedSide, count: number) =>
  Promise.all(Array.from({ length: count }, (_, nonce) => side.status(BigInt(nonce))));

onBothSides(
  'Over a limit',
  (fresh) => {
    it('by one, a transfer is parked, with what is owed and when it can go', async () => {
      const side = await fresh();
      const call = side.execute(0n, [item(0, 11n)]);
      await call;
      const releasableAt = (await time.latest()) + DAY;
      await assertions.emitWithArgs(call, side.bridge, 'TransferParked', [
        getAddress(side.productToken),
        0n,
        BigInt(releasableAt),
      ]);
      assert.deepEqual(await side.bridge.read.parked([side.productToken, 0n]), {
        recipient: to(0),
        releasableAt,
        position: 0n,
        amount: 11n,
      });
      assert.equal(await side.status(0n), 'parked');
      assert.equal(await side.balanceOf(to(0)), 0n);
    });

    it('a transfer is parked, and a later one that fits still goes', async () => {
      const side = await fresh();
      await side.execute(0n, [item(0, 8n), item(1, 7n), item(2, 2n), item(3, 1n)]);
      assert.deepEqual(await statuses(side, 4), ['executed', 'parked', 'executed', 'parked']);
      assert.deepEqual(await parkedNonces(side), [1n, 3n]);
      assert.equal(await available(side), 0n);
    });

    it('what is parked is not executed by its batch again', async () => {
      const side = await fresh();
      await side.execute(0n, [item(0, 11n)]);
      await refused(side, side.execute(0n, [item(0, 11n)]), 'AlreadyExecuted', [getAddress(side.productToken), 0n]);
    });

    it('what is parked cannot go a second too soon, and goes in the next', async () => {
      const side = await fresh();
      await side.execute(0n, [item(0, 11n)]);
      const releasableAt = BigInt((await time.latest()) + DAY);
      await time.setNextBlockTimestamp(releasableAt - 1n);
      await notReleasable(side, 0n);
      await time.setNextBlockTimestamp(releasableAt);
      await assertions.emitWithArgs(release(side, 0n), side.bridge, 'TransferReleased', [
        getAddress(side.productToken),
        0n,
      ]);
      assert.equal(await side.balanceOf(to(0)), 11n);
      assert.equal(await side.status(0n), 'executed');
      await notReleasable(side, 0n);
    });

    it('what is parked goes by anybody, in any order, and leaves the list', async () => {
      const side = await fresh();
      await side.execute(0n, [item(0, 11n), item(1, 12n), item(2, 13n)]);
      await time.increase(DAY);
      await release(side, 0n);
      assert.deepEqual(await parkedNonces(side), [2n, 1n]);
      await release(side, 1n, 0n, 2n, 2n, 77n);
      assert.deepEqual(await parkedNonces(side), []);
      for (const [index, amount] of [11n, 12n, 13n].entries()) assert.equal(await side.balanceOf(to(index)), amount);
    });

    it('what is released takes nothing from the bucket', async () => {
      const side = await fresh();
      await side.execute(0n, [item(0, 11n), item(1, 4n)]);
      await time.increase(DAY);
      await release(side, 0n);
      assert.equal(await available(side), 6n);
    });

    it('nothing was parked that never came', async () => {
      const side = await fresh();
      await notReleasable(side, 7n);
      await notReleasable(side);
    });

    it('what is parked is listed in pages', async () => {
      const side = await fresh();
      await side.execute(0n, [item(0, 11n), item(1, 12n), item(2, 13n)]);
      const page = (offset: bigint, limit: bigint) => side.bridge.read.parkedNonces([side.productToken, offset, limit]);
      assert.equal(await side.bridge.read.parkedCount([side.productToken]), 3n);
      assert.deepEqual(await page(0n, 2n), [0n, 1n]);
      assert.deepEqual(await page(2n, 2n), [2n]);
      assert.deepEqual(await page(3n, 2n), []);
      assert.deepEqual(await page(2n ** 255n, 2n ** 255n), []);
    });

    it('several are voided at once, and one that was released in front is skipped', async () => {
      const side = await fresh();
      await side.execute(0n, [item(0, 11n), item(1, 12n), item(2, 13n)]);
      await time.increase(DAY);
      const calls = [side.call('voidParked', [side.productToken, [0n, 1n, 2n]])];
      await release(side, 1n);
      await side.propose(calls);
      assert.deepEqual(await statuses(side, 3), ['open', 'executed', 'open']);
      assert.deepEqual(await parkedNonces(side), []);
    });

    it('what is parked is taken back by a quorum at once, and true content can come in its place', async () => {
      const side = await fresh();
      await side.execute(0n, [item(0, 4n), item(1, 11n), item(2, 12n)]);
      await side.propose([side.call('voidParked', [side.productToken, [1n]])]);
      assert.deepEqual(await statuses(side, 3), ['executed', 'open', 'parked']);
      assert.deepEqual(await parkedNonces(side), [2n]);
      await notReleasable(side, 1n);

      await side.execute(1n, [item(9, 3n)]);

      assert.equal(await side.balanceOf(to(9)), 3n);
      assert.equal(await side.balanceOf(to(1)), 0n);
    });
  },
  limited,
);

onBothSides(
  'A bucket',
  (fresh) => {
    it('fills by time, to its capacity and no further', async () => {
      const side = await fresh();
      await side.execute(0n, [item(0, 9n)]);
      assert.equal(await available(side), 1n);
      await time.increase(3);
      assert.equal(await available(side), 7n);
      await time.increase(DAY);
      assert.equal(await available(side), 10n);
    });

    it('lets through exactly what it holds', async () => {
      const side = await fresh();
      await side.execute(0n, [item(0, 10n)]);
      const emptiedAt = await time.latest();
      await time.setNextBlockTimestamp(emptiedAt + 3);
      const batch = encodeTransfers([item(1, 6n), item(2, 1n)]);
      const signatures = await side.attest(1n, batch);
      await time.setNextBlockTimestamp(emptiedAt + 3);
      await side.submit(1n, batch, signatures);
      assert.deepEqual(await statuses(side, 3), ['executed', 'executed', 'parked']);
    });
  },
  refilled,
);

onBothSides(
  'What comes in',
  (fresh) => {
    it('makes room for as much to go out, to the capacity and no further', async () => {
      const side = await fresh();
      await side.execute(0n, [item(0, 10n)]);
      await networkHelpers.impersonateAccount(to(0));
      await networkHelpers.setBalance(to(0), 10n ** 18n);
      if (side.name === 'main') await side.fund(100n, to(0));

      await side.depart(4n, address(7), to(0));
      assert.equal(await available(side), 4n);

      if (side.name === 'main') await side.depart(90n, address(7), to(0));
      assert.equal(await available(side), side.name === 'main' ? 10n : 4n);
    });
  },
  limited,
);

onBothSides('A limit', (fresh) => {
  const set = (side: HelpedSide, capacity: bigint, refillPerSecond = 0n) =>
    side.govern(side.call('setLimit', [side.productToken, capacity, refillPerSecond]));
  const lower = (side: HelpedSide, capacity: bigint, refillPerSecond = 0n) =>
    side.propose([side.call('lowerLimit', [side.productToken, capacity, refillPerSecond])]);

  it('is none where that was written out', async () => {
    const side = await fresh();
    assert.equal((await peg(side)).capacity, UNLIMITED);
    await side.execute(0n, [item(0, 10n ** 30n)]);
    assert.equal(await available(side), UNLIMITED);
  });

  it('is never zero by the way: only lowering can say so', async () => {
    const side = await fresh();
    await refused(side, set(side, 0n, 5n), 'InvalidLimit', [0n, 5n]);
    await lower(side, 0n);
    await side.execute(0n, [item(0, 1n)]);
    assert.equal(await side.status(0n), 'parked');
  });

  it('is lowered at once, and only lowered', async () => {
    const side = await fresh();
    await assertions.emitWithArgs(lower(side, 10n, 3n), side.bridge, 'LimitChanged', [
      getAddress(side.productToken),
      10n,
      3n,
    ]);
    await refused(side, lower(side, 11n, 3n), 'LimitNotLower', [10n, 3n]);
    await refused(side, lower(side, 10n, 4n), 'LimitNotLower', [10n, 3n]);
    await lower(side, 9n, 2n);
    assert.equal((await peg(side)).capacity, 9n);
  });

  it('that is new gives nothing back that was used', async () => {
    const side = await fresh();
    await set(side, 10n);
    await side.execute(0n, [item(0, 8n)]);
    await set(side, 100n);
    assert.equal(await available(side), 2n);
    await set(side, UNLIMITED);
    await side.execute(1n, [item(1, 1_000n)]);
    assert.equal(await side.status(1n), 'executed');
  });

  it('is of one peg alone', async () => {
    const side = await fresh();
    const call = side.call('lowerLimit', [address(1), 1n, 1n]);
    await refused(side, side.propose([call]), 'UnknownPeg', [address(1)]);
  });

  it('of zero opens no peg', async () => {
    const side = await fresh();
    const config =
      side.name === 'main' ? { ...mainPeg(side.token.address), capacity: 0n } : { ...productPeg(), capacity: 0n };
    await refused(side, side.govern(side.call('openPeg', [config])), 'InvalidLimit', [0n, 0n]);
  });
});

describe('What the token refuses', () => {
  async function refusing() {
    const token = await viem.deployContract('RefusingToken');
    const side = await mainSide(limited, token.address);
    await side.fund(1_000n);
    await side.depart(1_000n);
    await token.write.refuse([to(0), 1]);
    return { ...side, refuse: (how: number) => token.write.refuse([to(0), how]) };
  }

  it('uses none of the limit', async () => {
    const side = await loadFixture(refusing);
    await side.execute(0n, items(2, 5n));
    assert.deepEqual(await statuses(side, 2), ['open', 'executed']);
    assert.equal(await available(side), 5n);
  });

  describe('at its release', () => {
    const batch = [item(0, 11n), item(1, 12n), item(2, 13n)];
    const bounced = { recipient: to(0), mainAmount: 11n };

    /** Three over the limit; the first was refused at its release. */
    const refusedAtRelease = async () => {
      const side = await refusing();
      await side.execute(0n, batch);
      await time.increase(DAY);
      const released = await release(side, 0n);
      return { ...side, released, bounce: async () => side.main.write.bounce(await side.bounceOf(bounced)) };
    };

    it('stays parked and due, with its collateral, and is paid by another release', async () => {
      const side = await loadFixture(refusedAtRelease);
      await assertions.emit(Promise.resolve(side.released), side.main, 'TransferFailed');
      assert.deepEqual(await statuses(side, 3), ['parked', 'parked', 'parked']);
      assert.equal(await side.main.read.locked([side.productToken]), 1_000n);
      assert.notEqual(await side.main.read.failedAt([side.productToken, 0n]), 0n);
      await refused(side, side.execute(0n, batch), 'AlreadyExecuted', [getAddress(side.productToken), 0n]);

      await side.refuse(0);
      await release(side, 0n);

      assert.equal(await side.balanceOf(to(0)), 11n);
      assert.equal(await side.main.read.locked([side.productToken]), 989n);
      await refused(side, side.bounce(), 'AlreadyExecuted', [getAddress(side.productToken), 0n]);
    });

    it('does not keep the others from theirs', async () => {
      const side = await loadFixture(refusedAtRelease);
      await release(side, 0n, 1n, 2n);
      assert.deepEqual(await statuses(side, 3), ['parked', 'executed', 'executed']);
      assert.deepEqual(await parkedNonces(side), [0n]);
    });

    it('moves nothing when the token moves and returns false', async () => {
      const side = await loadFixture(refusedAtRelease);
      await side.refuse(2);
      for (let attempt = 0; attempt < 3; attempt++) await release(side, 0n);
      assert.equal(await side.balanceOf(to(0)), 0n);
      assert.equal(await side.balanceOf(side.address), 1_000n);
    });

    it('bounces to its redeemer, and is not parked any more', async () => {
      const side = await loadFixture(refusedAtRelease);
      await time.increase(3 * DAY);
      await assertions.emitWithArgs(side.bounce(), side.main, 'TransferBounced', [
        getAddress(side.productToken),
        0n,
        1n,
      ]);
      assert.deepEqual(await statuses(side, 3), ['bounced', 'parked', 'parked']);
      assert.equal((await side.bridge.read.parked([side.productToken, 0n])).releasableAt, 0);
      assert.deepEqual(await parkedNonces(side), [2n, 1n]);
      assert.equal(await side.main.read.locked([side.productToken]), 1_000n);
      assert.equal(await available(side), 10n);
      await notReleasable(side, 0n);
      await refused(side, side.bounce(), 'AlreadyExecuted', [getAddress(side.productToken), 0n]);
    });

    it('bounces no sooner than its delay', async () => {
      const side = await loadFixture(refusedAtRelease);
      const allowedAt = (await side.main.read.failedAt([side.productToken, 0n])) + BigInt(3 * DAY);
      await time.setNextBlockTimestamp(allowedAt - 1n);
      await refusedByMain(side, side.bounce(), 'BounceTooSoon', [getAddress(side.productToken), 0n, allowedAt]);
    });

    it('leaves nothing behind when it is voided: true content cannot bounce at once', async () => {
      const side = await loadFixture(refusedAtRelease);
      await time.increase(3 * DAY);
      await side.propose([side.call('voidParked', [side.productToken, [0n]])]);
      assert.equal(await side.main.read.failedAt([side.productToken, 0n]), 0n);
      for (const statement of [bounced, { recipient: address(0x600d), mainAmount: 5n }]) {
        const bounce = side.main.write.bounce(await side.bounceOf(statement));
        await refusedByMain(side, bounce, 'NotRefused', [getAddress(side.productToken), 0n]);
      }
    });
  });

  it('does not bounce what is parked and was never refused', async () => {
    const side = await loadFixture(refusing);
    await side.execute(0n, [item(0, 11n)]);
    await time.increase(3 * DAY);
    const bounce = await side.bounceOf({ recipient: to(0), mainAmount: 11n });
    await refusedByMain(side, side.main.write.bounce(bounce), 'NotRefused', [getAddress(side.productToken), 0n]);
  });

  it('and would take more than the collateral when it is released, is not released', async () => {
    const side = await loadFixture(refusing);
    await side.execute(0n, [item(1, 1_001n)]);
    await time.increase(DAY);
    await assertions.revertWithCustomErrorWithArgs(release(side, 0n), side.main, 'InsufficientLocked', [
      getAddress(side.productToken),
      1_000n,
      1_001n,
    ]);
    assert.equal(await side.status(0n), 'parked');
  });
});

describe('A payment made to fail by a caller inside the token', () => {
  it('is refused without effect: what is parked stays parked and due', async () => {
    const token = await viem.deployContract('LockedToken');
    const side = await mainSide(limited, token.address);
    await side.fund(1_000n);
    await side.depart(1_000n);
    await side.execute(0n, [item(0, 11n)]);
    await time.increase(DAY);
    const data = encodeFunctionData({
      abi: side.main.abi,
      functionName: 'release',
      args: [side.productToken, [0n]],
    });
    for (let attempt = 0; attempt < 3; attempt++) {
      await token.write.callLocked([side.address, data], { gas: 10_000_000n });
      assert.equal(await side.status(0n), 'parked');
    }
    await release(side, 0n);
    assert.equal(await side.balanceOf(to(0)), 11n);
  });
});
