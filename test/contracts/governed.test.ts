import assert from 'node:assert/strict';
import { it } from 'node:test';

import { type Hex, encodeAbiParameters, keccak256, numberToHex, sliceHex, toFunctionSelector, zeroHash } from 'viem';

import { mainBridgeAbi, productBridgeAbi } from '../../protocol/abi.ts';
import { administrative, changed, selectorsOf, setDelays } from './support/administrative.ts';
import { onBothSides, refused } from './support/both.ts';
import { DAY, HOUR, type HelpedSide, delays, holder, stranger } from './support/bridges.ts';
import { assertions, networkHelpers, time } from './support/network.ts';
import { maskOf, quorum, signAll, signers } from './support/signers.ts';

const addresses = signers.map((signer) => signer.address);
const WINDOW = 7 * DAY;

const now = async () => BigInt(await time.latest());
/** The next transaction's second. */
const next = (second: bigint | number) => time.setNextBlockTimestamp(second);

const hashOf = (calls: readonly Hex[]) => keccak256(encodeAbiParameters([{ type: 'bytes[]' }], [calls]));
/** Nothing was accepted. */
async function unused({ bridge }: HelpedSide): Promise<void> {
  assert.equal(await bridge.read.governanceNonce(), 0n);
  assert.equal((await bridge.read.pendingProposal()).callsHash, zeroHash);
}

onBothSides('A proposal', (fresh, name) => {
  it('is refused after its deadline, and taken in its last second', async () => {
    const side = await fresh();
    const deadline = (await now()) + 100n;
    await next(deadline + 1n);
    await refused(side, side.propose([setDelays(side)], quorum, deadline), 'DeadlinePassed', [deadline]);
    await unused(side);

    await next(deadline);
    await side.propose([setDelays(side)], quorum, deadline);
    assert.equal(await side.bridge.read.governanceNonce(), 1n);
  });

  it('is refused on three signatures, and on none', async () => {
    const side = await fresh();
    for (const calls of [[setDelays(side)], [side.call('unpause')], []]) {
      const three = side.propose(calls, [0, 1, 2]);
      await refused(side, three, 'MissingSignatures', [maskOf([0, 1, 2]), 4n]);
      await refused(side, side.propose(calls, []), 'MissingSignatures', [0, 4n]);
    }
    await unused(side);
  });

  for (const [what, other] of [
    ['other calls', (calls: Hex[], deadline: bigint) => [deadline, [...calls, ...calls]]],
    ['another deadline', (calls: Hex[], deadline: bigint) => [deadline + 1n, calls]],
  ] as [string, (calls: Hex[], deadline: bigint) => [bigint, Hex[]]][]) {
    it(`is refused on signatures of ${what}`, async () => {
      const side = await fresh();
      const calls = [setDelays(side)];
      const signatures = await signAll(await side.bridge.read.governanceDigest(other(calls, 2n ** 64n)));
      const proposed = side.bridge.write.propose([2n ** 64n, calls, signatures]);
      await refused(side, proposed, 'InvalidSignature', [0n, addresses[0]]);
      await unused(side);
    });
  }

  it('is refused on signatures of an earlier list of signers, however low the threshold is now', async () => {
    const side = await fresh();
    const three = addresses.slice(0, 5);
    await side.propose([side.call('setSigners', [three, 3n])]);
    const calls = [side.call('prolongPause', [2n ** 40n - 2n])];
    const old = await signAll(await side.bridge.read.governanceDigest([2n ** 64n, calls]), [0, 1, 2]);
    await time.increase(delays.governanceDelay);
    await side.bridge.write.execute([[side.call('setSigners', [three, 3n])]]);
    await refused(side, side.bridge.write.propose([2n ** 64n, calls, old]), 'InvalidSignature', [0n, addresses[0]]);
  });

  it('keeps the time of its acceptance', async () => {
    const side = await fresh();
    assert.equal(await side.bridge.read.lastProposalAt(), 0n);
    await side.propose([side.call('renew')]);
    assert.equal(await side.bridge.read.lastProposalAt(), await now());
  });

  it('is refused a second time', async () => {
    const side = await fresh();
    const signatures = await signAll(await side.bridge.read.governanceDigest([2n ** 64n, []]));
    const propose = () => side.bridge.write.propose([2n ** 64n, [], signatures]);
    await propose();
    await refused(side, propose(), 'InvalidSignature', [0n, addresses[0]]);
  });

  it("is refused when it names anything but the bridge's own administrative functions", async () => {
    const side = await fresh();
    const [own, its] = name === 'main' ? [mainBridgeAbi, productBridgeAbi] : [productBridgeAbi, mainBridgeAbi];
    const open = selectorsOf(own, (found) => !administrative.has(found));
    const foreign = selectorsOf(its, (found) => ['openPeg', 'retirePeg', 'setGasCap'].includes(found));
    const known = setDelays(side);
    const token = toFunctionSelector('transfer(address,uint256)');

    for (const selector of [...[...open, ...foreign].map(([, found]) => found), token]) {
      await refused(side, side.propose([known, selector]), 'UnknownCall', [1n, selector]);
    }
    await refused(side, side.propose(['0x']), 'UnknownCall', [0n, '0x00000000']);
    const cut = sliceHex(known, 0, 3);
    await refused(side, side.propose([known, known, cut]), 'UnknownCall', [2n, `${cut}00`]);
    await unused(side);
  });

  it('waits its delay in the open', async () => {
    const side = await fresh();
    const calls = [setDelays(side), side.call('setMinimum', [side.productToken, 2n])];
    const proposed = await side.propose(calls, [1, 2, 4, 5]);
    const executableAt = (await now()) + BigInt(delays.governanceDelay);

    await assertions.emitWithArgs(proposed, side.bridge, 'ProposalAccepted', [
      0n,
      executableAt,
      maskOf([1, 2, 4, 5]),
      calls,
    ]);
    assert.deepEqual(await side.bridge.read.pendingProposal(), {
      nonce: 0n,
      callsHash: hashOf(calls),
      executableAt,
      listEpoch: 1n,
    });
    assert.deepEqual(await side.bridge.read.delays(), delays);
  });
});

/** The slot of nonces and `listEpoch`: one proposal accepted, no pause, the first list. */
async function governanceSlot({ address, bridge }: HelpedSide): Promise<number> {
  const at = await bridge.read.lastProposalAt();
  const expected = 1n + (1n << 128n) + (at << 192n);
  for (let slot = 0; slot < 20; slot++) {
    if (BigInt(await networkHelpers.getStorageAt(address, slot)) === expected) return slot;
  }
  throw new Error('not found');
}

onBothSides('A pending proposal', (fresh) => {
  const proposed = async () => {
    const side = await fresh();
    const calls = [setDelays(side)];
    await side.propose(calls);
    const { executableAt } = await side.bridge.read.pendingProposal();
    return { side, calls, executableAt, execute: () => side.bridge.write.execute([calls]) };
  };

  it('is refused when nothing is pending, and so are no calls', async () => {
    const side = await fresh();
    for (const calls of [[], [setDelays(side)]]) {
      await refused(side, side.bridge.write.execute([calls]), 'NotPending', [hashOf(calls), zeroHash]);
    }
  });

  it('is refused with other calls', async () => {
    const { side, calls, executableAt } = await proposed();
    await time.increaseTo(executableAt);
    const other = [setDelays(side, { parkDelay: 3 })];
    await refused(side, side.bridge.write.execute([other]), 'NotPending', [hashOf(other), hashOf(calls)]);
  });

  for (const [when, seconds] of [
    ['a second before its delay is over', -1],
    ['when seven days are over', WINDOW],
  ] as const) {
    it(`is refused ${when}`, async () => {
      const { side, executableAt, execute } = await proposed();
      await next(executableAt + BigInt(seconds));
      const window = [executableAt, executableAt + BigInt(WINDOW)];
      await refused(side, execute(), 'OutsideWindow', window);
    });
  }

  for (const [when, seconds] of [
    ['as soon as its delay is over', 0],
    ['in the last second of seven days', WINDOW - 1],
  ] as const) {
    it(`is executed by anyone ${when}, once`, async () => {
      const { side, calls, executableAt } = await proposed();
      await next(executableAt + BigInt(seconds));
      const done = side.bridge.write.execute([calls], { account: stranger.account.address });
      await assertions.emitWithArgs(done, side.bridge, 'ProposalExecuted', [0n]);
      assert.deepEqual(await side.bridge.read.delays(), changed);

      await refused(side, side.bridge.write.execute([calls]), 'NotPending', [hashOf(calls), zeroHash]);
    });
  }

  it('is replaced by a later one', async () => {
    const { side, calls, execute } = await proposed();
    const later = [setDelays(side, { parkDelay: 3 })];
    await side.propose(later);
    await time.increaseTo((await side.bridge.read.pendingProposal()).executableAt);

    await refused(side, execute(), 'NotPending', [hashOf(calls), hashOf(later)]);
    await side.bridge.write.execute([later]);

    assert.equal((await side.bridge.read.delays()).parkDelay, 3);
  });

  it('is cancelled by an empty one', async () => {
    const { side, calls, executableAt, execute } = await proposed();
    await side.propose([]);
    await next(executableAt);
    await refused(side, execute(), 'NotPending', [hashOf(calls), zeroHash]);
    assert.equal(await side.bridge.read.governanceNonce(), 2n);
  });

  for (const [what, immediate] of [
    ['a longer pause', async (side) => side.call('prolongPause', [(await now()) + BigInt(HOUR)])],
    ['a lower limit', (side) => side.call('lowerLimit', [side.productToken, 0n, 0n])],
    ['a void, which raises the signer epoch', (side) => side.call('voidParked', [side.productToken, [0n]])],
    ['revoked signatures', (side) => side.call('revokeSignatures')],
    ['a sign of life', (side) => side.call('renew')],
  ] as [string, (side: HelpedSide) => Hex | Promise<Hex>][]) {
    it(`outlives ${what}`, async () => {
      const { side, executableAt, execute } = await proposed();
      await side.propose([await immediate(side)]);
      await next(executableAt);
      await execute();
      assert.deepEqual(await side.bridge.read.delays(), changed);
    });
  }

  it('of a rotation outlives the pauses of the key that it removes', async () => {
    const side = await fresh();
    const rotation = side.call('setSigners', [[...addresses.slice(1), stranger.account.address], 4n]);
    await side.propose([rotation], [1, 2, 3, 4]);
    await side.pause(0);
    await side.propose([side.call('unpause')], [1, 2, 3, 4]);
    await time.increase(delays.governanceDelay);
    await side.bridge.write.execute([[rotation]]);
    assert.equal(await side.bridge.read.listEpoch(), 2n);
  });

  it('is refused under another list of signers', async () => {
    const { side, executableAt, execute } = await proposed();
    // Every change of the list consumes or replaces the pending proposal, so only a write to storage reaches this state.
    const slot = await governanceSlot(side);
    const state = BigInt(await networkHelpers.getStorageAt(side.address, slot));
    await networkHelpers.setStorageAt(side.address, slot, numberToHex(state + (1n << 128n), { size: 32 }));
    assert.equal(await side.bridge.read.listEpoch(), 2n);
    await next(executableAt);
    await refused(side, execute(), 'SignersReplaced', [1n, 2n]);
  });

  it('stays when one of its calls is refused, which takes back the others', async () => {
    const side = await fresh();
    const calls = [setDelays(side), side.call('unpause')];
    await refused(side, side.govern(...calls), 'BridgeNotPaused', []);
    assert.deepEqual(await side.bridge.read.delays(), delays);

    await side.pause();
    await side.bridge.write.execute([calls]);
    assert.deepEqual(await side.bridge.read.delays(), changed);
  });
});

onBothSides(
  'Immediate calls',
  (fresh) => {
    const parked = async () => {
      const side = await fresh();
      await side.execute(0n, [{ recipient: holder.account.address, amount: 11n }]);
      await side.pause();
      return side;
    };
    const calls = async (side: HelpedSide) => [
      side.call('prolongPause', [(await now()) + BigInt(DAY)]),
      side.call('lowerLimit', [side.productToken, 0n, 0n]),
      side.call('voidParked', [side.productToken, [0n]]),
      side.call('unpause'),
    ];

    it('run with the proposal, one and all', async () => {
      const side = await parked();
      const proposed = await side.propose(await calls(side));

      await assertions.emitWithArgs(proposed, side.bridge, 'ProposalExecuted', [0n]);
      assert.equal(await side.bridge.read.paused(), false);
      assert.equal(await side.status(0n), 'open');
      assert.equal((await side.bridge.read.peg([side.productToken])).capacity, 0n);
      assert.equal((await side.bridge.read.pendingProposal()).callsHash, zeroHash);
    });

    it('wait with one that is not', async () => {
      const side = await parked();
      const mixed = [...(await calls(side)), setDelays(side)];
      for (const given of [mixed, mixed.toReversed()]) {
        await side.propose(given);
        assert.equal(await side.bridge.read.paused(), true);
        assert.equal(await side.status(0n), 'parked');
        assert.equal((await side.bridge.read.pendingProposal()).callsHash, hashOf(given));
      }
    });

    it('that are refused take nothing', async () => {
      const side = await fresh();
      await refused(side, side.propose([side.call('unpause')]), 'BridgeNotPaused', []);
      await unused(side);
    });
  },
  { capacity: 10n },
);
