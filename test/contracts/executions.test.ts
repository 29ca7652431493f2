import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { encodeTransfers } from '../../relayer/transfer/attestation.ts';
import { onBothSides, refused } from './support/both.ts';
import { DAY, address, at, deployMainBridge, holder, mainPeg, mainSide, productSide } from './support/bridges.ts';
import { assertions, loadFixture, time, viem } from './support/network.ts';
import { signAll } from './support/signers.ts';

const items = (count: number, amount = 5n) =>
  Array.from({ length: count }, (_, index) => ({ recipient: address(0x1000 + index), amount }));

onBothSides('A batch', (fresh) => {
  it('of no items, of a part of one, or of more than 256 is refused', async () => {
    const side = await fresh();
    const whole = encodeTransfers(items(257));
    for (const transfers of ['0x', whole.slice(0, 2 + 71), whole] as `0x${string}`[]) {
      const even = transfers.length % 2 === 0 ? transfers : (transfers.slice(0, -1) as `0x${string}`);
      await refused(side, side.submit(0n, even, '0x'), 'InvalidTransfers');
    }
  });

  it('that was executed is refused before its signatures are looked at', async () => {
    const side = await fresh();
    await side.execute(0n, items(2));
    await refused(side, side.submit(0n, encodeTransfers(items(2)), '0xdead'), 'AlreadyExecuted');
  });

  it('pays each item once, whatever batches it comes in', async () => {
    const side = await fresh();
    const all = items(4);
    await side.execute(1n, all.slice(1, 3));
    const hash = await side.execute(0n, all);
    for (const { recipient } of all) assert.equal(await side.balanceOf(recipient), 5n);
    const [event] = await side.bridge.getEvents.TransfersExecuted({}, { fromBlock: (await at(hash)).blockNumber });
    assert.equal(event?.args.mask, 0b1001n);
  });

  it('is kept apart from others across a word of the bitmap', async () => {
    const side = await fresh();
    await side.execute(250n, items(12));
    const words = await side.bridge.read.executedWords([side.productToken, 0n, 2n]);
    assert.deepEqual(words, [0b111111n << 250n, 0b111111n]);
    assert.equal(await side.bridge.read.executed([side.productToken, 249n]), false);
    assert.equal(await side.status(255n), 'executed');
  });

  it('of 256 executes in one call', async () => {
    const side = await fresh();
    await side.execute(300n, items(256));
    assert.equal(await side.balanceOf(address(0x10ff)), 5n);
  });

  it('is refused while the bridge is paused', async () => {
    const side = await fresh();
    await side.pause();
    await refused(side, side.execute(0n, items(1)), 'BridgePaused');
  });
});

onBothSides(
  'Over a limit of 10',
  (fresh) => {
    it('a transfer is parked, and a later one that fits still goes', async () => {
      const side = await fresh();
      await side.execute(0n, [
        ...items(1, 8n),
        { recipient: address(2), amount: 7n },
        { recipient: address(3), amount: 2n },
      ]);
      assert.deepEqual(
        [await side.status(0n), await side.status(1n), await side.status(2n)],
        ['executed', 'parked', 'executed'],
      );
      assert.deepEqual(await side.bridge.read.parkedNonces([side.productToken]), [1n]);
    });

    it('it is released when the delay is over, not before, once', async () => {
      const side = await fresh();
      await side.execute(0n, [{ recipient: address(2), amount: 11n }]);
      const release = () => side.bridge.write.release([side.productToken, 0n]);
      await refused(side, release(), 'NotReleasable');
      await time.increase(DAY);
      await release();
      assert.equal(await side.balanceOf(address(2)), 11n);
      assert.equal(await side.status(0n), 'executed');
      assert.deepEqual(await side.bridge.read.parkedNonces([side.productToken]), []);
      await refused(side, release(), 'NotParked');
    });

    it('it can be voided at once, and then attested anew in the next signer epoch', async () => {
      const side = await fresh();
      await side.execute(0n, [{ recipient: address(2), amount: 11n }]);
      const epoch = await side.bridge.read.signerEpoch();
      await side.propose([side.call('voidParked', [side.productToken, 0n])]);
      assert.equal(await side.status(0n), 'open');
      assert.equal(await side.bridge.read.signerEpoch(), epoch + 1n);
      await side.execute(0n, [{ recipient: address(4), amount: 3n }]);
      assert.equal(await side.balanceOf(address(4)), 3n);
      assert.equal(await side.balanceOf(address(2)), 0n);
    });

    it('the bucket fills by time, up to its capacity', async () => {
      const side = await fresh();
      await side.execute(0n, items(1, 10n));
      const left = async () => (await side.bridge.read.peg([side.productToken])).available;
      assert.equal(await left(), 0n);
      await time.increase(4);
      assert.equal(await left(), 4n);
      await time.increase(DAY);
      assert.equal(await left(), 10n);
    });

    it('a limit is lowered at once, but only lowered', async () => {
      const side = await fresh();
      await side.propose([side.call('lowerLimit', [side.productToken, 5n, 1n])]);
      assert.equal((await side.bridge.read.peg([side.productToken])).capacity, 5n);
      await refused(side, side.propose([side.call('lowerLimit', [side.productToken, 6n, 1n])]), 'LimitNotLower');
    });
  },
  { capacity: 10n, refillPerSecond: 1n },
);

const Refusal = { reverts: 1, returnsFalse: 2, burnsGas: 3, revertsWith60kB: 4 } as const;

async function refusing() {
  const token = await viem.deployContract('RefusingToken');
  const side = await mainSide({ minimum: 1n }, token.address);
  await token.write.mint([holder.account.address, 10_000n]);
  await token.write.approve([side.address, 10_000n], { account: holder.account });
  await side.depart(10_000n);
  return { ...side, refusing: token };
}

describe('A withdrawal that its token refuses', () => {
  it('stops no other: of a hundred with three refused, ninety-seven are paid in the same call', async () => {
    const side = await loadFixture(refusing);
    const all = items(100, 3n);
    const refusals = [
      [7, Refusal.reverts],
      [50, Refusal.burnsGas],
      [99, Refusal.returnsFalse],
    ] as const;
    for (const [index, how] of refusals) await side.refusing.write.refuse([address(0x1000 + index), how]);
    const hash = await side.execute(0n, all);

    const fromBlock = (await at(hash)).blockNumber;
    const failed = await side.main.getEvents.TransferFailed({}, { fromBlock });
    assert.deepEqual(
      failed.map(({ args }) => args.nonce),
      [7n, 50n, 99n],
    );
    assert.equal(await side.main.read.locked([side.productToken]), 10_000n - 97n * 3n);
    assert.equal(await side.balanceOf(side.address), 10_000n - 97n * 3n);
    assert.equal(await side.status(7n), 'open');

    // It is payable as soon as the token lets it.
    await side.refusing.write.refuse([address(0x1007), 0]);
    await side.execute(7n, all.slice(7, 8));
    assert.equal(await side.balanceOf(address(0x1007)), 3n);
  });

  it('does so whatever gas the call is given: all that can be paid is, or nothing happens', async () => {
    const side = await loadFixture(refusing);
    await side.refusing.write.refuse([address(0x1002), Refusal.burnsGas]);
    await side.refusing.write.refuse([address(0x1004), Refusal.revertsWith60kB]);
    const transfers = encodeTransfers(items(6));
    const signatures = await side.attest(0n, transfers);
    const enough = (await at(await side.submit(0n, transfers, signatures, 3_000_000n))).gasUsed;
    let paid = 0;
    for (let step = 1n; step <= 100n; step++) {
      const one = await loadFixture(refusing);
      await one.refusing.write.refuse([address(0x1002), Refusal.burnsGas]);
      await one.refusing.write.refuse([address(0x1004), Refusal.revertsWith60kB]);
      const gas = (enough * step) / 80n;
      const sent = await one
        .submit(0n, transfers, await one.attest(0n, transfers), gas)
        .then((hash) => at(hash))
        .catch(() => undefined);
      const [word] = await one.bridge.read.executedWords([one.productToken, 0n, 1n]);
      assert.ok(word === 0n || word === 0b101011n, `gas ${gas}: ${word?.toString(2)}`);
      if (sent?.status === 'success' && word !== 0n) paid++;
    }
    assert.ok(paid > 0);
  });

  it('can be bounced after the delay, once, as a deposit back to its redeemer', async () => {
    const side = await loadFixture(refusing);
    const [item] = items(1, 9n);
    assert.ok(item);
    const redeemer = address(0x99);
    const bounce = async () => {
      const args = [side.productToken, 0n, redeemer, item.recipient, item.amount] as const;
      return side.main.write.bounce([...args, await signAll(await side.main.read.bounceDigest(args))]);
    };
    await assertions.revertWithCustomError(bounce(), side.main, 'NotRefused');
    await side.refusing.write.refuse([item.recipient, Refusal.reverts]);
    await side.execute(0n, [item]);
    await assertions.revertWithCustomError(bounce(), side.main, 'BounceTooSoon');
    await time.increase(3 * DAY);
    const locked = await side.main.read.locked([side.productToken]);
    const fromBlock = (await at(await bounce())).blockNumber;
    const [deposited] = await side.main.getEvents.MainTokenDeposited({}, { fromBlock });
    assert.equal(deposited?.args.recipient?.toLowerCase(), redeemer);
    assert.equal(await side.main.read.locked([side.productToken]), locked);
    assert.equal(await side.status(0n), 'bounced');
    await assertions.revertWithCustomError(bounce(), side.main, 'AlreadyExecuted');
  });

  it('of more than the peg has locked is refused whole', async () => {
    const side = await loadFixture(refusing);
    await assertions.revertWithCustomError(side.execute(0n, items(1, 10_001n)), side.main, 'InsufficientLocked');
  });
});

const product = () => productSide();

describe('A product token', () => {
  it('is minted and burned by its bridge alone', async () => {
    const side = await loadFixture(product);
    const token = await viem.getContractAt('ProductToken', side.productToken);
    await assertions.revertWithCustomError(token.write.mint([encodeTransfers(items(1)), 1n]), token, 'OnlyBridge');
    await assertions.revertWithCustomError(token.write.burn([holder.account.address, 1n]), token, 'OnlyBridge');
  });
});

describe('Two pegs of one main token', () => {
  it('keep their collateral apart', async () => {
    const side = await loadFixture(refusing);
    const other = mainPeg(side.refusing.address);
    const bridge = await deployMainBridge([side.peg, other]);
    await side.refusing.write.mint([holder.account.address, 100n]);
    await side.refusing.write.approve([bridge.address, 100n], { account: holder.account });
    await bridge.write.deposit([other.productToken, 100n, address(9)], { account: holder.account });
    assert.equal(await bridge.read.locked([side.productToken]), 0n);
    const transfers = encodeTransfers(items(1));
    const signatures = await signAll(await bridge.read.attestationDigest([side.productToken, 0n, transfers]));
    await assertions.revertWithCustomError(
      bridge.write.withdraw([side.productToken, 0n, transfers, signatures]),
      bridge,
      'InsufficientLocked',
    );
  });
});
