import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import { type Address, type Hex, decodeFunctionData, encodeFunctionResult, getAddress } from 'viem';

import { rewardsAbi } from '../../../protocol/abi.ts';
import { encodeSignatures } from '../../../protocol/attestation.ts';
import { PegwayError } from '../../../protocol/errors.ts';
import type { Reason } from '../../../protocol/reasons.ts';
import type { RewardPeriod } from '../../../protocol/rewards.ts';
import { createRewardsPublisher } from '../../../relayer/rewards/publisher.ts';
import type { RewardsStatement } from '../../../relayer/state/statement.ts';

const address = (byte: string): Address => `0x${byte.repeat(20)}`;
const signers = ['11', '22', '33', '44', '55', '66'].map(address);
const [token, rewards] = [address('aa'), address('bb')];
const signature: Hex = `0x${'01'.repeat(64)}`;
const periodOf = (period: bigint): RewardPeriod => ({
  ...{ period, endsAt: 0n, distributed: 10n, carried: 0n, shares: [] },
  ...{ total: 10n * period, root: `0x${period.toString().repeat(64)}` },
});

describe('the publisher of rewards', () => {
  let periods: RewardPeriod[];
  let published: { period: bigint; root: Hex; total: bigint };
  let refusals: { signer: Address; reason: Reason }[];
  let time: number;
  let obstacle: Reason | undefined;
  let asked: RewardsStatement[];
  let sent: { key: string; args: readonly unknown[] }[];
  let mismatches: bigint[];
  let reads: number;

  beforeEach(() => {
    periods = [periodOf(1n), periodOf(2n)];
    published = { period: 0n, root: `0x${'00'.repeat(32)}`, total: 0n };
    [refusals, asked, sent, mismatches] = [[], [], [], []];
    [time, reads, obstacle] = [0, 0, undefined];
  });

  const publisherOf = (signer: Address) =>
    createRewardsPublisher({
      main: {
        chainId: 1,
        nodes: {
          name: 'main',
          one(method: string) {
            if (method === 'eth_estimateGas') return Promise.resolve('0x64');
            reads++;
            const result = { ...published, paid: 0n };
            return Promise.resolve(encodeFunctionResult({ abi: rewardsAbi, functionName: 'distribution', result }));
          },
        },
      } as never,
      ...{ rewards, payer: signer, turnSeconds: 10, now: () => time, log: { info: () => undefined } },
      book: { tokens: () => [token], periods: () => periods },
      authority: () => ({ signers, threshold: 4, signerEpoch: 1n }),
      attester: {
        address: signer,
        sign: () =>
          obstacle === undefined
            ? Promise.resolve(signature)
            : Promise.reject(new PegwayError('not signed', { code: obstacle })),
      },
      collect(statement) {
        asked.push(statement as RewardsStatement);
        const signatures = signers.slice(0, refusals.length > 0 ? 3 : 4).map((_, index) => ({ index, signature }));
        return Promise.resolve({ signatures, refusals, shrinkTo: undefined });
      },
      transactions: {
        submit({ key, to, data }: { key: string; to: Address; data: Hex }) {
          assert.equal(to, rewards);
          sent.push({ key, args: decodeFunctionData({ abi: rewardsAbi, data }).args });
          return Promise.resolve({});
        },
      } as never,
      signal: new AbortController().signal,
      onMismatch: (_, period) => mismatches.push(period),
    });

  /** The signer with the first turn for period 1. */
  async function leader(): Promise<Address> {
    for (const signer of signers) {
      await publisherOf(signer).publish();
      if (sent.length > 0) return signer;
    }
    throw new Error('no signer has the first turn');
  }

  it('publishes the next period with a quorum, in the first turn of one signer and later of the others', async () => {
    const first = await leader();
    const one = periodOf(1n);
    const signatures = encodeSignatures([0, 1, 2, 3].map((index) => ({ index, signature })));
    assert.deepEqual(
      sent.map(({ args }) => args),
      [[getAddress(token), 1n, one.root, one.total, signatures]],
    );
    assert.equal(asked.length, 1);

    sent = [];
    const others = signers.filter((signer) => signer !== first).map(publisherOf);
    for (const publisher of others) await publisher.publish();
    assert.equal(sent.length, 0);
    for (const turn of [1, 2, 3, 4, 5]) {
      time = turn * 10;
      sent = [];
      for (const publisher of others) await publisher.publish();
      assert.equal(sent.length, turn);
    }
  });

  it('publishes one period after the other, and asks for none that is not finished', async () => {
    time = 1_000;
    const publisher = publisherOf(await leader());
    sent = [];
    published = { period: 1n, root: periodOf(1n).root, total: 10n };
    await publisher.publish();
    published = { period: 2n, root: periodOf(2n).root, total: 20n };
    await publisher.publish();
    const before = reads;
    await publisher.publish();
    assert.equal(reads, before, 'a published token costs no request');
    assert.deepEqual(mismatches, []);
  });

  it('doubts its own root when a peer or the chain has another', async () => {
    const first = await leader();
    sent = [];
    refusals = [{ signer: signers[5]!, reason: 'digest-mismatch' }];
    await publisherOf(first).publish();
    assert.deepEqual([sent, mismatches], [[], [1n]]);

    published = { period: 1n, root: periodOf(3n).root, total: 10n };
    await publisherOf(first).publish();
    assert.deepEqual([sent, mismatches], [[], [1n, 1n]]);
  });

  it('waits while its own signature is refused, or others are missing', async () => {
    const first = await leader();
    sent = [];
    refusals = [{ signer: signers[5]!, reason: 'not-final' }];
    await publisherOf(first).publish();
    obstacle = 'standby';
    await publisherOf(first).publish();
    assert.deepEqual([sent, mismatches], [[], []]);
  });
});
