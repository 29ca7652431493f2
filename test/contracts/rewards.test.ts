// The distribution of fees to the signers.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type Address, type Hex, concatHex, encodeAbiParameters, getAddress, keccak256, zeroAddress } from 'viem';

import { rewardsDigest } from '../../protocol/attestation.ts';
import { rewardsProof, rewardsRoot } from '../../protocol/rewards-tree.ts';
import { address, at, holder, mainSide, nextAddress, stranger } from './support/bridges.ts';
import { assertions, loadFixture, publicClient, time, viem } from './support/network.ts';
import { signAll, signOne, signers, strangers } from './support/signers.ts';

const COIN: Address = '0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE';

interface Share {
  readonly account: Address;
  readonly earned: bigint;
}

const leafOf = ({ account, earned }: Share): Hex => {
  const encoded = encodeAbiParameters([{ type: 'address' }, { type: 'uint256' }], [account, earned]);
  return keccak256(keccak256(encoded));
};
const pair = (a: Hex, b: Hex): Hex => keccak256(concatHex(BigInt(a) < BigInt(b) ? [a, b] : [b, a]));
/** The root of two leaves; the proof of each is the other. */
const rootOf = ([a, b]: readonly [Share, Share]): Hex => pair(leafOf(a), leafOf(b));

const [alice, bob] = [signers[0]!.address, signers[1]!.address];
const shares = (a: bigint, b: bigint) =>
  [
    { account: alice, earned: a },
    { account: bob, earned: b },
  ] as const;

async function deployed() {
  // The bridge comes right after: its libraries are there already.
  await mainSide();
  const token = await viem.deployContract('DemoToken', ['Salvage', 'SMENT', 18]);
  const bridgeAddress = await nextAddress(1);
  const rewards = await viem.deployContract('Rewards', [bridgeAddress]);
  const side = await mainSide({ satellites: { rewards: rewards.address } }, token.address);
  assert.equal(side.address.toLowerCase(), bridgeAddress.toLowerCase());
  await token.write.mint([rewards.address, 100n]);

  const publish = async (period: bigint, root: Hex, total: bigint, of: Address = token.address, by = [0, 1, 2, 3]) => {
    const digest = await rewards.read.publishDigest([of, period, root, total]);
    return rewards.write.publish([of, period, root, total, await signAll(digest, by)]);
  };
  const claim = (share: Share, other: Share, of: Address = token.address) =>
    rewards.write.claim([of, share.account, share.earned, [leafOf(other)]]);
  return { ...side, token, rewards, publish, claim };
}

const paid = async () => {
  const side = await deployed();
  const first = shares(60n, 40n);
  await side.publish(1n, rootOf(first), 100n);
  return { ...side, first };
};

describe('A root of rewards', () => {
  it('computed in TypeScript, has a digest and proofs that the contract accepts', async () => {
    const side = await loadFixture(deployed);
    for (let count = 1; count <= 7; count++) {
      const leaves = signers.slice(0, 5).concat(strangers.slice(0, 2)).slice(0, count);
      const all = leaves.map(({ address: account }, index) => ({ account, earned: BigInt(count + (index % 2)) }));
      const statement = { token: side.token.address, period: BigInt(count), root: rewardsRoot(all) };
      const total = all.reduce((sum, { earned }) => sum + earned, 0n);
      assert.equal(
        rewardsDigest({ ...statement, total, chainId: 31_337, rewards: side.rewards.address, signerEpoch: 1n }),
        await side.rewards.read.publishDigest([statement.token, statement.period, statement.root, total]),
      );
      await side.publish(statement.period, statement.root, total);
      for (const { account, earned } of all) {
        if (earned > (await side.rewards.read.claimed([side.token.address, account]))) {
          await side.rewards.write.claim([side.token.address, account, earned, rewardsProof(all, account)]);
        }
        assert.equal(await side.rewards.read.claimed([side.token.address, account]), earned);
      }
    }
  });

  it('is published with a quorum of the bridge, once a period, in order', async () => {
    const side = await loadFixture(deployed);
    const root = rootOf(shares(60n, 40n));
    const digest = await side.rewards.read.publishDigest([side.token.address, 1n, root, 100n]);
    await assertions.revertWithCustomErrorWithArgs(
      side.publish(1n, root, 100n, side.token.address, [0, 1, 2]),
      side.rewards,
      'NoQuorum',
      [digest],
    );
    await assertions.emitWithArgs(side.publish(1n, root, 100n), side.rewards, 'Published', [
      getAddress(side.token.address),
      1n,
      root,
      100n,
    ]);
    for (const period of [1n, 3n]) {
      await assertions.revertWithCustomErrorWithArgs(side.publish(period, root, 100n), side.rewards, 'WrongPeriod', [
        getAddress(side.token.address),
        period,
        2n,
      ]);
    }
  });

  it('is published by approvals that anyone passed', async () => {
    const side = await loadFixture(deployed);
    const root = rootOf(shares(60n, 40n));
    const digest = await side.rewards.read.publishDigest([side.token.address, 1n, root, 100n]);
    await side.main.write.approve([digest, await signAll(digest)], { account: stranger.account });
    await side.rewards.write.publish([side.token.address, 1n, root, 100n, '0x']);
    assert.deepEqual(await side.rewards.read.distribution([side.token.address]), {
      period: 1n,
      root,
      total: 100n,
      paid: 0n,
    });
  });

  it('signed in an earlier epoch is refused', async () => {
    const side = await loadFixture(deployed);
    const root = rootOf(shares(60n, 40n));
    const signatures = await signAll(await side.rewards.read.publishDigest([side.token.address, 1n, root, 100n]));
    await side.propose([side.call('revokeSignatures')]);
    const call = side.rewards.write.publish([side.token.address, 1n, root, 100n, signatures]);
    await assert.rejects(call, /InvalidSignature|0x/);
    assert.equal((await side.rewards.read.distribution([side.token.address])).period, 0n);
  });

  it('never promises more than is there, nor less than before', async () => {
    const side = await loadFixture(paid);
    const invalid = (total: bigint, minimum: bigint, maximum: bigint) =>
      assertions.revertWithCustomErrorWithArgs(
        side.publish(2n, rootOf(side.first), total),
        side.rewards,
        'InvalidTotal',
        [total, minimum, maximum],
      );
    await invalid(101n, 100n, 100n);
    await invalid(99n, 100n, 100n);
    await side.claim(side.first[0], side.first[1]);
    await invalid(101n, 100n, 100n);
    await side.token.write.mint([side.rewards.address, 5n]);
    await side.publish(2n, rootOf(shares(63n, 42n)), 105n);
  });
});

describe('A claim', () => {
  it('pays what was earned and not claimed, once', async () => {
    const side = await loadFixture(paid);
    const [a, b] = side.first;
    await assertions.emitWithArgs(side.claim(a, b), side.rewards, 'Claimed', [
      getAddress(side.token.address),
      getAddress(alice),
      getAddress(alice),
      60n,
    ]);
    assert.equal(await side.balanceOf(alice), 60n);
    await assertions.revertWithCustomErrorWithArgs(side.claim(a, b), side.rewards, 'NothingToClaim', [
      getAddress(side.token.address),
      getAddress(alice),
    ]);

    await side.token.write.mint([side.rewards.address, 10n]);
    const [later, other] = shares(65n, 45n);
    await side.publish(2n, rootOf([later, other]), 110n);
    await side.claim(later, other);
    await side.claim(other, later);
    assert.deepEqual([await side.balanceOf(alice), await side.balanceOf(bob)], [65n, 45n]);
    assert.equal(await side.balanceOf(side.rewards.address), 0n);
    assert.equal(await side.rewards.read.claimed([side.token.address, alice]), 65n);
  });

  it("with another's proof, of more, or of another token is refused", async () => {
    const side = await loadFixture(paid);
    const [a, b] = side.first;
    const invalid = (share: Share, token: Address = side.token.address, proof = [leafOf(b)]) =>
      assertions.revertWithCustomErrorWithArgs(
        side.rewards.write.claim([token, share.account, share.earned, proof]),
        side.rewards,
        'InvalidProof',
        [getAddress(share.account), share.earned],
      );
    await invalid({ ...a, account: holder.account.address });
    await invalid({ ...a, earned: 61n });
    await invalid(a, side.token.address, [leafOf(a)]);
    await invalid(a, address(5));
  });

  it('never pays beyond the total, whatever the leaves add up to', async () => {
    const side = await loadFixture(deployed);
    const [a, b] = shares(60n, 60n);
    await side.publish(1n, rootOf([a, b]), 100n);
    await side.claim(a, b);
    await assertions.revertWithCustomErrorWithArgs(side.claim(b, a), side.rewards, 'InvalidTotal', [120n, 0n, 100n]);
  });

  it('of coins pays coins', async () => {
    const side = await loadFixture(deployed);
    await holder.sendTransaction({ to: side.rewards.address, value: 100n });
    const [a, b] = shares(60n, 40n);
    await side.publish(1n, rootOf([a, b]), 100n, COIN);
    const before = await publicClient.getBalance({ address: alice });
    await side.claim(a, b, COIN);
    assert.equal((await publicClient.getBalance({ address: alice })) - before, 60n);
  });
});

describe('The payout of a signer', () => {
  const payout = stranger.account.address;
  const name = async (side: Awaited<ReturnType<typeof deployed>>, to: Address, signer = signers[0]!) =>
    side.rewards.write.setPayout([alice, to, await signOne(await side.rewards.read.payoutDigest([alice, to]), signer)]);

  it('is named once by its signature, and then moved by the payout alone', async () => {
    const side = await loadFixture(paid);
    await assertions.emitWithArgs(name(side, payout), side.rewards, 'PayoutChanged', [
      getAddress(alice),
      getAddress(payout),
    ]);
    const caller = (await at(await side.claim(side.first[0], side.first[1]))).from;
    assert.equal(await side.balanceOf(payout), 60n);
    await assertions.revertWithCustomErrorWithArgs(name(side, address(9)), side.rewards, 'NotPayout', [
      getAddress(alice),
      getAddress(caller),
    ]);
    const move = (by = holder) => side.rewards.write.movePayout([alice, address(9)], { account: by.account });
    await assertions.revertWithCustomErrorWithArgs(move(), side.rewards, 'NotPayout', [
      getAddress(alice),
      getAddress(holder.account.address),
    ]);
    await move(stranger);
    assert.equal(await side.rewards.read.payoutOf([alice]), getAddress(address(9)));
  });

  it('is refused on the signature of another, on none, and as zero', async () => {
    const side = await loadFixture(paid);
    await assertions.revertWithCustomErrorWithArgs(
      name(side, payout, strangers[0]),
      side.rewards,
      'InvalidPayoutSignature',
      [getAddress(alice), getAddress(strangers[0]!.address)],
    );
    await assertions.revertWithCustomErrorWithArgs(
      side.rewards.write.setPayout([alice, payout, '0x']),
      side.rewards,
      'InvalidPayoutSignature',
      [getAddress(alice), zeroAddress],
    );
    await assertions.revertWithCustomErrorWithArgs(name(side, zeroAddress), side.rewards, 'InvalidPayout', [
      zeroAddress,
    ]);
    await time.increase(1);
  });
});
