import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';

import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

import { PegwayError } from '../../../protocol/errors.ts';
import { createServer } from '../../../relayer/api/http-server.ts';
import { createAdmission } from '../../../relayer/callers/admission.ts';
import { registerAnchors } from '../../../relayer/api/anchors-routes.ts';
import { createEventLimits, registerEvents } from '../../../relayer/api/events-routes.ts';
import { type EvidencePort, registerEvidence } from '../../../relayer/api/evidence-routes.ts';
import { registerExits } from '../../../relayer/api/exits-routes.ts';
import { type RewardsPort, registerRewards } from '../../../relayer/api/rewards-routes.ts';
import { createReceiptLimits, registerReceipts } from '../../../relayer/api/receipts-routes.ts';
import { type StatisticsPort, registerStatistics } from '../../../relayer/api/statistics.ts';
import type { EventFeed } from '../../../relayer/events/event-feed.ts';
import { createNotices } from '../../../relayer/events/notices.ts';
import { type ProposalPool, registerGovernance } from '../../../relayer/peers/governance.ts';
import { anchorRequest, attestationRequest, contestedRequest, rewardsRequest } from '../../../relayer/peers/request.ts';
import { type PublicView, registerRoutes } from '../../../relayer/peers/routes.ts';
import * as schemas from '../../support/api-schemas.ts';
import { productToken } from '../support.ts';

const digest = `0x${'ab'.repeat(32)}`;
/** An address with a spent budget. */
const spent = '203.0.113.9';
/** An address with a budget that is too small for the signatures of its request. */
const spending = '203.0.113.10';
const signature = `0x${'cd'.repeat(64)}`;
const request = {
  ...{ kind: 'batch', direction: 'mint', chainId: 2, bridge: productToken, signerEpoch: '1', productToken },
  ...{ firstNonce: '0', count: 1, digest, signature },
};

describe('the public port', () => {
  let server: FastifyInstance;
  let asked: unknown[];
  const routes: string[] = [];
  before(async () => {
    server = await createServer({ openToPages: true });
    server.addHook('onRoute', ({ method, url }) => {
      for (const one of [method].flat()) if (one !== 'HEAD' && one !== 'OPTIONS') routes.push(`${one} ${url}`);
    });
    const heard =
      <T>(answer: T) =>
      (...what: unknown[]) => {
        asked = what;
        return answer;
      };
    const view: PublicView = {
      status: heard({ height: 2n ** 64n } as never),
      pegs: heard([]),
      pegHistory: (token, query) => heard(token === productToken ? ({ points: [] } as never) : undefined)(token, query),
      transfers: heard({} as never),
      transfer: (path) => heard(path.nonce === 7n ? ('unknown-nonce' as const) : ({} as never))(path),
      attest: (body) =>
        Promise.resolve(heard(body.count === 2 ? { reason: 'not-final' as const } : { signature })(body)),
    };
    const admission = createAdmission({
      admit: (address) =>
        Promise.resolve(
          address === spent
            ? undefined
            : {
                kind: 'stranger',
                recover: () =>
                  address === spending
                    ? Promise.reject(new PegwayError('spent', { code: 'too-many-requests' }))
                    : Promise.resolve(undefined),
              },
        ),
    });
    const rewards: RewardsPort = {
      view: (period) => heard(period === 9n ? undefined : ({ tokens: [] } as never))(period),
      answer: (body) => Promise.resolve(heard({ reason: 'not-final' as const })(body)),
    };
    const board: ProposalPool = {
      async add(_, { recover }) {
        await recover('0x', '0x');
        return { reason: 'not-a-signer' };
      },
      list: () => Promise.resolve([]),
    };
    const evidence: EvidencePort = {
      contest: (body) => Promise.resolve(heard({ reason: 'not-final' as const })(body)),
      list: () => [],
    };
    const statistics: StatisticsPort = {
      ...{ analytics: heard({} as never), signing: heard({} as never), governance: heard({} as never) },
    };
    const feed: EventFeed = {
      page: heard({ events: [], cursor: 'm0.0.0_p0.0.0', more: false }),
      find: () => undefined,
      next: () => Promise.resolve(),
      notify: () => undefined,
      notices: createNotices(),
      ended: new AbortController().signal,
    };
    await server.register(
      (scope, _, done) => {
        registerRoutes(scope, () => view, admission);
        registerRewards(scope, () => rewards, admission);
        registerGovernance(scope, () => board, admission);
        registerAnchors(scope, () => undefined, admission);
        registerExits(scope, () => undefined);
        registerReceipts(scope, () => ({ receipt: () => assert.fail() }), createReceiptLimits());
        registerEvidence(scope, () => evidence, admission);
        registerStatistics(scope, () => statistics);
        registerEvents(scope, () => feed, { limits: createEventLimits(), signal: new AbortController().signal });
        done();
      },
      { prefix: '/v1' },
    );
    server.get('/v1/bridges', () => ({}));
  });
  after(() => server.close());

  const get = async (url: string) => {
    asked = [];
    const answer = await server.inject({ method: 'GET', url });
    return {
      status: answer.statusCode,
      body: answer.json<{ reason?: string; message?: string }>(),
      headers: answer.headers,
    };
  };
  const post = async (payload: object, url = '/v1/attestations') => {
    const answer = await server.inject({ method: 'POST', url, payload });
    return { status: answer.statusCode, body: answer.json<{ reason?: string; message?: string }>() };
  };
  const refuses = async (url: string, named: RegExp) => {
    const { status, body } = await get(url);
    assert.equal(status, 400, url);
    assert.equal(body.reason, 'bad-request');
    assert.match(body.message ?? '', named);
    assert.deepEqual(asked, [], 'nothing was looked up');
  };

  it('names the parameter that it does not understand', async () => {
    await refuses('/v1/transfers?limit=0', /^limit/);
    await refuses('/v1/transfers?limit=201', /^limit/);
    await refuses('/v1/transfers?limit=1e9', /^limit/);
    await refuses('/v1/transfers?account=0x12', /^account: expected an address/);
    await refuses('/v1/transfers?direction=sideways', /^direction/);
    await refuses('/v1/transfers?status=lost', /^status/);
    await refuses('/v1/transfers?cursor=5', /^cursor/);
    await refuses('/v1/transfers?cursor=5-5;DROP', /^cursor/);
    await refuses('/v1/transfers?batch=0x12', /^batch/);
    await refuses(`/v1/transfers?batch=0x${'ab'.repeat(32)}&status=open`, /^batch: expected no other parameter/);
    await refuses('/v1/transfers?sort=up', /sort/);
    await refuses(`/v1/transfers/up/${productToken}/1`, /^direction/);
    await refuses(`/v1/transfers/mint/${productToken}/0x1`, /^nonce/);
    await refuses(`/v1/transfers/mint/${productToken}/${'9'.repeat(16)}`, /^nonce/);
    await refuses(`/v1/pegs/${productToken}/history?resolution=year`, /^resolution/);
    await refuses('/v1/pegs/BOAT/history', /^productToken/);
    await refuses('/v1/analytics?period=minute', /^period/);
    await refuses('/v1/analytics?from=yesterday', /^from/);
    await refuses('/v1/analytics?from=5&to=5', /^to: expected a time after from/);
  });

  it('takes addresses in any case, and fills in what is left out', async () => {
    await get(`/v1/transfers?account=${productToken.toLowerCase()}&cursor=1795248619-12`);
    assert.deepEqual(asked, [{ account: productToken, limit: 50, cursor: { at: 1795248619n, id: 12 } }]);
    await get(`/v1/pegs/${productToken.toLowerCase()}/history`);
    assert.deepEqual(asked, [productToken, { resolution: 'minute', limit: 200 }]);
  });

  it('carries numbers beyond 2^53 as decimal strings', async () => {
    assert.deepEqual((await get('/v1/status')).body, { height: '18446744073709551616' });
  });

  it('answers 404 with the reason for what is not there', async () => {
    const nonce = await get(`/v1/transfers/mint/${productToken}/7`);
    assert.deepEqual([nonce.status, nonce.body.reason], [404, 'unknown-nonce']);
    const peg = await get(`/v1/pegs/0x${'77'.repeat(20)}/history`);
    assert.deepEqual([peg.status, peg.body.reason], [404, 'peg-mismatch']);
    const route = await get('/v2/status');
    assert.deepEqual([route.status, route.body.reason], [404, 'bad-request']);
  });

  it('answers a signer, or 409 with the reason why not', async () => {
    assert.deepEqual(await post(request), { status: 200, body: { signature } });
    assert.deepEqual(await post({ ...request, count: 2 }), { status: 409, body: { reason: 'not-final' } });
  });

  it('does not look at a request for a signature that is not of its form', async () => {
    const { signature: _, ...unsigned } = request;
    const wrong = [
      unsigned,
      { ...request, kind: 'pause' },
      { ...request, count: 0 },
      { ...request, count: 257 },
      { ...request, firstNonce: '-1' },
      { ...request, digest: '0x12' },
      { ...request, signature: signature.slice(0, -2) },
      { ...request, bridge: 'BOAT' },
      { ...request, extra: true },
    ];
    for (const body of wrong) {
      asked = [];
      const answer = await post(body);
      assert.equal(answer.status, 400, JSON.stringify(body));
      assert.deepEqual(asked, []);
    }
  });

  it('answers one period of rewards, or the latest', async () => {
    await get('/v1/rewards/3');
    assert.deepEqual(asked, [3n]);
    await get('/v1/rewards/latest');
    assert.deepEqual(asked, [undefined]);
    assert.deepEqual((await get('/v1/rewards/9')).status, 404);
    for (const wrong of ['0', '-1', 'last', '1e3']) assert.equal((await get(`/v1/rewards/${wrong}`)).status, 400);
  });

  it('refuses a request about rewards that is not one', async () => {
    const fields = {
      chainId: 1,
      rewards: productToken,
      signerEpoch: '1',
      token: productToken,
      period: '1',
      digest,
      signature,
    };
    const ask = (body: object) => server.inject({ method: 'POST', url: '/v1/rewards/signatures', payload: body });
    asked = [];
    for (const change of [{ extra: 1 }, { period: '-1' }, { rewards: 'BOAT' }, { digest: '0x' }, { chainId: '1' }]) {
      assert.equal((await ask({ ...fields, ...change })).statusCode, 400);
    }
    assert.deepEqual(asked, []);
    const refused = await ask(fields);
    assert.deepEqual([refused.statusCode, refused.json<{ reason: string }>().reason], [409, 'not-final']);
  });

  it('answers 429 once the budget of the caller is spent, before it reads the body', async () => {
    for (const url of ['/v1/attestations', '/v1/rewards/signatures', '/v1/governance', '/v1/statements']) {
      asked = [];
      const answer = await server.inject({ method: 'POST', url, payload: '{', remoteAddress: spent });
      assert.equal(answer.statusCode, 429, url);
      assert.equal(answer.headers['retry-after'], '1');
      schemas.refusal.parse(answer.json());
      assert.equal(answer.json<{ reason: string }>().reason, 'too-many-requests');
      assert.deepEqual(asked, []);
    }
  });

  it('answers 429 when the budget ends amid the signatures of one proposal', async () => {
    const proposal = {
      ...{ chain: 'main', chainId: '1', bridge: productToken, listEpoch: '1', nonce: '1', deadline: '1', calls: [] },
      signatures: [{ signer: productToken, signature }],
    };
    const send = (remoteAddress: string) =>
      server.inject({ method: 'POST', url: '/v1/governance', payload: proposal, remoteAddress });
    assert.equal((await send('203.0.113.11')).statusCode, 409);
    const answer = await send(spending);
    assert.deepEqual([answer.statusCode, answer.headers['retry-after']], [429, '1']);
  });

  it('does not read more than a bound', async () => {
    const { status, body } = await post({ ...request, signature: `0x${'cd'.repeat(9_000)}` });
    assert.deepEqual([status, body.reason], [413, 'bad-request']);
  });

  it('lets pages of any origin read, and none send', async () => {
    const { headers } = await get('/v1/status');
    assert.equal(headers['access-control-allow-origin'], '*');
    const asking = { origin: 'https://page.example', 'access-control-request-method': 'POST' };
    const preflight = await server.inject({ method: 'OPTIONS', url: '/v1/attestations', headers: asking });
    assert.doesNotMatch(String(preflight.headers['access-control-allow-methods']), /POST/);
  });

  describe('as docs/api.md tells it', () => {
    const text = readFileSync('docs/api.md', 'utf8');
    const sections = text.split(/^## /m).slice(1);
    const titleOf = (section: string) => /^`([A-Z]+ [^`]+)`/.exec(section)?.[1] ?? '';
    const examples = (section: string) =>
      [...section.matchAll(/^```json ?(\w*)\n(.*?)^```/gms)].map(([, kind = '', json = '']) => ({
        kind,
        value: JSON.parse(json) as unknown,
      }));

    it('lists the routes of the server, and no others', () => {
      assert.deepEqual(sections.map(titleOf).toSorted(), routes.toSorted());
    });

    it('answers as the examples do', () => {
      const answers: Record<string, z.ZodType> = {
        'GET /v1/status': schemas.status,
        'GET /v1/pegs': schemas.pegs,
        'GET /v1/pegs/:productToken/history': schemas.pegHistory,
        'GET /v1/transfers': schemas.transfers,
        'GET /v1/transfers/:direction/:productToken/:nonce': schemas.transfer,
        'POST /v1/attestations': schemas.attestation,
        'GET /v1/rewards/:period': schemas.rewards,
        'POST /v1/rewards/signatures': schemas.attestation,
        'GET /v1/anchors': schemas.anchors,
        'GET /v1/anchors/:height': schemas.anchorProof,
        'GET /v1/anchors/:height/history': schemas.anchorHistory,
        'POST /v1/anchors/signatures': schemas.attestation,
        'GET /v1/bridges': schemas.bridges,
        'GET /v1/events': schemas.events,
        'GET /v1/analytics': schemas.analytics,
        'GET /v1/signers': schemas.signing,
        'POST /v1/statements': z.strictObject({}),
        'GET /v1/governance/history': schemas.governanceHistory,
      };
      const seen: string[] = [];
      for (const section of sections) {
        const title = titleOf(section);
        for (const { kind, value } of examples(section)) {
          const asked = title.includes('rewards')
            ? rewardsRequest
            : title.includes('anchors')
              ? anchorRequest
              : title.includes('statements')
                ? contestedRequest
                : attestationRequest;
          const schema = kind === 'request' ? asked : kind === '409' ? schemas.refusal : answers[title];
          assert.ok(schema !== undefined, `${title} has an example without a schema`);
          schema.parse(value);
          seen.push(title);
        }
      }
      assert.deepEqual([...new Set(seen)].toSorted(), Object.keys(answers).toSorted(), 'each has an example');
    });

    it('names every parameter and every bound', () => {
      for (const word of [
        'account',
        'direction',
        'status',
        'limit',
        'cursor',
        'resolution',
        '1 to 200',
        '1 to 1,000',
        '8,192',
      ]) {
        assert.ok(text.includes(word), word);
      }
    });
  });
});
