// Outflow limits and what is parked over them, on both sides. What one bucket holds at any moment is fuzzed in `RateLimit.t.sol`.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { getAddress } from 'viem';

import { encodeTransfers } from '../../protocol/attestation.ts';
import { onBothSides, refused, refusedByMain } from './support/both.ts';
import { DAY, type HelpedSide, UNLIMITED, address, items, mainPeg, mainSide, productPeg } from './support/bridges.ts';
import { assertions, loadFixture, networkHelpers, time, viem } from './support/network.ts';
import { signAll } from './support/signers.ts';

const limited = { capacity: 10n };
const refilled = { capacity: 10n, refillPerSecond: 2n };
const to = (index: number) => address(0x1000 + index);
const item = (index: number, amount: bigint) => ({ recipient: to(index), amount });

const peg = (side: HelpedSide) => side.bridge.read.peg([side.productToken]);
const available = async (side: HelpedSide) => (await peg(side)).available;
const parkedNonces = (side: HelpedSide) => side.bridge.read.parkedNonces([side.productToken]);
const release = (side: HelpedSide, nonce: bigint) => side.bridge.write.release([side.productToken, nonce]);
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
      await refused(side, release(side, 0n), 'NotReleasable', [getAddress(side.productToken), 0n, releasableAt]);
      await time.setNextBlockTimestamp(releasableAt);
      await assertions.emitWithArgs(release(side, 0n), side.bridge, 'TransferReleased', [
        getAddress(side.productToken),
        0n,
      ]);
      assert.equal(await side.balanceOf(to(0)), 11n);
      assert.equal(await side.status(0n), 'executed');
      await refused(side, release(side, 0n), 'NotParked', [getAddress(side.productToken), 0n]);
    });

    it('what is parked goes by anybody, in any order, and leaves the list', async () => {
      const side = await fresh();
      await side.execute(0n, [item(0, 11n), item(1, 12n), item(2, 13n)]);
      await time.increase(DAY);
      await release(side, 0n);
      assert.deepEqual(await parkedNonces(side), [2n, 1n]);
      await release(side, 1n);
      await release(side, 2n);
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
      await refused(side, release(side, 7n), 'NotParked', [getAddress(side.productToken), 7n]);
      const call = side.call('voidParked', [side.productToken, 7n]);
      await refused(side, side.propose([call]), 'NotParked', [getAddress(side.productToken), 7n]);
    });

    it('what is parked is taken back by a quorum at once, and true content can come in its place', async () => {
      const side = await fresh();
      await side.execute(0n, [item(0, 4n), item(1, 11n), item(2, 12n)]);
      await side.propose([side.call('voidParked', [side.productToken, 1n])]);
      assert.deepEqual(await statuses(side, 3), ['executed', 'open', 'parked']);
      assert.deepEqual(await parkedNonces(side), [2n]);
      await refused(side, release(side, 1n), 'NotParked', [getAddress(side.productToken), 1n]);

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

  it('at its release is open again, with its collateral, and is paid by its batch later', async () => {
    const side = await loadFixture(refusing);
    await side.execute(0n, [item(0, 11n)]);
    await time.increase(DAY);
    await assertions.emit(release(side, 0n), side.main, 'TransferFailed');
    assert.equal(await side.status(0n), 'open');
    assert.deepEqual(await parkedNonces(side), []);
    assert.equal(await side.main.read.locked([side.productToken]), 1_000n);
    assert.notEqual(await side.main.read.failedAt([side.productToken, 0n]), 0n);

    await side.refuse(0);
    await side.govern(side.call('setLimit', [side.productToken, UNLIMITED, 0n]));
    await side.execute(0n, [item(0, 11n)]);

    assert.equal(await side.balanceOf(to(0)), 11n);
    assert.equal(await side.main.read.locked([side.productToken]), 989n);
  });

  describe('and somebody parks again with its old batch', () => {
    const redeemer = address(0x99);
    const old = [item(0, 11n), item(1, 12n), item(2, 13n)];

    /** Three over the limit; the first was refused at its release, and the batch that parked it was sent once more. */
    const parkedAgain = async () => {
      const side = await refusing();
      const batch = encodeTransfers(old);
      const signatures = await side.attest(0n, batch);
      await side.submit(0n, batch, signatures);
      await time.increase(DAY);
      await release(side, 0n);
      await side.submit(0n, batch, signatures);
      const statement = [side.productToken, 0n, redeemer, to(0), 11n] as const;
      const bounce = async () =>
        side.main.write.bounce([...statement, await signAll(await side.main.read.bounceDigest(statement))]);
      return { ...side, replay: () => side.submit(0n, batch, signatures), bounce };
    };

    it('goes back to the redeemer all the same, and is not parked any more', async () => {
      const side = await loadFixture(parkedAgain);
      assert.deepEqual(await statuses(side, 3), ['parked', 'parked', 'parked']);
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
    });

    it('is neither released, parked nor bounced again once it went back, and the others go', async () => {
      const side = await loadFixture(parkedAgain);
      await time.increase(3 * DAY);
      await side.bounce();
      await side.refuse(0);
      await refused(side, release(side, 0n), 'NotParked', [getAddress(side.productToken), 0n]);
      for (const again of [side.replay(), side.bounce()]) {
        await refused(side, again, 'AlreadyExecuted', [getAddress(side.productToken), 0n]);
      }
      await release(side, 1n);
      await release(side, 2n);
      assert.deepEqual(await Promise.all([0, 1, 2].map((index) => side.balanceOf(to(index)))), [0n, 12n, 13n]);
      assert.deepEqual(await parkedNonces(side), []);
    });

    it('goes back no sooner than it would have', async () => {
      const side = await loadFixture(parkedAgain);
      const allowedAt = (await side.main.read.failedAt([side.productToken, 0n])) + BigInt(3 * DAY);
      await time.setNextBlockTimestamp(allowedAt - 1n);
      await refusedByMain(side, side.bounce(), 'BounceTooSoon', [getAddress(side.productToken), 0n, allowedAt]);
    });

    it('is paid at its release when the token lets it', async () => {
      const side = await loadFixture(parkedAgain);
      await side.refuse(0);
      await time.increase(DAY);
      await release(side, 0n);
      assert.equal(await side.balanceOf(to(0)), 11n);
      await refused(side, side.bounce(), 'AlreadyExecuted', [getAddress(side.productToken), 0n]);
    });
  });

  it('does not bounce what is parked and was never refused', async () => {
    const side = await loadFixture(refusing);
    await side.execute(0n, [item(0, 11n)]);
    await time.increase(3 * DAY);
    const statement = [side.productToken, 0n, address(0x99), to(0), 11n] as const;
    const signatures = await signAll(await side.main.read.bounceDigest(statement));
    await refusedByMain(side, side.main.write.bounce([...statement, signatures]), 'NotRefused', [
      getAddress(side.productToken),
      0n,
    ]);
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
