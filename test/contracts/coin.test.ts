// The coin of the main chain as a main token.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type Address, encodeFunctionData, getAddress } from 'viem';

import { encodeTransfers } from '../../protocol/attestation.ts';
import { refused, refusedByMain } from './support/both.ts';
import { DAY, SOURCE_BLOCK, address, holder, mainPeg, mainSide, rewards, stranger } from './support/bridges.ts';
import { assertions, loadFixture, networkHelpers, publicClient, time, viem } from './support/network.ts';
import { signAll } from './support/signers.ts';

const COIN: Address = '0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE';
const ether = 10n ** 18n;
const Manner = { accepts: 0, reverts: 1, burnsGas: 2, revertsWith60kB: 3, reenters: 4 } as const;
const holds = (account: Address) => publicClient.getBalance({ address: account });

/** A bridge with one peg of the coin (and, of `mainSide`, one of a token), holding ten. */
async function coins() {
  const side = await mainSide({});
  const config = mainPeg(COIN, { maximumFlat: ether });
  await side.govern(side.call('openPeg', [config]));
  const deposit = (amount: bigint, value: bigint, maxFee = 0n, productToken = config.productToken) =>
    side.main.write.deposit([productToken, amount, address(7), maxFee], { account: holder.account, value });
  await deposit(10n * ether, 10n * ether);
  const recipient = await viem.deployContract('CoinRecipient');
  const execute = async (firstNonce: bigint, to: readonly Address[], amount = ether, guarded = false) => {
    const transfers = encodeTransfers(to.map((account) => ({ recipient: account, amount })));
    const signatures = await signAll(await side.digest(firstNonce, transfers, config.productToken));
    const batch = [config.productToken, firstNonce, transfers, signatures, SOURCE_BLOCK] as const;
    return guarded ? side.main.write.withdrawGuarded(batch) : side.main.write.withdraw(batch);
  };
  const locked = () => side.main.read.locked([config.productToken]);
  const status = (nonce: bigint) => side.main.read.status([config.productToken, nonce]);
  return { ...side, coin: config.productToken, deposit, recipient, pay: execute, locked, status };
}

describe('A deposit of the coin', () => {
  it('takes exactly the value, which is locked', async () => {
    const side = await loadFixture(coins);
    await side.deposit(2n * ether, 2n * ether);
    assert.equal(await side.locked(), 12n * ether);
    assert.equal(await holds(side.address), 12n * ether);
  });

  it('with another value is refused, and so is the coin for a peg of a token', async () => {
    const side = await loadFixture(coins);
    for (const value of [0n, ether - 1n, ether + 1n]) {
      await refusedByMain(side, side.deposit(ether, value), 'UnexpectedValue', [ether, value]);
    }
    await side.fund(ether);
    const call = side.deposit(ether, 1n, 0n, side.productToken);
    await refusedByMain(side, call, 'UnexpectedValue', [0n, 1n]);
  });

  it('takes the fee with it, which is collected to the rewards', async () => {
    const side = await loadFixture(coins);
    await side.govern(side.call('setFee', [side.coin, 5n, 0]));
    await refusedByMain(side, side.deposit(ether, ether, 5n), 'UnexpectedValue', [ether + 5n, ether]);
    await side.deposit(ether, ether + 5n, 5n);
    assert.equal(await side.locked(), 11n * ether);
    const before = await holds(rewards);
    await side.main.write.collectFees([side.coin]);
    assert.equal((await holds(rewards)) - before, 5n);
    assert.equal(await holds(side.address), 11n * ether);
  });

  it('cannot be sent to the bridge in another way', async () => {
    const side = await loadFixture(coins);
    await assert.rejects(holder.sendTransaction({ to: side.address, value: 1n }));
  });
});

describe('A withdrawal of the coin', () => {
  it('pays accounts and contracts', async () => {
    const side = await loadFixture(coins);
    await side.pay(0n, [address(0x5111), side.recipient.address]);
    assert.equal(await holds(address(0x5111)), ether);
    assert.equal(await holds(side.recipient.address), ether);
    assert.equal(await side.locked(), 8n * ether);
  });

  for (const how of ['reverts', 'burnsGas', 'revertsWith60kB'] as const) {
    it(`is refused alone by a recipient that ${how}, and bounces`, async () => {
      const side = await loadFixture(coins);
      await side.recipient.write.behave([Manner[how]]);
      for (const guarded of [false, true]) {
        const call = side.pay(0n, [address(0x5111), side.recipient.address, address(0x5112)], ether, guarded);
        await assertions.emitWithArgs(call, side.main, 'TransferFailed', [getAddress(side.coin), 1n, '0x00000000']);
      }
      assert.deepEqual([await side.status(0n), await side.status(1n), await side.status(2n)], [1, 0, 1]);
      assert.equal(await side.locked(), 8n * ether);

      await time.increase(3 * DAY);
      const bounce = {
        ...{ productToken: side.coin, nonce: 1n, redeemer: stranger.account.address },
        ...{ recipient: side.recipient.address, mainAmount: ether, deadline: 2n ** 64n },
      };
      await side.main.write.bounce([bounce, await signAll(await side.main.read.bounceDigest([bounce]))]);
      assert.equal(await side.status(1n), 3);
      assert.equal(await holds(side.address), 8n * ether);
    });
  }

  it('gives a recipient that calls back nothing', async () => {
    const side = await loadFixture(coins);
    await side.govern(side.call('setGasCap', [side.coin, 2_000_000]));
    const release = encodeFunctionData({ abi: side.main.abi, functionName: 'release', args: [side.coin, [0n]] });
    const collect = encodeFunctionData({ abi: side.main.abi, functionName: 'collectFees', args: [side.coin] });
    await side.recipient.write.prepare([side.address, [release, collect]]);
    await side.recipient.write.behave([Manner.reenters]);
    await side.pay(0n, [side.recipient.address]);
    assert.equal(await side.recipient.read.breaches(), 0n);
    assert.equal(await side.locked(), 9n * ether);
  });

  it('with too little gas for the next payment is refused whole', async () => {
    const side = await loadFixture(coins);
    await side.govern(side.call('setGasCap', [side.coin, 5_000_000]));
    const transfers = encodeTransfers([{ recipient: address(0x5111), amount: ether }]);
    const signatures = await signAll(await side.digest(0n, transfers, side.coin));
    const call = side.main.write.withdraw([side.coin, 0n, transfers, signatures, SOURCE_BLOCK], { gas: 1_000_000n });
    await refusedByMain(side, call, 'InsufficientGas', [2n * 5_000_000n + 250_000n]);
  });

  it('of more than the peg has locked is refused, whatever coins the bridge was given', async () => {
    const side = await loadFixture(coins);
    await networkHelpers.setBalance(side.address, 100n * ether);
    await refusedByMain(side, side.pay(0n, [address(0x5111)], 11n * ether), 'InsufficientLocked', [
      getAddress(side.coin),
      10n * ether,
      11n * ether,
    ]);
    await refused(side, side.pay(0n, []), 'InvalidTransfers', [0n]);
  });
});
