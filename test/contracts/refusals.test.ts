// Withdrawals that the main token refuses: the others are paid, each can be paid later, and after its delay it bounces. What such
// tokens are like is in `tokens.test.ts`.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type Hex, getAddress } from 'viem';

import { encodeTransfers } from '../../protocol/attestation.ts';
import { refused, refusedByMain } from './support/both.ts';
import { DAY, address, items, mainSide } from './support/bridges.ts';
import { assertions, loadFixture, networkHelpers, time, viem } from './support/network.ts';
import { maskOf, quorum, signAll } from './support/signers.ts';

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
  await side.refuse(99, 'returnsFalse');
  return side;
};

describe('A hundred withdrawals of which three are refused', () => {
  it('are ninety-seven payments in one call, and three that stay open with their collateral', async () => {
    const side = await loadFixture(threeRefused);
    const transfers = encodeTransfers(hundred);
    const digest = await side.main.read.attestationDigest([side.productToken, 0n, transfers]);
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

  const bounce = async (side: Side, { nonce = 0n, amount = 9n, by = quorum, signed = 9n } = {}): Promise<Hex> => {
    const statement = (of: bigint) => [side.productToken, nonce, redeemer, address(0x1000), of] as const;
    const signatures = await signAll(await side.main.read.bounceDigest(statement(signed)), by);
    return side.main.write.bounce([...statement(amount), signatures]);
  };

  it('of a withdrawal that was not refused is itself refused', async () => {
    const side = await loadFixture(due);
    await refusedByMain(side, bounce(side, { nonce: 1n }), 'NotRefused', [getAddress(side.productToken), 1n]);
  });

  it('of an unknown peg is refused', async () => {
    const side = await loadFixture(due);
    await refused(side, bounce({ ...side, productToken: address(1) }), 'UnknownPeg', [address(1)]);
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
    await refused(side, bounce(side, { amount: 10n }), 'InvalidSignature');
  });

  it('of a withdrawal that was paid after all is refused', async () => {
    const side = await loadFixture(due);
    await side.refuse(0, 'none');
    await side.execute(0n, items(1, 9n));
    await refused(side, bounce(side), 'AlreadyExecuted', [getAddress(side.productToken), 0n]);
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
