import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type Address, keccak256 } from 'viem';

import type { PeerAnswer } from '../../../relayer/peers/client.ts';
import { collectSignatures } from '../../../relayer/pipeline/signature-collector.ts';
import { keys } from '../support.ts';

const digest = keccak256('0x01');
const signers = keys.map(({ address }) => address);

const gather = async (
  answer: (index: number) => Promise<PeerAnswer> | PeerAnswer,
  { threshold = 4, patienceMilliseconds = 10 } = {},
) => {
  const valid: [Address, boolean][] = [];
  const asked: number[] = [];
  const own = { index: 0, signature: (await keys[0]?.sign(digest)) ?? '0x' };
  const collected = await collectSignatures({
    digest,
    signers,
    threshold,
    own,
    order: [4, 5, 1, 2, 3],
    patienceMilliseconds,
    ask: async (signer) => {
      asked.push(signers.indexOf(signer));
      return answer(signers.indexOf(signer));
    },
    onAnswer: (signer, isValid) => valid.push([signer, isValid]),
  });
  return { ...collected, valid, asked };
};

const signed = async (index: number, what = digest): Promise<PeerAnswer> => ({
  signature: (await keys[index]?.sign(what)) ?? '0x',
});

describe('gathering signatures', () => {
  it('asks no more peers than the quorum needs while they answer', async () => {
    const { signatures, asked } = await gather((index) => signed(index), { patienceMilliseconds: 60_000 });
    assert.deepEqual(signatures.map(({ index }) => index).toSorted(), [0, 1, 4, 5]);
    assert.deepEqual(asked, [4, 5, 1]);
  });

  it('asks the others as soon as one has none to give', async () => {
    const { signatures, asked } = await gather((index) => (index === 4 ? { reason: 'unreachable' } : signed(index)), {
      patienceMilliseconds: 60_000,
    });
    assert.equal(signatures.length, 4);
    assert.deepEqual(asked, [4, 5, 1, 2, 3]);
  });

  it('asks nobody when its own is enough', async () => {
    const { signatures, asked } = await gather((index) => signed(index), { threshold: 1 });
    assert.equal(signatures.length, 1);
    assert.deepEqual(asked, []);
  });

  it('does not count a signature of another signer or over other content', async () => {
    const { signatures, refusals } = await gather((index) =>
      index === 1 ? signed(2) : index === 2 ? signed(2, keccak256('0x02')) : { reason: 'unreachable' },
    );
    assert.equal(signatures.length, 1);
    assert.equal(refusals.filter(({ reason }) => reason === 'digest-mismatch').length, 2);
  });

  it('is done with the quorum, whoever else does not answer', async () => {
    const never = new Promise<PeerAnswer>(() => undefined);
    // Two of the first three do not answer: the others are asked when patience ends.
    const { signatures, shrinkTo } = await gather((index) => (index > 3 ? never : signed(index)));
    assert.deepEqual(signatures.map(({ index }) => index).toSorted(), [0, 1, 2, 3]);
    assert.equal(shrinkTo, undefined);
  });

  it('says how small a batch must be for enough signers to be ready', async () => {
    const ready = [0, 0, 9, 5, 7, 2];
    const { shrinkTo } = await gather((index) =>
      index === 1 ? signed(1) : { reason: 'not-final', ready: ready[index] ?? 0 },
    );
    // Two more are needed: the second best of 9, 5, 7, 2.
    assert.equal(shrinkTo, 7);
  });
});
