import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import type { Anchor } from '../../../protocol/anchors/statement.ts';
import { PegwayError } from '../../../protocol/errors.ts';
import type { Reason } from '../../../protocol/reasons.ts';
import { recoverSigner } from '../../../protocol/recover-signer.ts';
import { type AnchorAnswering, answerAnchor } from '../../../relayer/anchors/answer-anchor.ts';
import type { AnchorRequest } from '../../../relayer/peers/request.ts';
import { stateAnchor } from '../../../relayer/state/statement.ts';
import { bridges, hashOf, keys, productToken } from '../support.ts';

const domain = { chainId: 1, anchors: bridges[1], sourceChainId: 2 };
const [own, caller] = keys;
assert.ok(own !== undefined && caller !== undefined);
const anchor: Anchor = { number: 7n, attestedAt: 500n, blockHash: hashOf(7), historyRoot: hashOf(8) };

describe('handling a request for a signature over an anchor', () => {
  let head: bigint;
  let final: bigint;
  let mainTime: bigint;
  let signers: readonly `0x${string}`[];
  let obstacle: Reason | undefined;
  let signed: number;
  beforeEach(() => {
    [head, final, mainTime, obstacle, signed] = [7n, 7n, 500n, undefined, 0];
    signers = keys.map(({ address }) => address);
  });

  const context = (): AnchorAnswering => ({
    domain,
    authority: () => ({ signers, signerEpoch: 1n }),
    catchUp: () => Promise.resolve(),
    history: {
      head: () => head,
      commit: (number) =>
        number === 7n
          ? Promise.resolve({ blockHash: hashOf(7), historyRoot: hashOf(8) })
          : Promise.reject(new PegwayError('not read', { code: 'not-final' })),
    },
    readTo() {
      head = final;
      return Promise.resolve();
    },
    mainTime: () => mainTime,
    attester: {
      address: own.address,
      sign({ digest }) {
        if (obstacle !== undefined) return Promise.reject(new PegwayError('not signed', { code: obstacle }));
        signed++;
        return own.sign(digest);
      },
    },
  });
  async function request(change: Partial<Anchor> = {}, by = caller!): Promise<AnchorRequest> {
    const asked = { ...anchor, ...change };
    const { digest } = stateAnchor(domain, 1n, asked);
    const named = { number: asked.number.toString(), attestedAt: asked.attestedAt.toString(), signerEpoch: '1' };
    return { chainId: 1, anchors: domain.anchors, ...named, digest, signature: await by.sign(digest) };
  }
  const answer = (asked: AnchorRequest) => answerAnchor(asked, context(), { recover: recoverSigner });
  const refused = async (reason: Reason, asked: AnchorRequest) => {
    assert.deepEqual(await answer(asked), { reason });
    assert.equal(signed, 0);
  };

  it('signs the hashes that this relayer computed for that height and time', async () => {
    const answered = await answer(await request());
    assert.ok('signature' in answered);
    assert.equal(await recoverSigner(answered.digest, answered.signature), own.address);
  });

  it('refuses other hashes: they are never taken from the request', async () => {
    await refused('digest-mismatch', await request({ blockHash: hashOf(9) }));
    await refused('digest-mismatch', await request({ historyRoot: hashOf(9) }));
  });

  it('reads a block that is final here, and refuses one that is not', async () => {
    head = 6n;
    assert.ok('signature' in (await answer(await request())));
    [head, final, signed] = [6n, 6n, 0];
    await refused('not-final', await request());
  });

  it('refuses a time that the main chain has not reached', async () => {
    await refused('not-final', await request({ attestedAt: 501n }));
  });

  it('refuses another contract, chain or epoch', async () => {
    await refused('wrong-bridge', { ...(await request()), anchors: productToken });
    await refused('wrong-bridge', { ...(await request()), chainId: 2 });
    await refused('wrong-bridge', { ...(await request()), signerEpoch: '2' });
  });

  it('answers only a current signer that has signed the same digest itself', async () => {
    signers = [own.address];
    await refused('not-a-signer', await request());
    signers = keys.map(({ address }) => address);
    const asked = await request();
    await refused('not-a-signer', { ...asked, signature: `0x${'00'.repeat(64)}` });
  });

  it('returns the reason of the signing gate', async () => {
    obstacle = 'finality-reversed';
    await refused('finality-reversed', await request());
  });
});
