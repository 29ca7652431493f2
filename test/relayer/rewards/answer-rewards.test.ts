import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import { PegwayError } from '../../../protocol/errors.ts';
import type { Reason } from '../../../protocol/reasons.ts';
import { recoverSigner } from '../../../protocol/recover-signer.ts';
import type { RewardPeriod } from '../../../protocol/rewards.ts';
import type { RewardsRequest } from '../../../relayer/peers/request.ts';
import { type RewardsAnswering, answerRewards } from '../../../relayer/rewards/answer-rewards.ts';
import { stateRewards } from '../../../relayer/state/statement.ts';
import { bridges, keys, productToken } from '../support.ts';

const [rewards, token] = [bridges[1], productToken];
const [own, caller] = keys;
assert.ok(own !== undefined && caller !== undefined);
const computed: RewardPeriod = {
  ...{ period: 3n, endsAt: 0n, distributed: 10n, carried: 0n, shares: [], total: 90n },
  root: `0x${'33'.repeat(32)}`,
};

describe('handling a request for a signature over rewards', () => {
  let epoch: bigint;
  let onChain: bigint;
  let signers: readonly `0x${string}`[];
  let obstacle: Reason | undefined;
  let signed: number;
  beforeEach(() => {
    [epoch, onChain, obstacle, signed] = [1n, 1n, undefined, 0];
    signers = keys.map(({ address }) => address);
  });

  const context = (): RewardsAnswering => ({
    ...{ chainId: 1, rewards },
    authority: () => ({ signers, signerEpoch: epoch }),
    catchUp(named) {
      if (named > epoch) epoch = onChain;
      return Promise.resolve();
    },
    period: (of, period) => (of === token && period === 3n ? computed : undefined),
    attester: {
      address: own.address,
      sign({ digest }) {
        if (obstacle !== undefined) return Promise.reject(new PegwayError('not signed', { code: obstacle }));
        signed++;
        return own.sign(digest);
      },
    },
  });

  /** A request for `computed`, as the caller has it. */
  async function request(change: Partial<RewardPeriod> = {}, signerEpoch = 1n, by = caller!): Promise<RewardsRequest> {
    const period = { ...computed, ...change };
    const { digest } = stateRewards({ chainId: 1, rewards }, signerEpoch, token, period);
    const signature = await by.sign(digest);
    const named = { token, period: period.period.toString(), signerEpoch: signerEpoch.toString() };
    return { chainId: 1, rewards, ...named, digest, signature };
  }
  const refused = async (reason: Reason, asked: RewardsRequest) =>
    assert.deepEqual(await answerRewards(asked, context(), { recover: recoverSigner }), { reason });

  it('signs its own root for a current signer', async () => {
    const asked = await request();
    const answer = await answerRewards(asked, context(), { recover: recoverSigner });
    assert.deepEqual(answer, { signer: own.address, digest: asked.digest, signature: await own.sign(asked.digest) });
  });

  it('refuses another root or total, and a period that it has not computed', async () => {
    await refused('digest-mismatch', await request({ root: `0x${'34'.repeat(32)}` }));
    await refused('digest-mismatch', await request({ total: 91n }));
    await refused('not-final', await request({ period: 4n }));
    await refused('not-final', { ...(await request()), token: bridges[0] });
    assert.equal(signed, 0);
  });

  it('refuses another contract, chain or epoch, and a caller who is not a signer', async () => {
    await refused('wrong-bridge', { ...(await request()), rewards: bridges[0] });
    await refused('wrong-bridge', { ...(await request()), chainId: 2 });
    await refused('wrong-bridge', await request({}, 2n));
    signers = [own.address];
    await refused('not-a-signer', await request());
    await refused('not-a-signer', { ...(await request()), signature: `0x${'00'.repeat(64)}` });
    assert.equal(signed, 0);
  });

  it('reads a newer epoch before it refuses', async () => {
    onChain = 2n;
    assert.ok('signature' in (await answerRewards(await request({}, 2n), context(), { recover: recoverSigner })));
  });

  it('returns the reason of the signing gate, and throws a fault of its own', async () => {
    obstacle = 'standby';
    await refused('standby', await request());
    const broken = {
      ...context(),
      attester: { address: own.address, sign: () => Promise.reject(new Error('no key')) },
    };
    await assert.rejects(answerRewards(await request(), broken, { recover: recoverSigner }), /no key/);
  });
});
