import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';

import { layCable } from '../support/cable.ts';
import { startFlood } from '../support/flood.ts';
import { post, startRpcProxy } from '../support/rpc-proxy.ts';
import { eventually } from '../support/wait.ts';
import { faults } from './faults.ts';
import { type ChaosNet, careful, wayOf } from './net.ts';
import { createRandom } from './random.ts';

/** An HTTP server that answers at once, with the addresses that it was asked from. */
async function startTarget(): Promise<{
  port: number;
  from: Map<string, number>;
  [Symbol.asyncDispose](): Promise<void>;
}> {
  const from = new Map<string, number>();
  const server = createServer((request, response) => {
    const address = request.socket.remoteAddress ?? '';
    from.set(address, (from.get(address) ?? 0) + 1);
    request.resume().on('end', () => response.end('[{"jsonrpc":"2.0","id":1,"result":"0x1"}]'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    from,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Strikes a fault, and runs `during` while it lasts. */
async function under(name: string, net: Partial<ChaosNet>, during: () => Promise<void>): Promise<void> {
  const fault = faults.find((one) => one.name === name);
  assert.ok(fault !== undefined, name);
  await fault.strike(net as ChaosNet, createRandom(1), during);
}

const millisecondsOf = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await work();
  return performance.now() - began;
};

describe('the fault', () => {
  const request = [{ jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] }];

  /** The routes of all nodes of one signer through a proxy. */
  const withProxy = async (
    during: (net: Partial<ChaosNet>, urls: readonly string[]) => Promise<void>,
  ): Promise<void> => {
    await using target = await startTarget();
    const proxy = await startRpcProxy();
    const names = (['main', 'product'] as const).flatMap((side) =>
      [0, 1, 2].map((node) => wayOf(careful[0], side, node)),
    );
    const urls = names.map((name) => proxy.way(name, `http://127.0.0.1:${target.port}`));
    try {
      await during({ proxy }, urls);
    } finally {
      await proxy.close();
    }
  };

  it('of a hanging node leaves one node of six without an answer, until it ends', () =>
    withProxy(async (net, urls) => {
      await under('a node hangs', net, async () => {
        const answered = new Set<string>();
        for (const url of urls)
          void post(url, request).then(
            () => answered.add(url),
            () => undefined,
          );
        await eventually('five answers', () => answered.size === urls.length - 1);
        // A later request of each of the others is answered, and the sixth is not.
        await Promise.all([...answered].map((url) => post(url, request)));
        assert.equal(answered.size, urls.length - 1);
      });
      await Promise.all(urls.map((url) => post(url, request)));
    }));

  it('of a slow node delays its answers by a second', () =>
    withProxy(async (net, urls) => {
      await under('a node is slow by a second', net, async () => {
        const times = await Promise.all(urls.map((url) => millisecondsOf(() => post(url, request))));
        assert.ok(Math.max(...times) >= 990, times.join());
      });
    }));

  it('of distant peers delays an exchange by 300 ms, in order, and ends', async () => {
    await using target = await startTarget();
    const cable = await layCable({ host: '127.0.0.1', port: target.port });
    const exchange = () => post(`http://127.0.0.1:${cable.port}`, request);
    await exchange();
    await under('300 ms between peers', { peerCables: [cable] }, async () => {
      assert.ok((await millisecondsOf(exchange)) >= 299);
    });
    await eventually('an exchange without delay', async () => (await millisecondsOf(exchange)) < 299);
    await cable.close();
  });

  it('of a flood sends from several addresses, none of them a peer’s', async () => {
    await using target = await startTarget();
    await using _ = startFlood(target.port, ['{}'], { perSecond: 200 });
    await eventually('a hundred requests', () => [...target.from.values()].reduce((sum, one) => sum + one, 0) >= 100);
    assert.ok(target.from.size > 1);
    assert.ok(!target.from.has('127.0.0.1'));
  });
});
