import assert from 'node:assert/strict';
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';

import type { Hex } from 'viem';

import { KEEP_ALIVE_MS } from '../../../relayer/api/http-server.ts';
import { createMetrics } from '../../../relayer/monitoring/metrics.ts';
import { openPeerClient } from '../../../relayer/peers/http.ts';
import { createPeerLatency } from '../../../relayer/peers/latency.ts';
import { createSignatureCollector } from '../../../relayer/pipeline/signature-collector.ts';
import type { BridgePair } from '../../../relayer/state/bridges.ts';
import { stateBatch } from '../../../relayer/state/statement.ts';
import { startDistance } from '../../support/distance.ts';
import { read } from '../../support/rpc-proxy.ts';
import { bridges, keys, pair, transferOf } from '../support.ts';

const [own, ...others] = keys;

/** A signer with five peers at a distance, each with a server of its own. */
async function startFleet(stack: AsyncDisposableStack, roundTrip: number) {
  const peers = await Promise.all(
    others.map(async (key) => {
      const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
        const { digest } = JSON.parse(await read(request)) as { digest: Hex };
        response.end(JSON.stringify({ signature: await key.sign(digest) }));
      };
      const server = createServer((request, response) => {
        answer(request, response).catch(() => response.destroy());
      });
      server.keepAliveTimeout = KEEP_ALIVE_MS;
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      stack.defer(() => {
        server.closeAllConnections();
        server.close();
      });
      const { port } = server.address() as AddressInfo;
      const distance = await startDistance({ host: '127.0.0.1', port }, roundTrip);
      stack.defer(() => distance.close());
      return { address: key.address, distance };
    }),
  );
  const state = { signers: keys.map(({ address }) => address), threshold: 4, signerEpoch: 1n };
  const side = { chainId: 2, address: bridges[1] };
  const collect = createSignatureCollector({
    peers: peers.map(({ address, distance }) => ({ address, url: distance.url })),
    peerClient: stack.use(openPeerClient()),
    bridges: { state: () => state, sides: { main: side, product: side } } as unknown as BridgePair,
    address: own?.address ?? '0x',
    rewards: undefined,
    anchors: undefined,
    metrics: createMetrics(),
    log: { warn: () => undefined },
    latency: createPeerLatency(),
    onAnswered: () => undefined,
    onSignature: () => undefined,
    signal: new AbortController().signal,
    now: () => performance.now() / 1_000,
  });
  const sum = (count: (distance: (typeof peers)[number]['distance']) => number) =>
    peers.reduce((all, { distance }) => all + count(distance), 0);
  return {
    async collect(nonce: bigint) {
      const statement = stateBatch(pair, 1n, [transferOf(nonce)]);
      return collect(statement, (await own?.sign(statement.digest)) ?? '0x', new AbortController().signal);
    },
    asked: () => sum((distance) => distance.attestations()),
    connections: () => sum((distance) => distance.connections()),
  };
}

describe('peers at a distance', () => {
  for (const roundTrip of [50, 150, 300]) {
    it(`of ${roundTrip} ms: no more are asked than the quorum needs, on kept connections`, async () => {
      await using stack = new AsyncDisposableStack();
      const fleet = await startFleet(stack, roundTrip);
      for (let batch = 0; batch < 5; batch++) {
        const { signatures } = await fleet.collect(BigInt(batch));
        assert.equal(signatures.length, 4);
      }
      assert.equal(fleet.asked(), 5 * 3);
      // The first may not be free yet when the second request begins.
      assert.ok(fleet.connections() <= 2 * 3, `${fleet.connections()} connections`);
    });
  }
});

describe('the patience for a peer', () => {
  const [peer] = keys.map(({ address }) => address);
  assert.ok(peer !== undefined);

  it('follows its measured latency, within bounds', () => {
    const latency = createPeerLatency();
    assert.equal(latency.patience(peer), 1);
    for (let times = 0; times < 50; times++) latency.observe(peer, 0.4);
    assert.ok(latency.patience(peer) >= 0.4 && latency.patience(peer) < 0.45);
    for (let times = 0; times < 50; times++) latency.observe(peer, 0.01);
    assert.equal(latency.patience(peer), 0.25);
    for (let times = 0; times < 50; times++) latency.observe(peer, 5);
    assert.equal(latency.patience(peer), 2);
  });

  it('grows with the deviation', () => {
    const latency = createPeerLatency();
    for (let times = 0; times < 50; times++) latency.observe(peer, times % 2 === 0 ? 0.2 : 0.4);
    assert.ok(latency.patience(peer) > 0.6);
  });
});
