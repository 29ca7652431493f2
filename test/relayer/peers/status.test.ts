import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';

import type { FastifyInstance } from 'fastify';
import { numberToHex } from 'viem';

import { askStatus } from '../../../cli/status/ask-status.ts';
import type { StatusView } from '../../../protocol/api-types.ts';
import type { Lane } from '../../../protocol/lane.ts';
import { createServer } from '../../../relayer/api/http-server.ts';
import { lanesPage } from '../../../relayer/api/lanes-page.ts';
import { createAdmission } from '../../../relayer/callers/admission.ts';
import { fetchStatuses } from '../../../relayer/peers/client.ts';
import { bridgeIdOf } from '../../../relayer/config.ts';
import { openPeerClient } from '../../../relayer/peers/http.ts';
import { type PublicView, registerRoutes } from '../../../relayer/peers/routes.ts';
import { createLedger } from '../../../relayer/state/ledger.ts';
import { productToken, transferOf } from '../support.ts';

/** The number of bytes that a relayer of 0.1.0 reads of a peer's status. */
const OLD_BOUND = 262_144;
const LANES = 5_000;

/** Each with an open transfer, so that no field is missing; the last one is stopped. */
const ledgers = Array.from({ length: LANES }, (_, index) => {
  const lane: Lane = { direction: 'withdraw', productToken: numberToHex(index + 1, { size: 20 }) };
  const ledger = createLedger(lane);
  ledger.add(transferOf(0n, { lane }), 0);
  return ledger;
});
const lastToken = ledgers.at(-1)?.lane.productToken;
const options = {
  obstacle: (lane: Lane) => (lane.productToken === lastToken ? ('second-content' as const) : undefined),
  now: () => 100_000,
};

describe('the status of a relayer with thousands of lanes', () => {
  const client = openPeerClient();
  let [paged, unpaged]: FastifyInstance[] = [];
  let [url, oldUrl] = ['', ''];
  const statusWith = (page: Pick<StatusView, 'lanes' | 'nextLanes' | 'stopped'>): StatusView => ({
    ...({
      version: '0.1.0',
      bridges: { main: { chainId: 1, bridge: productToken, scannedBlock: 7n }, product: { scannedBlock: 8n } },
    } as unknown as StatusView),
    ...page,
  });
  const serve = async (status: PublicView['status']): Promise<FastifyInstance> => {
    const server = await createServer({ openToPages: true });
    const admission = createAdmission({ admit: () => Promise.reject(new Error('no POST here')) });
    await server.register(
      (scope, _, done) => {
        registerRoutes(scope, () => ({ status }) as PublicView, admission);
        done();
      },
      { prefix: '/v1' },
    );
    await server.listen({ host: '127.0.0.1', port: 0 });
    return server;
  };
  before(async () => {
    paged = await serve((query) => statusWith(lanesPage(ledgers, query, options)));
    // As before pages: all lanes, and no summary of them.
    unpaged = await serve(() => {
      const { lanes } = lanesPage(ledgers, { lanes: LANES, lanesFrom: 0 }, options);
      return statusWith({ lanes } as never);
    });
    [url, oldUrl] = [paged, unpaged].map(
      (server) => `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`,
    ) as [string, string];
  });
  after(async () => {
    await Promise.all([paged?.close(), unpaged?.close()]);
    await client[Symbol.asyncDispose]();
  });
  const fetched = async (from: string) => {
    const statuses = await fetchStatuses(client, from, new AbortController().signal, 10);
    assert.equal(statuses.size, 1);
    return statuses.get(bridgeIdOf({ main: { chainId: 1, bridge: productToken } }));
  };

  it('is read by a peer, with the directions in which it is stopped', async () => {
    const status = await fetched(url);
    assert.deepEqual(status, { scanned: { main: 7n, product: 8n }, stopped: ['withdraw'] });
  });

  it('is read by a peer from a relayer that does not know pages', async () => {
    const status = await fetched(oldUrl);
    assert.deepEqual(status?.stopped, ['withdraw']);
  });

  it('fits what a peer of 0.1.0 reads, when that peer asks without a limit', async () => {
    const text = await (await fetch(`${url}/v1/status`)).text();
    assert.ok(text.length <= OLD_BOUND, `${text.length} bytes`);
    assert.equal((JSON.parse(text) as StatusView).lanes.length, 500);
  });

  it('is read in full by the command line, each lane once', async () => {
    for (const from of [url, oldUrl]) {
      const told = await askStatus(from);
      assert.ok('value' in told);
      assert.deepEqual(
        told.value.lanes.map(({ productToken: token }) => token),
        ledgers.map(({ lane }) => lane.productToken),
      );
    }
  });

  it('has pages of the requested size, and names the next one until the last', async () => {
    const page = async (query: string) => (await (await fetch(`${url}/v1/status?${query}`)).json()) as StatusView;
    assert.equal((await page('lanes=1000&lanesFrom=3500')).nextLanes, 4_500);
    assert.equal((await page('lanes=1000&lanesFrom=4000')).nextLanes, undefined);
    assert.equal((await fetch(`${url}/v1/status?lanes=1001`)).status, 400);
    assert.equal((await fetch(`${url}/v1/status?unknown=1`)).status, 200);
  });
});
