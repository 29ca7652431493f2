import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type Hex, sliceHex, zeroAddress, zeroHash } from 'viem';

import { encodeTransfers } from '../../protocol/attestation.ts';
import { onBothSides, refused } from './support/both.ts';
import { DAY, HOUR, type HelpedSide, address, delays, holder, mainSide, stranger } from './support/bridges.ts';
import { assertions, loadFixture, networkHelpers, publicClient, time } from './support/network.ts';
import { signOne, signers, strangers } from './support/signers.ts';

const addresses = signers.map((signer) => signer.address);

const now = async () => BigInt(await time.latest());
/** The next transaction's second. */
const next = (second: bigint | number) => time.setNextBlockTimestamp(second);

/** The pause's only signature, of one signer over the next pause. */
const pauseSignature = async ({ bridge }: HelpedSide, signer = signers[0]!) =>
  signOne(await bridge.read.pauseDigest(), signer);
const pauseWith = ({ bridge }: HelpedSide, signature: Hex) => bridge.write.pause([signature]);

onBothSides('A pause', (fresh) => {
  for (const [what, signature] of [
    ['nothing', '0x'],
    ['63 bytes', (valid: Hex) => sliceHex(valid, 0, 63)],
    ['65 bytes', (valid: Hex) => `${valid}00` as const],
    ['zero bytes', `0x${'00'.repeat(64)}`],
  ] as const) {
    it(`is refused on ${what}`, async () => {
      const side = await fresh();
      const given = typeof signature === 'string' ? signature : signature(await pauseSignature(side));
      await refused(side, pauseWith(side, given), 'NotASigner', [zeroAddress]);
    });
  }

  it('is refused to a stranger', async () => {
    const side = await fresh();
    const call = pauseWith(side, await pauseSignature(side, strangers[0]));
    await refused(side, call, 'NotASigner', [strangers[0]!.address]);
  });

  it('is refused to a signer that was removed, also with its signature of before', async () => {
    const side = await fresh();
    const before = await pauseSignature(side);
    await side.govern(side.call('setSigners', [addresses.slice(1), 3n]));
    await refused(side, pauseWith(side, before), 'NotASigner');
    await refused(side, side.pause(0), 'NotASigner', [addresses[0]]);
  });

  it('is refused while paused, and spends nothing', async () => {
    const side = await fresh();
    await side.pause(0);
    const until = await side.bridge.read.pausedUntil();
    const signature = await pauseSignature(side, signers[1]);

    await refused(side, pauseWith(side, signature), 'BridgePaused', [until]);

    assert.equal(await side.bridge.read.pauseAllowedAt([addresses[1]!]), 0n);
    await time.increaseTo(until);
    await pauseWith(side, signature);
    assert.equal(await side.bridge.read.paused(), true);
  });

  it('is refused on the signature of a pause that was', async () => {
    const side = await fresh();
    const signature = await pauseSignature(side);
    await pauseWith(side, signature);
    await time.increaseTo(await side.bridge.read.pauseAllowedAt([addresses[0]!]));
    await refused(side, pauseWith(side, signature), 'NotASigner');
  });

  it('is refused to its signer for ten times its duration', async () => {
    const side = await fresh();
    await side.pause(0);
    const allowedAt = (await now()) + 10n * BigInt(delays.pauseDuration);
    assert.equal(await side.bridge.read.pauseAllowedAt([addresses[0]!]), allowedAt);
    const signature = await pauseSignature(side);

    await next(allowedAt - 1n);
    await refused(side, pauseWith(side, signature), 'PauseTooSoon', [addresses[0], allowedAt]);
    await next(allowedAt);
    await pauseWith(side, signature);

    assert.equal(await side.bridge.read.paused(), true);
  });

  it('of each one signer lasts its duration and not a second more', async () => {
    const side = await fresh();
    for (const [index, signer] of addresses.entries()) {
      const paused = await side.pause(index);
      const until = (await now()) + BigInt(delays.pauseDuration);
      await assertions.emitWithArgs(paused, side.bridge, 'Paused', [signer, until]);
      assert.equal(await side.bridge.read.pauseNonce(), BigInt(index + 1));

      await time.increaseTo(until - 1n);
      assert.equal(await side.bridge.read.paused(), true);
      await time.increaseTo(until);
      assert.equal(await side.bridge.read.paused(), false);
    }
  });

  it('never stops governance', async () => {
    const side = await fresh();
    await side.pause();
    await side.govern(side.call('prolongPause', [(await now()) + BigInt(10 * DAY)]));
    await side.govern(side.call('setSigners', [addresses.slice(1), 5n]));
    assert.equal(await side.bridge.read.paused(), true);
    assert.equal(await side.bridge.read.threshold(), 5n);
  });
});

const one = (amount: bigint) => [{ recipient: address(0xa11ce), amount }];

onBothSides(
  'A paused bridge',
  (fresh) => {
    /** With a transfer that could depart, one that could arrive, and one that could be released. */
    const prepared = async () => {
      const side = await fresh();
      await side.fund(10n);
      await side.execute(0n, one(11n));
      assert.equal(await side.status(0n), 'parked');
      await time.increase(DAY);
      await side.pause();
      return { side, until: await side.bridge.read.pausedUntil() };
    };
    const tried = {
      'a departure': (side: HelpedSide) => side.depart(10n),
      'an arrival': (side: HelpedSide) => side.execute(1n, one(5n)),
      'an approval': (side: HelpedSide) => side.execute(1n, one(5n), [0]),
      'a release': (side: HelpedSide) => side.bridge.write.release([side.productToken, [0n]]),
    };

    for (const [what, action] of Object.entries(tried)) {
      it(`refuses ${what}, and no more when the pause is over`, async () => {
        const { side, until } = await prepared();
        await refused(side, action(side), 'BridgePaused', [until]);
        await time.increaseTo(until);
        await action(side);
      });
    }
  },
  { capacity: 10n },
);

describe('A paused main bridge', () => {
  const given = { redeemer: holder.account.address, recipient: stranger.account.address, mainAmount: 5n };

  /** A withdrawal that the token refused, and that can be bounced. */
  async function refusedWithdrawal() {
    const side = await mainSide();
    await side.fund(10n);
    await side.depart(10n);
    const code = await publicClient.getCode(side.token);
    await networkHelpers.setCode(side.token.address, '0x');
    await side.execute(0n, [{ recipient: stranger.account.address, amount: 5n }]);
    await networkHelpers.setCode(side.token.address, code!);
    await time.increase(delays.bounceDelay);
    return side;
  }

  it('refuses a bounce, and no more when the pause is over', async () => {
    const side = await loadFixture(refusedWithdrawal);
    await side.pause();
    const until = await side.bridge.read.pausedUntil();
    const bounce = async () => side.main.write.bounce(await side.bounceOf(given));

    await refused(side, bounce(), 'BridgePaused', [until]);
    await time.increaseTo(until);
    await bounce();

    assert.equal(await side.status(0n), 'bounced');
  });

  it('refuses a deposit with a permit', async () => {
    const side = await loadFixture(refusedWithdrawal);
    await side.pause();
    const permit = [0n, 0, zeroHash, zeroHash] as const;
    const deposit = side.main.write.depositWithPermit([side.productToken, 1n, holder.account.address, 0n, ...permit]);
    await refused(side, deposit, 'BridgePaused', [await side.bridge.read.pausedUntil()]);
  });
});

onBothSides('The end of a pause', (fresh) => {
  const paused = async () => {
    const side = await fresh();
    await side.pause();
    const until = await side.bridge.read.pausedUntil();
    return { side, until, prolong: (end: bigint) => side.propose([side.call('prolongPause', [end])]) };
  };

  it('cannot be set to what is no later than it is, nor beyond 40 bits', async () => {
    const { side, until, prolong } = await paused();
    for (const end of [0n, until - 1n, until, 2n ** 40n - 1n, 2n ** 40n, 2n ** 256n - 1n]) {
      await refused(side, prolong(end), 'InvalidPauseEnd', [end]);
    }
  });

  it('cannot be set to now', async () => {
    const side = await fresh();
    const end = (await now()) + 10n;
    const call = side.call('prolongPause', [end]);
    await next(end);
    await refused(side, side.propose([call]), 'InvalidPauseEnd', [end]);
  });

  it('cannot be set to now by an unpause when nothing is paused', async () => {
    const { side, until } = await paused();
    await time.increaseTo(until);
    await refused(side, side.propose([side.call('unpause')]), 'BridgeNotPaused', []);
  });

  it('is set by a quorum to anything later', async () => {
    const { side, until, prolong } = await paused();
    for (const end of [until + 1n, 2n ** 40n - 2n]) {
      await assertions.emitWithArgs(prolong(end), side.bridge, 'PauseChanged', [end]);
      assert.equal(await side.bridge.read.pausedUntil(), end);
    }
  });

  it('is set by a quorum when nothing is paused', async () => {
    const side = await fresh();
    const end = (await now()) + BigInt(HOUR);
    await side.propose([side.call('prolongPause', [end])]);
    assert.equal(await side.bridge.read.paused(), true);
    const arrival = side.submit(0n, encodeTransfers(one(1n)), '0x');
    await refused(side, arrival, 'BridgePaused', [end]);
  });

  it('comes at once by an unpause', async () => {
    const { side } = await paused();
    const ended = await side.propose([side.call('unpause')]);
    await assertions.emitWithArgs(ended, side.bridge, 'PauseChanged', [await now()]);
    assert.equal(await side.bridge.read.paused(), false);
    await side.execute(0n, one(1n));
  });
});
