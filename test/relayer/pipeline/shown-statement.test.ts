import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Address } from 'viem';

import { createMetrics } from '../../../relayer/monitoring/metrics.ts';
import type { PeerClient, PeerRequest } from '../../../relayer/peers/http.ts';
import { createPeerLatency } from '../../../relayer/peers/latency.ts';
import { attestationRequest, contestedRequest } from '../../../relayer/peers/request.ts';
import { createSignatureCollector } from '../../../relayer/pipeline/signature-collector.ts';
import type { BridgePair } from '../../../relayer/state/bridges.ts';
import { stateBatch, stateBounce } from '../../../relayer/state/statement.ts';
import { deadline, keys, pair, transferOf } from '../support.ts';

const [own, first, ...others] = keys;
assert.ok(own !== undefined && first !== undefined);

/** Five peers, of which the first finds another digest. */
function startCollector(ownAddress: Address) {
  const asked: PeerRequest[] = [];
  const signed: string[] = [];
  const peerClient: PeerClient = {
    async request(request) {
      asked.push(request);
      // As a release without this route answers.
      if (request.path === '/v1/statements') return { status: 404, body: '{"reason":"bad-request"}' };
      const key = others.find(({ address }) => request.url.endsWith(address));
      if (key === undefined) return { status: 409, body: '{"reason":"digest-mismatch"}' };
      const { digest } = attestationRequest.parse(request.body);
      return { status: 200, body: JSON.stringify({ signature: await key.sign(digest) }) };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const state = { signers: keys.map(({ address }) => address), threshold: 4, signerEpoch: 1n };
  const side = { chainId: 2, address: pair.product.bridge };
  const collect = createSignatureCollector({
    peers: keys.slice(1).map(({ address }) => ({ address, url: `http://127.0.0.1/${address}` })),
    ...{ peerClient, address: ownAddress, rewards: undefined, anchors: undefined },
    bridges: { state: () => state, sides: { main: side, product: side } } as unknown as BridgePair,
    ...{ metrics: createMetrics(), log: { warn: () => undefined }, latency: createPeerLatency() },
    onAnswered: () => undefined,
    onSignature: (_, signer) => void signed.push(signer),
    signal: new AbortController().signal,
    now: () => performance.now() / 1_000,
  });
  return { asked, signed, collect };
}

describe('a peer that finds another digest', () => {
  it('is shown the batch, once, whatever it answers', async () => {
    const { asked, signed, collect } = startCollector(own.address);
    const statement = stateBatch(pair, 1n, [transferOf(3n), transferOf(4n)]);
    const signature = await own.sign(statement.digest);
    for (let time = 0; time < 2; time++) {
      const { signatures } = await collect(statement, signature, new AbortController().signal);
      assert.equal(signatures.length, 4);
    }
    const shown = asked.filter(({ path }) => path === '/v1/statements');
    assert.deepEqual(
      shown.map(({ url }) => url),
      [`http://127.0.0.1/${first.address}`],
    );
    const body = contestedRequest.parse(JSON.parse(JSON.stringify(shown[0]?.body)));
    assert.deepEqual([body.firstNonce, body.transfers, body.signature], ['3', statement.transfers, signature]);
    // Each signature that counts is noted: the own one, and three of the peers.
    assert.equal(signed.filter((one) => one === own.address).length, 2);
    assert.ok(new Set(signed).size >= 4 && !signed.includes(first.address));
  });

  it('is shown nothing of a bounce', async () => {
    const { asked, collect } = startCollector(own.address);
    const lane = { direction: 'withdraw', productToken: transferOf(0n).lane.productToken } as const;
    const statement = stateBounce(pair, 1n, transferOf(0n, { lane }), deadline);
    await collect(statement, await own.sign(statement.digest), new AbortController().signal);
    assert.deepEqual(
      asked.filter(({ path }) => path === '/v1/statements'),
      [],
    );
  });
});
