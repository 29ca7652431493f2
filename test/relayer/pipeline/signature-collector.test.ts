import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type Address, keccak256 } from 'viem';

import type { PeerAnswer } from '../../../relayer/peers/client.ts';
import { collectSignatures, requestOrder } from '../../../relayer/pipeline/signature-collector.ts';
import { keys } from '../support.ts';

const digest = keccak256('0x01');
const signers = keys.map(({ address }) => address);

const gather = async (
  answer: (index: number) => Promise<PeerAnswer> | PeerAnswer,
  {
    threshold = 4,
    patienceMilliseconds = 10,
    patience = (_: number) => patienceMilliseconds,
    signal = new AbortController().signal,
  } = {},
) => {
  const valid: [Address, boolean][] = [];
  const requested: number[] = [];
  const late: number[] = [];
  const own = { index: 0, signature: (await keys[0]?.sign(digest)) ?? '0x' };
  const collected = await collectSignatures({
    digest,
    signers,
    threshold,
    own,
    order: [4, 5, 1, 2, 3],
    signal,
    patience: (signer) => patience(signers.indexOf(signer)),
    onLate: (signer) => void late.push(signers.indexOf(signer)),
    ask: async (signer) => {
      requested.push(signers.indexOf(signer));
      return answer(signers.indexOf(signer));
    },
    onAnswer: (signer, _, isValid) => valid.push([signer, isValid]),
  });
  return { ...collected, valid, requested, late };
};

const signed = async (index: number, what = digest): Promise<PeerAnswer> => ({
  signature: (await keys[index]?.sign(what)) ?? '0x',
});

describe('the order of the requests', () => {
  it('begins with the signer of the next turn, which yields the batch when it has signed', () => {
    for (const collections of [0, 1, 2, 3])
      assert.equal(requestOrder({ own: 5, size: 6, threshold: 4 }, collections)[0], 0);
  });

  for (const [size, threshold] of [
    [6, 4],
    [5, 4],
    [7, 4],
    [3, 2],
    [4, 3],
  ] as const) {
    it(`reaches each signer of ${size} within few batches when ${threshold} are a quorum`, () => {
      const asked = new Set<number>();
      for (let collections = 0; collections < size; collections++) {
        const order = requestOrder({ own: 1, size, threshold }, collections);
        assert.deepEqual(
          order.toSorted((a, b) => a - b),
          Array.from({ length: size }, (_, index) => index).filter((index) => index !== 1),
        );
        for (const index of order.slice(0, threshold - 1)) asked.add(index);
      }
      assert.equal(asked.size, size - 1);
    });
  }

  it('has nobody to request of a single signer', () => {
    assert.deepEqual(requestOrder({ own: 0, size: 1, threshold: 1 }, 3), []);
  });
});

describe('the signature collector', () => {
  it('requests no more peers than the quorum needs while they answer', async () => {
    const { signatures, requested } = await gather((index) => signed(index), { patienceMilliseconds: 60_000 });
    assert.deepEqual(signatures.map(({ index }) => index).toSorted(), [0, 1, 4, 5]);
    assert.deepEqual(requested, [4, 5, 1]);
  });

  it('requests the remaining peers as soon as one refuses', async () => {
    const { signatures, requested } = await gather(
      (index) => (index === 4 ? { reason: 'unreachable' } : signed(index)),
      {
        patienceMilliseconds: 60_000,
      },
    );
    assert.equal(signatures.length, 4);
    assert.deepEqual(requested, [4, 5, 1, 2, 3]);
  });

  it('ends with the reason of an abort, whatever its requests do', async () => {
    const aborting = new AbortController();
    const collecting = gather(
      () => {
        aborting.abort(new Error('the relayer stops'));
        return new Promise(() => undefined);
      },
      { signal: aborting.signal },
    );
    await assert.rejects(collecting, /the relayer stops/);
  });

  it('sends no request when its own signature is enough', async () => {
    const { signatures, requested } = await gather((index) => signed(index), { threshold: 1 });
    assert.equal(signatures.length, 1);
    assert.deepEqual(requested, []);
  });

  it('does not count a signature of another signer or over other content', async () => {
    const { signatures, refusals } = await gather((index) =>
      index === 1 ? signed(2) : index === 2 ? signed(2, keccak256('0x02')) : { reason: 'unreachable' },
    );
    assert.equal(signatures.length, 1);
    assert.equal(refusals.filter(({ reason }) => reason === 'digest-mismatch').length, 2);
  });

  it('completes with the quorum despite unanswered requests', async () => {
    const never = new Promise<PeerAnswer>(() => undefined);
    // Two of the first three do not answer: the others are requested when the patience ends.
    const { signatures, shrinkTo } = await gather((index) => (index > 3 ? never : signed(index)));
    assert.deepEqual(signatures.map(({ index }) => index).toSorted(), [0, 1, 2, 3]);
    assert.equal(shrinkTo, undefined);
  });

  it('waits for each peer as long as that peer usually takes', async () => {
    const never = new Promise<PeerAnswer>(() => undefined);
    const { requested, late } = await gather((index) => (index === 1 ? never : signed(index)), {
      patience: (index) => (index === 1 ? 10 : 60_000),
    });
    assert.deepEqual(requested, [4, 5, 1, 2, 3]);
    assert.deepEqual(late, [1]);
  });

  it('returns the largest batch size for which a quorum is ready', async () => {
    const ready = [0, 0, 9, 5, 7, 2];
    const { shrinkTo } = await gather((index) =>
      index === 1 ? signed(1) : { reason: 'not-final', ready: ready[index] ?? 0 },
    );
    // Two more are needed: the second best of 9, 5, 7, 2.
    assert.equal(shrinkTo, 7);
  });
});
