// Withdrawals that the main token refuses: the others are paid, each can be paid later, and after its delay it bounces. Such
// tokens are described in `tokens.test.ts`.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type Address, type Hex, getAddress, toFunctionSelector } from 'viem';

import { encodeTransfers } from '../../protocol/attestation.ts';
import { refused, refusedByMain } from './support/both.ts';
import { DAY, SOURCE_BLOCK, address, deployer, items, mainSide, remote } from './support/bridges.ts';
import { assertions, loadFixture, networkHelpers, time, viem } from './support/network.ts';
import { maskOf, quorum } from './support/signers.ts';

const Refusal = { none: 0, reverts: 1, returnsFalse: 2, burnsGas: 3, revertsWith60kB: 4 } as const;

async function refusing() {
  const side = await mainSide({}, (await viem.deployContract('RefusingToken')).address);
  const refusingToken = await viem.getContractAt('RefusingToken', side.token.address);
  await side.fund(10_000n);
  await side.depart(10_000n);
  const refuse = (index: number, how: keyof typeof Refusal) =>
    refusingToken.write.refuse([address(0x1000 + index), Refusal[how]]);
  return { ...side, refusingToken, refuse };
}

const hundred = items(100, 3n);
const refusedNonces = [0, 50, 99];
const allButRefused = refusedNonces.reduce((mask, index) => mask ^ (1n << BigInt(index)), (1n << 100n) - 1n);

const threeRefused = async () => {
  const side = await refusing();
  await side.refuse(0, 'revertsWith60kB');
  await side.refuse(50, 'burnsGas');
  await side.refuse(99, 'reverts');
  return side;
};

describe('A hundred withdrawals of which three are refused', () => {
  it('are ninety-seven payments in one call, and three that stay open with their collateral', async () => {
    const side = await loadFixture(threeRefused);
    const transfers = encodeTransfers(hundred);
    const digest = await side.digest(0n, transfers);
    await assertions.emitWithArgs(side.execute(0n, hundred), side.main, 'TransfersExecuted', [
      getAddress(side.productToken),
      0n,
      allButRefused,
      maskOf(quorum),
      digest,
    ]);
    assert.deepEqual(await side.main.read.executedWords([side.productToken, 0n, 1n]), [allButRefused]);
    assert.equal(await side.main.read.locked([side.productToken]), 10_000n - 97n * 3n);
    assert.equal(await side.balanceOf(side.address), 10_000n - 97n * 3n);
    for (const [index, { recipient: paid }] of hundred.entries()) {
      assert.equal(await side.balanceOf(paid), refusedNonces.includes(index) ? 0n : 3n);
    }
  });

  it('are paid to the last when the token lets them: the same batch again pays only the three', async () => {
    const side = await loadFixture(threeRefused);
    await side.execute(0n, hundred);
    for (const index of refusedNonces) await side.refuse(index, 'none');
    await side.execute(0n, hundred);
    for (const { recipient: paid } of hundred) assert.equal(await side.balanceOf(paid), 3n);
    assert.equal(await side.main.read.locked([side.productToken]), 10_000n - 300n);
  });

  it('are never paid in part: of a hundred gas limits each gives all or nothing', async () => {
    const side = await loadFixture(threeRefused);
    const transfers = encodeTransfers(hundred);
    const signatures = await side.attest(0n, transfers);
    const snapshot = await networkHelpers.takeSnapshot();
    const outcome = async (gas: bigint) => {
      await snapshot.restore();
      await side.submit(0n, transfers, signatures, gas).catch(() => undefined);
      return (await side.main.read.executedWords([side.productToken, 0n, 1n]))[0]!;
    };
    // From what does not pay for the signatures to more than all needs.
    const outcomes = [];
    for (let step = 1n; step <= 100n; step++) outcomes.push(await outcome(60_000n * step));
    assert.deepEqual(new Set(outcomes), new Set([0n, allButRefused]));
  });

  it('without gas for each payment at its cap are refused, with what one needs', async () => {
    const side = await loadFixture(threeRefused);
    const call = side.submit(0n, encodeTransfers(hundred), await side.attest(0n, encodeTransfers(hundred)), 500_000n);
    // The default gas cap of these tests, a 63rd of it, and what the call itself costs.
    await refusedByMain(side, call, 'InsufficientGas', [100_000n + 1_587n + 10_000n]);
  });
});

describe('A refused withdrawal', () => {
  it('opens its nonce again, on either side of a word of the bitmap', async () => {
    const side = await loadFixture(refusing);
    for (const index of [1, 2, 3]) await side.refuse(index, 'reverts');
    await side.execute(254n, items(5));
    const open = await Promise.all([254n, 255n, 256n, 257n, 258n].map((nonce) => side.status(nonce)));
    assert.deepEqual(open, ['executed', 'open', 'open', 'open', 'executed']);
    assert.deepEqual(await side.main.read.executedWords([side.productToken, 0n, 2n]), [1n << 254n, 0b100n]);
  });

  it('keeps the time of its first refusal', async () => {
    const side = await loadFixture(refusing);
    await side.refuse(0, 'reverts');
    await side.execute(0n, items(1));
    const first = BigInt(await time.latest());
    await time.increase(100);
    await side.execute(0n, items(1));
    assert.equal(await side.main.read.failedAt([side.productToken, 0n]), first);
    assert.equal(await side.main.read.failedAt([side.productToken, 1n]), 0n);
  });
});

const redeemer = address(0x99);

describe('A bounce', () => {
  const openAndRefused = async () => {
    const side = await refusing();
    await side.refuse(0, 'reverts');
    await side.execute(0n, items(1, 9n));
    return side;
  };
  const due = async () => {
    const side = await openAndRefused();
    await time.increase(3 * DAY);
    return side;
  };
  type Side = Awaited<ReturnType<typeof refusing>>;

  interface Changes {
    nonce?: bigint;
    amount?: bigint;
    /** The amount that was signed, if it is another. */
    signed?: bigint;
    by?: readonly number[];
    redeemer?: Address;
    productToken?: Address;
    deadline?: bigint;
  }

  const bounce = async (side: Side, changes: Changes = {}): Promise<Hex> => {
    const { amount = 9n, signed = amount, by = [...quorum], productToken = side.productToken, ...rest } = changes;
    const of = (mainAmount: bigint) => ({ redeemer, recipient: address(0x1000), mainAmount, ...rest });
    const [, signatures] = await side.bounceOf(of(signed), [...by]);
    const [item] = await side.bounceOf(of(amount), [...by]);
    return side.main.write.bounce([{ ...item, productToken }, signatures]);
  };

  it('of a withdrawal that was not refused is itself refused', async () => {
    const side = await loadFixture(due);
    await refusedByMain(side, bounce(side, { nonce: 1n }), 'NotRefused', [getAddress(side.productToken), 1n]);
  });

  it('of an unknown peg is refused', async () => {
    const side = await loadFixture(due);
    await refused(side, bounce(side, { productToken: address(1) }), 'UnknownPeg', [address(1)]);
  });

  it('goes in the first second after the delay', async () => {
    const side = await loadFixture(openAndRefused);
    const allowedAt = (await side.main.read.failedAt([side.productToken, 0n])) + BigInt(3 * DAY);
    await time.setNextBlockTimestamp(allowedAt);
    await bounce(side);
    assert.equal(await side.status(0n), 'bounced');
  });

  it('a second too soon is refused, with the time', async () => {
    const side = await loadFixture(openAndRefused);
    const allowedAt = (await side.main.read.failedAt([side.productToken, 0n])) + BigInt(3 * DAY);
    await time.setNextBlockTimestamp(allowedAt - 1n);
    await refusedByMain(side, bounce(side), 'BounceTooSoon', [getAddress(side.productToken), 0n, allowedAt]);
  });

  it('needs a quorum over exactly this withdrawal', async () => {
    const side = await loadFixture(due);
    await refused(side, bounce(side, { by: [0, 1, 2] }), 'MissingSignatures', [0b111, 4n]);
    await refused(side, bounce(side, { signed: 10n }), 'InvalidSignature');
  });

  it('of a withdrawal that was paid after all is refused', async () => {
    const side = await loadFixture(due);
    await side.refuse(0, 'none');
    await side.execute(0n, items(1, 9n));
    await refused(side, bounce(side), 'AlreadyExecuted', [getAddress(side.productToken), 0n]);
  });

  it('of another amount or recipient than the token refused is refused', async () => {
    const side = await loadFixture(due);
    await refusedByMain(side, bounce(side, { amount: 8n }), 'NotRefused', [getAddress(side.productToken), 0n]);
    const other = await side.bounceOf({ recipient: address(0x1001), mainAmount: 9n });
    await refusedByMain(side, side.main.write.bounce(other), 'NotRefused', [getAddress(side.productToken), 0n]);
  });

  it('after its deadline is refused', async () => {
    const side = await loadFixture(due);
    const deadline = BigInt(await time.latest()) + 100n;
    await time.setNextBlockTimestamp(deadline + 1n);
    await refused(side, bounce(side, { deadline }), 'DeadlinePassed', [deadline]);
  });

  it('of more than the peg has locked is refused', async () => {
    const side = await loadFixture(refusing);
    await side.refuse(0, 'reverts');
    await side.execute(0n, items(1, 10_000n));
    await side.execute(1n, [{ recipient: address(0x2000), amount: 1n }]);
    await time.increase(3 * DAY);
    const call = bounce(side, { amount: 10_000n });
    await refusedByMain(side, call, 'InsufficientLocked', [getAddress(side.productToken), 9_999n, 10_000n]);
  });

  it('of fees that the product bridge sent is refused: they stay open', async () => {
    const side = await loadFixture(due);
    const call = bounce(side, { redeemer: remote.bridge });
    await refusedByMain(side, call, 'FeesNeverBounce', [getAddress(side.productToken), 0n]);
  });

  it('is completed by approvals, which anyone may pass', async () => {
    const side = await loadFixture(due);
    const statement = { recipient: address(0x1000), mainAmount: 9n };
    for (const by of [[0, 1], [2], [4]]) {
      const [item, signatures] = await side.bounceOf(statement, by);
      await side.main.write.approve([await side.main.read.bounceDigest([item]), signatures]);
    }
    const [item] = await side.bounceOf(statement);
    await side.main.write.bounce([item, '0x']);
    assert.equal(await side.status(0n), 'bounced');
  });

  it('is a deposit of the bridge for the redeemer, and leaves the collateral', async () => {
    const side = await loadFixture(due);
    const previousBlock = await side.main.read.lastOutboundBlock([side.productToken]);
    const call = bounce(side);
    await assertions.emitWithArgs(call, side.main, 'MainTokenDeposited', [
      getAddress(side.productToken),
      1n,
      getAddress(side.address),
      getAddress(redeemer),
      9n,
      9n,
      previousBlock,
    ]);
    await assertions.emitWithArgs(call, side.main, 'TransferBounced', [getAddress(side.productToken), 0n, 1n]);
    assert.equal(await side.main.read.locked([side.productToken]), 10_000n);
    assert.equal(await side.status(0n), 'bounced');
  });

  it('ends the withdrawal: it is not paid, and not bounced again', async () => {
    const side = await loadFixture(due);
    await bounce(side);
    await side.refuse(0, 'none');
    for (const again of [side.execute(0n, items(1, 9n)), bounce(side)]) {
      await refused(side, again, 'AlreadyExecuted', [getAddress(side.productToken), 0n]);
    }
    assert.equal(await side.balanceOf(address(0x1000)), 0n);
  });

  it('works on a retired peg too', async () => {
    const side = await loadFixture(due);
    await side.govern(side.call('retirePeg', [side.productToken]));
    await bounce(side);
    assert.equal(await side.status(0n), 'bounced');
  });
});

describe('A token that moves and returns false', () => {
  const ambiguous = async () => {
    const side = await refusing();
    await side.refuse(1, 'returnsFalse');
    return side;
  };

  it('reverts the whole batch, which then has no effect', async () => {
    const side = await loadFixture(ambiguous);
    await refusedByMain(side, side.execute(0n, items(3)), 'AmbiguousAnswer', [getAddress(side.productToken), 1n]);
    assert.equal(await side.balanceOf(side.address), 10_000n);
    assert.equal(await side.main.read.locked([side.productToken]), 10_000n);
  });

  it('is refused alone with a frame for each payment, which takes back what moved', async () => {
    const side = await loadFixture(ambiguous);
    for (let attempt = 0; attempt < 3; attempt++) {
      const call = side.executeGuarded(0n, items(3));
      await assertions.emitWithArgs(call, side.main, 'TransferFailed', [
        getAddress(side.productToken),
        1n,
        toFunctionSelector('TokenReturnedFalse()'),
      ]);
      const paid = await Promise.all(items(3).map(({ recipient }) => side.balanceOf(recipient)));
      assert.deepEqual(paid, [5n, 0n, 5n]);
      assert.equal(await side.balanceOf(side.address), 9_990n);
      assert.equal(await side.main.read.locked([side.productToken]), 9_990n);
    }
    await side.refuse(1, 'none');
    await side.execute(0n, items(3));
    assert.equal(await side.balanceOf(items(3)[1]!.recipient), 5n);
  });

  it('pays no one out of another peg of the same token, however often it is replayed', async () => {
    const side = await loadFixture(ambiguous);
    const batch = items(2).slice(1);
    for (let attempt = 0; attempt < 10; attempt++) await side.executeGuarded(1n, batch);
    assert.equal(await side.balanceOf(batch[0]!.recipient), 0n);
    assert.equal(await side.balanceOf(side.address), 10_000n);
  });

  it('reverts the guarded batch as a whole when the gas does not suffice for a payment', async () => {
    const side = await loadFixture(ambiguous);
    const transfers = encodeTransfers(items(3));
    const signatures = await side.attest(0n, transfers);
    const submit = (gas: bigint) =>
      side.main.write.withdrawGuarded([side.productToken, 0n, transfers, signatures, SOURCE_BLOCK], { gas });
    const snapshot = await networkHelpers.takeSnapshot();
    const outcomes = new Set<string>();
    for (let gas = 60_000n; gas < 700_000n; gas += 8_000n) {
      await submit(gas).catch(() => undefined);
      outcomes.add(String((await side.main.read.executedWords([side.productToken, 0n, 1n]))[0]));
      await snapshot.restore();
    }
    assert.deepEqual(outcomes, new Set(['0', '5']));
  });
});

describe('The frame of a payment', () => {
  it('is refused to all but the bridge', async () => {
    const side = await loadFixture(refusing);
    const call = side.main.write.pay([side.token.address, 100_000n, redeemer, 1n]);
    await refusedByMain(side, call, 'OnlyBridge', [getAddress(deployer.account.address)]);
  });
});
