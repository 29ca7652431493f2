import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import {
  type Abi,
  type Address,
  type Hex,
  encodeAbiParameters,
  keccak256,
  numberToHex,
  sliceHex,
  toFunctionSelector,
  zeroAddress,
  zeroHash,
} from 'viem';

import { mainBridgeAbi, productBridgeAbi } from '../../relayer/chain/abi.ts';
import { encodeTransfers } from '../../relayer/transfer/attestation.ts';
import { onBothSides, refused } from './support/both.ts';
import {
  DAY,
  HOUR,
  type HelpedSide,
  UNLIMITED,
  address,
  delays,
  deployMainBridge,
  deployToken,
  holder,
  mainPeg,
  mainSide,
  productPeg,
  stranger,
} from './support/bridges.ts';
import { assertions, loadFixture, networkHelpers, publicClient, time } from './support/network.ts';
import { maskOf, quorum, signAll, signOne, signers, strangers } from './support/signers.ts';

const addresses = signers.map((signer) => signer.address);
const MAXIMUM_DELAY = 30 * DAY;
const WINDOW = 7 * DAY;

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
      'a release': (side: HelpedSide) => side.bridge.write.release([side.productToken, 0n]),
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
  const given = [holder.account.address, stranger.account.address, 5n] as const;

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
    const signatures = await signAll(await side.main.read.bounceDigest([side.productToken, 0n, ...given]));
    const bounce = () => side.main.write.bounce([side.productToken, 0n, ...given, signatures]);

    await refused(side, bounce(), 'BridgePaused', [until]);
    await time.increaseTo(until);
    await bounce();

    assert.equal(await side.status(0n), 'bounced');
  });

  it('refuses a deposit with a permit', async () => {
    const side = await loadFixture(refusedWithdrawal);
    await side.pause();
    const permit = [0n, 0, zeroHash, zeroHash] as const;
    const deposit = side.main.write.depositWithPermit([side.productToken, 1n, holder.account.address, ...permit]);
    await refused(side, deposit, 'BridgePaused', [await side.bridge.read.pausedUntil()]);
  });
});

const changed = { governanceDelay: 1, parkDelay: 2, pauseDuration: 3, bounceDelay: 4 };
const setDelays = (side: HelpedSide, given: Partial<typeof delays> = changed) =>
  side.call('setDelays', [{ ...delays, ...given }]);
const hashOf = (calls: readonly Hex[]) => keccak256(encodeAbiParameters([{ type: 'bytes[]' }], [calls]));
/** Nothing was accepted. */
async function unused({ bridge }: HelpedSide): Promise<void> {
  assert.equal(await bridge.read.governanceNonce(), 0n);
  assert.equal((await bridge.read.pendingProposal()).callsHash, zeroHash);
}

const administrative = new Set([
  ...['setSigners', 'setDelays', 'unpause', 'prolongPause', 'setLimit', 'lowerLimit', 'setMinimum', 'voidParked'],
  ...['openPeg', 'retirePeg', 'setGasCap'],
]);
const selectorsOf = (abi: Abi, wanted: (name: string) => boolean) =>
  abi.flatMap((item) =>
    item.type === 'function' && item.stateMutability === 'nonpayable' && wanted(item.name)
      ? [[item.name, toFunctionSelector(item)] as const]
      : [],
  );

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
      await refused(side, side.propose(calls, []), 'InvalidSignaturesLength', [0n, 4n]);
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
      signerEpoch: 1n,
    });
    assert.deepEqual(await side.bridge.read.delays(), delays);
  });
});

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

  for (const [what, replacement] of [
    ['cancelled by an empty one', async () => Promise.resolve([])],
    [
      'replaced by an immediate one',
      async (side: HelpedSide) => [side.call('prolongPause', [(await now()) + BigInt(HOUR)])],
    ],
  ] as [string, (side: HelpedSide) => Promise<Hex[]>][]) {
    it(`is ${what}`, async () => {
      const { side, calls, executableAt, execute } = await proposed();
      await side.propose(await replacement(side));
      await next(executableAt);
      await refused(side, execute(), 'NotPending', [hashOf(calls), zeroHash]);
      assert.equal(await side.bridge.read.governanceNonce(), 2n);
    });
  }

  it('is worth nothing in another signer epoch', async () => {
    const { side, executableAt, execute } = await proposed();
    // Whatever raises the epoch replaces or uses up what is pending: only the storage can be made to say so.
    const slot = 2;
    const state = BigInt(await networkHelpers.getStorageAt(side.address, slot));
    await networkHelpers.setStorageAt(side.address, slot, numberToHex(state + (1n << 160n), { size: 32 }));
    assert.equal(await side.bridge.read.signerEpoch(), 2n);
    await next(executableAt);
    await refused(side, execute(), 'EpochChanged', [1n, 2n]);
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
      await side.execute(0n, one(11n));
      await side.pause();
      return side;
    };
    const calls = async (side: HelpedSide) => [
      side.call('prolongPause', [(await now()) + BigInt(DAY)]),
      side.call('lowerLimit', [side.productToken, 0n, 0n]),
      side.call('voidParked', [side.productToken, 0n]),
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

onBothSides('An administrative function', (fresh, name) => {
  const every: Record<string, (side: HelpedSide, mainToken: Address) => readonly unknown[]> = {
    setSigners: () => [addresses, 4n],
    setDelays: () => [delays],
    unpause: () => [],
    prolongPause: () => [2n ** 39n],
    setLimit: ({ productToken }) => [productToken, UNLIMITED, 0n],
    lowerLimit: ({ productToken }) => [productToken, 0n, 0n],
    setMinimum: ({ productToken }) => [productToken, 1n],
    voidParked: ({ productToken }) => [productToken, 0n],
    openPeg: (_, mainToken) => [name === 'main' ? mainPeg(mainToken) : productPeg()],
    ...(name === 'main' && {
      retirePeg: ({ productToken }: HelpedSide) => [productToken],
      setGasCap: ({ productToken }: HelpedSide) => [productToken, 100_000],
    }),
  };

  it('is one of those below', () => {
    const abi = name === 'main' ? mainBridgeAbi : productBridgeAbi;
    const found = selectorsOf(abi, (one) => administrative.has(one)).map(([one]) => one);
    assert.deepEqual(found.toSorted(), Object.keys(every).toSorted());
  });

  for (const [functionName, args] of Object.entries(every)) {
    it(`is refused to all but governance: ${functionName}`, async () => {
      const side = await fresh();
      const data = side.call(functionName, args(side, (await deployToken()).address));
      for (const signer of [stranger, holder]) {
        const call = signer.sendTransaction({ to: side.address, data });
        await refused(side, call, 'OnlyGovernance', [signer.account.address]);
      }
    });
  }
});

onBothSides('The delays', (fresh) => {
  const refusals = [
    ['a pause of no length', { pauseDuration: 0 }, 0],
    ...Object.keys(delays).map((key) => [
      `a ${key} above thirty days`,
      { [key]: MAXIMUM_DELAY + 1 },
      MAXIMUM_DELAY + 1,
    ]),
  ] as [string, Partial<typeof delays>, number][];

  for (const [what, given, found] of refusals) {
    it(`refuse ${what}`, async () => {
      const side = await fresh();
      const expected = [BigInt(found), BigInt(MAXIMUM_DELAY)];
      await refused(side, side.govern(setDelays(side, given)), 'InvalidDelay', expected);
      await assert.rejects(
        deployMainBridge([], { delays: { ...delays, ...given } }),
        new RegExp(`InvalidDelay\\(${found}, ${MAXIMUM_DELAY}\\)`),
      );
    });
  }

  for (const [what, given] of [
    ['as short as can be', { governanceDelay: 0, parkDelay: 0, pauseDuration: 1, bounceDelay: 0 }],
    ['thirty days', Object.fromEntries(Object.keys(delays).map((key) => [key, MAXIMUM_DELAY])) as typeof delays],
  ] as const) {
    it(`may be ${what}`, async () => {
      const side = await fresh();
      await assertions.emitWithArgs(side.govern(setDelays(side, given)), side.bridge, 'DelaysChanged', [given]);
      assert.deepEqual(await side.bridge.read.delays(), given);
    });
  }
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
    for (const end of [0n, until - 1n, until, 2n ** 40n, 2n ** 256n - 1n]) {
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
    for (const end of [until + 1n, 2n ** 40n - 1n]) {
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
