import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import { PegwayError } from '../../../protocol/errors.ts';
import { recoverSigner } from '../../../protocol/recover-signer.ts';
import type { AttestationRequest } from '../../../relayer/peers/request.ts';
import { type Answering, answer } from '../../../relayer/api/handle-attestation.ts';
import { type Ledger, createLedger } from '../../../relayer/state/ledger.ts';
import { stateBatch, stateBounce } from '../../../relayer/state/statement.ts';
import type { Reason } from '../../../protocol/reasons.ts';
import type { Lane } from '../../../protocol/lane.ts';
import { createAttester } from '../../../relayer/pipeline/attester.ts';
import {
  bridges,
  closings,
  deadline,
  emptyHistory,
  keys,
  lane,
  openGate,
  pair,
  productToken,
  slowSigner,
  transferOf,
} from '../support.ts';

const [mainBridge, productBridge] = bridges;
const [own, caller] = keys;
assert.ok(own !== undefined && caller !== undefined);
const signers = keys.map(({ address }) => address);

const answerTo = (request: AttestationRequest, context: Answering) =>
  answer(request, context, { recover: recoverSigner });

describe('handling an attestation request', () => {
  let ledger: Ledger;
  let epoch: bigint;
  let onChain: bigint;
  /** Node requests: checks for a newer epoch, and judgements of a refused withdrawal. */
  let epochReads: number;
  let judged: number;
  let obstacle: Reason | undefined;
  let signed: number;
  let gaveWay: (readonly [bigint[], string])[];
  let list: readonly `0x${string}`[];
  let noted: (readonly [string, string, string])[];
  beforeEach(() => {
    ledger = createLedger(lane);
    for (const nonce of [0n, 1n, 2n]) ledger.add(transferOf(nonce), 0);
    [epoch, onChain, obstacle, signed, list, gaveWay] = [1n, 1n, undefined, 0, signers, []];
    [epochReads, judged, noted] = [0, 0, []];
  });

  const context = (changes: Partial<Answering> = {}): Answering => ({
    destination: () => ({ ...pair.product, signerEpoch: epoch, signers: list }),
    catchUp(_, named) {
      if (named > epoch) {
        epochReads++;
        epoch = onChain;
      }
      return Promise.resolve();
    },
    ledger: () => ledger,
    obstacle: () => obstacle,
    state: (one, firstNonce, count) => stateBatch(pair, epoch, one.range(firstNonce, count)),
    sign: ({ digest }) => {
      signed++;
      return own.sign(digest);
    },
    yieldTo: (_, transfers, peer) => void gaveWay.push([transfers.map(({ nonce }) => nonce), peer]),
    mayBounce: () => Promise.resolve(++judged > 0),
    stateBounce: (transfer) => stateBounce(pair, epoch, transfer, deadline),
    onSignature: ({ digest }, signer, signature) => void noted.push([digest, signer, signature]),
    address: own.address,
    ...changes,
  });

  /** A valid request for nonces 0 to `count` − 1. */
  const ask = async (
    count: number,
    changes: Partial<AttestationRequest> = {},
    by = caller,
  ): Promise<AttestationRequest> => {
    const transfers = Array.from({ length: count }, (_, nonce) => transferOf(BigInt(nonce)));
    const { digest } = stateBatch(pair, BigInt(changes.signerEpoch ?? '1'), transfers);
    return {
      ...{ kind: 'batch', direction: 'mint', chainId: 2, bridge: productBridge, signerEpoch: '1', productToken },
      ...{ firstNonce: '0', count, digest, signature: await by.sign(changes.digest ?? digest) },
      ...changes,
    };
  };
  const refuses = async (reason: Reason, request: AttestationRequest, changes?: Partial<Answering>) => {
    const answer = await answerTo(request, context(changes));
    assert.ok('reason' in answer, 'the request was answered with a signature');
    assert.equal(answer.reason, reason);
    assert.equal(signed, 0, 'a statement was signed');
    assert.deepEqual(gaveWay, []);
    return answer;
  };

  it('returns a signature over its own digest for proven transfers', async () => {
    const request = await ask(3);
    const answer = await answerTo(request, context());
    assert.deepEqual(answer, {
      ...{ signer: own.address, digest: request.digest },
      signature: await own.sign(request.digest),
    });
    // The caller moves them now.
    assert.deepEqual(gaveWay, [[[0n, 1n, 2n], caller.address]]);
    // Both signatures count against a later, other content.
    assert.deepEqual(noted, [
      [request.digest, caller.address, request.signature],
      [request.digest, own.address, await own.sign(request.digest)],
    ]);
  });

  it('rejects another chain, bridge or signer epoch', async () => {
    await refuses('wrong-bridge', await ask(1, { chainId: 1 }));
    await refuses('wrong-bridge', await ask(1, { bridge: mainBridge }));
    await refuses('wrong-bridge', await ask(1, { signerEpoch: '2' }));
    await refuses('wrong-bridge', await ask(1, { signerEpoch: '0' }));
  });

  it('reads no chain for a request with another chain or bridge, or without a valid signature', async () => {
    const newer = { signerEpoch: '2' };
    await refuses('wrong-bridge', await ask(1, { ...newer, chainId: 1 }));
    await refuses('wrong-bridge', await ask(1, { ...newer, bridge: mainBridge }));
    await refuses('not-a-signer', await ask(1, { ...newer, signature: `0x${'00'.repeat(64)}` }));
    assert.equal(epochReads, 0);
  });

  it('accepts a newer signer epoch after reading it from the bridge', async () => {
    onChain = 2n;
    assert.ok('signature' in (await answerTo(await ask(1, { signerEpoch: '2' }), context())));
  });

  it('accepts a signer that joined in a newer epoch', async () => {
    list = signers.filter((signer) => signer !== caller.address);
    await refuses('not-a-signer', await ask(1));
    onChain = 2n;
    const catchUp: Answering['catchUp'] = () => Promise.resolve(void ([epoch, list] = [onChain, signers]));
    assert.ok('signature' in (await answerTo(await ask(1, { signerEpoch: '2' }), context({ catchUp }))));
  });

  it('rejects a caller that is not a signer or did not sign the digest', async () => {
    list = signers.filter((signer) => signer !== caller.address);
    await refuses('not-a-signer', await ask(1));
    list = signers;
    await refuses('not-a-signer', await ask(1, { signature: `0x${'00'.repeat(64)}` }));
  });

  it('rejects all requests when this relayer is not a signer', async () => {
    list = signers.filter((signer) => signer !== own.address);
    await refuses('not-a-signer', await ask(1));
  });

  it('rejects an unknown peg', async () => {
    await refuses('peg-mismatch', await ask(1), { ledger: () => undefined });
  });

  it('returns the obstacle of the lane as the reason', async () => {
    for (const reason of ['paused', 'audit-broken', 'second-content', 'finality-reversed'] as const) {
      obstacle = reason;
      await refuses(reason, await ask(1));
    }
  });

  it('returns not-final with the ready count after holding the request open', async () => {
    assert.equal((await refuses('not-final', await ask(5))).ready, 3);
  });

  it('signs transfers that become final while the request is held open', async () => {
    const answer = answerTo(await ask(4), context());
    ledger.add(transferOf(3n), 1);
    assert.ok('signature' in (await answer));
  });

  it('returns already-executed with the count of open transfers before it', async () => {
    ledger.settle(1n);
    assert.equal((await refuses('already-executed', await ask(3))).ready, 1);
  });

  it('returns the reason of a rejected transfer with the count before it', async () => {
    ledger.get(1n)!.rejected = 'peg-mismatch';
    assert.equal((await refuses('peg-mismatch', await ask(3))).ready, 1);
    ledger.get(1n)!.rejected = 'forbidden-recipient';
    assert.equal((await refuses('forbidden-recipient', await ask(3))).ready, 1);
    // Also when later transfers are not final here.
    await refuses('forbidden-recipient', await ask(5));
  });

  it('rejects a digest over content that differs from the proven transfers', async () => {
    const { digest } = stateBatch(pair, 1n, [transferOf(0n, { amount: 11n })]);
    await refuses('digest-mismatch', await ask(1, { digest }));
  });

  it('rejects a nonce for which different content was signed', async () => {
    const sign = () => Promise.reject(new PegwayError('signed before', { code: 'second-content' }));
    await refuses('second-content', await ask(1), { sign });
  });

  it('throws when the key fails', async () => {
    const sign = () => Promise.reject(new Error('token removed'));
    await assert.rejects(answerTo(await ask(1), context({ sign })), /token removed/);
  });

  describe('while the answer is pending', () => {
    let view: ReturnType<typeof openGate>['view'];
    let key: ReturnType<typeof slowSigner>;
    /** Resolves when the answer waits for the ledger, the key or the nodes; settled by the test. */
    let waiting: PromiseWithResolvers<void>;
    let gated: Partial<Answering>;
    beforeEach(() => {
      const opened = openGate(ledger, own.address);
      view = opened.view;
      key = slowSigner(own.address);
      waiting = Promise.withResolvers();
      const attester = createAttester({
        ...{ signer: key.signer, gate: opened.gate, history: emptyHistory },
        onSecondContent: () => assert.fail(),
      });
      gated = {
        obstacle: opened.gate.laneObstacle,
        ledger: () => view.ledger,
        sign(statement) {
          const signing = attester.sign(statement);
          if (key.asked() > 0) waiting.resolve();
          return signing;
        },
      };
    });

    for (const [name, reason, close] of closings) {
      it(`returns no signature when ${name} arrives while a block is not final`, async () => {
        const patient: Ledger = Object.create(ledger, {
          waitFor: {
            value: (...range: Parameters<Ledger['waitFor']>) => {
              waiting.resolve();
              return ledger.waitFor(...range);
            },
          },
        }) as Ledger;
        const answering = answerTo(await ask(4), context({ ...gated, ledger: () => patient }));
        await waiting.promise;
        // The block arrives, and with it the event that closes the gate.
        ledger.add(transferOf(3n), 1);
        close(view);
        key.finish();
        const answer = await answering;
        assert.ok('reason' in answer, 'it was answered with a signature');
        // A rebuilt ledger has none of the other transfers.
        if (reason !== 'digest-mismatch') assert.equal(answer.reason, reason);
        assert.equal(key.asked(), 0);
        assert.deepEqual(gaveWay, []);
      });

      it(`returns no signature when ${name} arrives while the key works`, async () => {
        const answering = answerTo(await ask(1), context(gated));
        await waiting.promise;
        close(view);
        key.finish();
        assert.deepEqual(await answering, { reason });
        assert.deepEqual(gaveWay, []);
      });
    }

    it('returns the signature of a slow key when the gate stays open', async () => {
      const request = await ask(1);
      const answering = answerTo(request, context(gated));
      await waiting.promise;
      key.finish();
      assert.ok('signature' in (await answering));
      assert.equal(gaveWay.length, 1);
    });

    it('returns no signature for a bounce when a pause arrives during its simulation', async () => {
      const back: Lane = { direction: 'withdraw', productToken };
      const redeem = transferOf(0n, { lane: back, sourceAmount: 4n, amount: 2n });
      ledger = createLedger(back);
      ledger.add(redeem, 0);
      view.ledger = ledger;
      const { digest } = stateBounce(pair, 1n, redeem, deadline);
      key.finish();
      const mayBounce = () => {
        view.paused = true;
        return Promise.resolve(true);
      };
      const request = await ask(1, { kind: 'bounce', direction: 'withdraw', digest });
      assert.deepEqual(await answerTo(request, context({ ...gated, mayBounce })), { reason: 'paused' });
      assert.equal(key.asked(), 0);
    });
  });

  describe('for a bounce', () => {
    const back: Lane = { direction: 'withdraw', productToken };
    const redeem = transferOf(0n, { lane: back, sourceAmount: 4n, amount: 2n });
    beforeEach(() => {
      ledger = createLedger(back);
      ledger.add(redeem, 0);
    });
    const askBack = async (changes: Partial<AttestationRequest> = {}) => {
      const { digest } = stateBounce(pair, 1n, redeem, deadline);
      return ask(1, { kind: 'bounce', direction: 'withdraw', digest, ...changes });
    };

    it('is signed when the withdrawal may return', async () => {
      const answer = await answerTo(await askBack(), context());
      assert.ok('signature' in answer);
      assert.equal(answer.signature, await own.sign(stateBounce(pair, 1n, redeem, deadline).digest));
    });

    it('is signed for a refused withdrawal that is parked again, since anyone can resend its old batch', async () => {
      ledger.park(0n, true);
      assert.ok('signature' in (await answerTo(await askBack(), context())));
    });

    it('is rejected while payment is possible or pending, and for an unknown nonce', async () => {
      await refuses('payment-refused', await askBack(), { mayBounce: () => Promise.resolve(false) });
      await refuses('unknown-nonce', await askBack({ firstNonce: '9' }));
      ledger.park(0n, true);
      await refuses('parked', await askBack(), { mayBounce: () => Promise.resolve(false) });
    });

    it('queries no node when the signature covers different content', async () => {
      await refuses('digest-mismatch', await ask(1, { kind: 'bounce', direction: 'withdraw' }));
      assert.equal(judged, 0);
    });

    it('is rejected for a deposit, several transfers, or different content', async () => {
      await refuses('bad-request', await askBack({ direction: 'mint' }));
      await refuses('bad-request', await askBack({ count: 2 }));
      await refuses('digest-mismatch', await askBack({ digest: `0x${'12'.repeat(32)}` }));
    });
  });
});
