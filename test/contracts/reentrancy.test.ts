// A main token that calls the bridge in the middle of each of its transfers.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { encodeFunctionData } from 'viem';

import { mainBridgeAbi } from '../../protocol/abi.ts';
import { encodeTransfers } from '../../protocol/attestation.ts';
import { DAY, SOURCE_BLOCK, UNLIMITED, address, holder, items, stranger } from './support/bridges.ts';
import { loadFixture, networkHelpers, time, viem } from './support/network.ts';
import { LOCKED, locked, wild } from './support/wild-token.ts';

describe('A token that calls back', () => {
  /** The calls that the token attempts in the middle of each transfer would succeed at any other time. */
  async function reentrant() {
    const side = await wild();
    const thief = address(0x7e1f);
    await side.wildToken.write.mint([side.token.address, 1_000n]);
    await side.wildToken.write.lend([side.address]);
    await side.refuse(items(3)[2]!.recipient, 'reverts');
    await side.execute(2n, items(3).slice(2));
    // Two wait over a limit that no longer exists when they are due: one for the thief to release, one for the test.
    await side.propose([side.call('lowerLimit', [side.productToken, 0n, 0n])]);
    await side.execute(20n, items(2));
    await side.govern(side.call('setLimit', [side.productToken, UNLIMITED, 0n]));
    await time.increase(3 * DAY);
    const stolen = encodeTransfers([{ recipient: thief, amount: 7n }]);
    const bounced = await side.bounceOf({
      nonce: 2n,
      redeemer: thief,
      recipient: items(3)[2]!.recipient,
      mainAmount: 5n,
    });
    const call = (
      functionName: 'deposit' | 'depositWithPermit' | 'withdraw' | 'release' | 'bounce',
      args: readonly unknown[],
    ) => encodeFunctionData({ abi: mainBridgeAbi, functionName, args: args as never });
    const noPermit = [0n, 0, `0x${'00'.repeat(32)}`, `0x${'00'.repeat(32)}`];
    const byItself = [
      call('deposit', [side.productToken, 7n, thief, 0n]),
      call('depositWithPermit', [side.productToken, 7n, thief, 0n, ...noPermit]),
    ];
    const byAnybody = [
      call('withdraw', [side.productToken, 9n, stolen, await side.attest(9n, stolen), SOURCE_BLOCK]),
      call('release', [side.productToken, [20n]]),
      call('bounce', bounced),
    ];
    await side.wildToken.write.prepare([side.address, [...byItself, ...byAnybody]]);
    return { ...side, byItself, byAnybody };
  }
  /** All that it tries fits into the gas of one payment. */
  const withRoom = async () => {
    const side = await reentrant();
    await side.govern(side.call('setGasCap', [side.productToken, 5_000_000]));
    await side.behave('reenters');
    return side;
  };
  type Reentrant = Awaited<ReturnType<typeof reentrant>>;

  /** Nothing but what the test itself did has happened. */
  const gotNothing = async (side: Reentrant, departures: bigint) => {
    assert.equal(await side.wildToken.read.breaches(), 0n);
    assert.equal(await side.main.read.outboundNonce([side.productToken]), 1n + departures);
    assert.deepEqual(
      [await side.status(2n), await side.status(9n), await side.status(20n)],
      ['open', 'open', 'parked'],
    );
  };

  it('could do what it tries, were it not in the middle of a transfer', async () => {
    const side = await loadFixture(reentrant);
    await networkHelpers.impersonateAccount(side.token.address);
    await networkHelpers.setBalance(side.token.address, 10n ** 18n);
    const [client] = await viem.getWalletClients();
    const itself = await viem.getWalletClient(side.token.address);
    for (const data of side.byAnybody) await client!.sendTransaction({ to: side.address, data });
    for (const data of side.byItself) await itself.sendTransaction({ to: side.address, data });
    assert.equal(await side.main.read.outboundNonce([side.productToken]), 4n);
    assert.deepEqual(
      [await side.status(2n), await side.status(9n), await side.status(20n)],
      ['bounced', 'executed', 'executed'],
    );
  });

  it('gets nothing from a deposit, which goes through', async () => {
    const side = await loadFixture(reentrant);
    await side.behave('reenters');
    await side.depart(100n);
    assert.equal(await locked(side), LOCKED + 100n);
    await gotNothing(side, 1n);
  });

  it('gets nothing from a deposit with a permit, which goes through', async () => {
    const side = await loadFixture(reentrant);
    await side.behave('reenters');
    const none = `0x${'00'.repeat(32)}` as const;
    await side.main.write.depositWithPermit(
      [side.productToken, 100n, stranger.account.address, 0n, 0n, 0, none, none],
      {
        account: holder.account,
      },
    );
    assert.equal(await locked(side), LOCKED + 100n);
    await gotNothing(side, 1n);
  });

  it('gets nothing from a withdrawal, which goes through', async () => {
    const side = await loadFixture(withRoom);
    const transfers = encodeTransfers(items(2));
    await side.submit(0n, transfers, await side.attest(0n, transfers), 15_000_000n);
    assert.deepEqual([await side.status(0n), await side.status(1n)], ['executed', 'executed']);
    assert.equal(await locked(side), LOCKED - 10n);
    await gotNothing(side, 0n);
  });

  it('gets nothing from a release, which goes through', async () => {
    const side = await loadFixture(withRoom);
    await side.main.write.release([side.productToken, [21n]], { gas: 15_000_000n });
    assert.equal(await side.status(21n), 'executed');
    assert.equal(await locked(side), LOCKED - 5n);
    await gotNothing(side, 0n);
  });
});
