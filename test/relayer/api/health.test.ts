import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { freePorts } from '../../../cli/devnet/free-ports.ts';
import { type HealthInputs, healthOf, registerHealth } from '../../../relayer/api/health.ts';
import { createServer } from '../../../relayer/api/http-server.ts';
import { openPrivatePort } from '../../../relayer/api/private-port.ts';
import { createMetrics } from '../../../relayer/monitoring/metrics.ts';

const well: HealthInputs = {
  started: true,
  problems: [],
  stalled: [],
  heads: [
    { chain: 'main', seconds: 12, staleSeconds: 60, behind: false },
    { chain: 'product', seconds: 60, staleSeconds: 60, behind: true },
  ],
  paused: [],
  margins: [{ direction: 'mint', margin: 0 }],
};

const problem = (part: string, code: string) => ({ part, code, message: 'in words' });
const codesOf = (problems: readonly { readonly code: string }[]) => problems.map(({ code }) => code);

describe('a relayer is not ready', () => {
  const faults: [name: string, inputs: Partial<HealthInputs>, code: string][] = [
    ['before recovery is complete', { started: false }, 'starting'],
    ['while its nodes disagree', { problems: [problem('main chain', 'rpc-disagreement')] }, 'rpc-disagreement'],
    ['while its key fails to sign', { problems: [problem('attest key', 'key-failed')] }, 'key-failed'],
    ['while its funds are low', { problems: [problem('main funds', 'low-funds')] }, 'low-funds'],
    ['while a loop is stalled', { stalled: [{ loop: 'sweep', seconds: 400 }] }, 'loop-stands'],
    [
      'while its finalized head is stale and a peer has a later one',
      { heads: [{ chain: 'main', seconds: 61, staleSeconds: 60, behind: true }] },
      'stale-head',
    ],
  ];
  for (const [name, inputs, code] of faults) {
    it(name, () => {
      const { ready, reasons } = healthOf({ ...well, ...inputs });
      assert.equal(ready, false);
      assert.deepEqual(codesOf(reasons), [code]);
      assert.equal(healthOf(well).ready, true);
    });
  }
});

describe('a relayer stays ready and reports a bridge-wide fault when', () => {
  const faults: [name: string, inputs: Partial<HealthInputs>, code: string][] = [
    ['an audit is broken', { problems: [problem('audit 0x', 'audit-broken')] }, 'audit-broken'],
    ['a lane has a second content', { problems: [problem('mint-0x', 'second-content')] }, 'second-content'],
    ['a bridge is paused', { paused: ['product'] }, 'paused'],
    ['too few signers answer', { margins: [{ direction: 'withdraw', margin: -1 }] }, 'waiting-for-signatures'],
    [
      'a chain has halted for all relayers',
      { heads: [{ chain: 'main', seconds: 61, staleSeconds: 60, behind: false }] },
      'stale-head',
    ],
  ];
  for (const [name, inputs, code] of faults) {
    it(name, () => {
      const { ready, reasons, bridge } = healthOf({ ...well, ...inputs });
      assert.equal(ready, true);
      assert.deepEqual(reasons, []);
      assert.deepEqual(codesOf(bridge), [code]);
    });
  }
});

describe('the private port', () => {
  it('returns 503 with the reasons, 200 after they clear, and stays live throughout', async () => {
    let inputs = { ...well, problems: [problem('main funds', 'low-funds')] };
    const server = await createServer({ openToPages: false });
    registerHealth(server, {
      registry: createMetrics().registry,
      health: () => healthOf(inputs),
      measure: () => undefined,
    });
    const get = async (url: string) => {
      const { statusCode, body } = await server.inject({ method: 'GET', url });
      return { statusCode, body: JSON.parse(body) as unknown };
    };

    const reasons = [problem('main funds', 'low-funds')];
    const unready = { statusCode: 503, body: { ready: false, reasons, bridge: [], notices: [] } };
    assert.deepEqual(await get('/health/ready'), unready);
    assert.deepEqual(await get('/health/live'), { statusCode: 200, body: { live: true } });

    inputs = { ...well, problems: [] };
    assert.deepEqual(await get('/health/ready'), {
      statusCode: 200,
      body: { ready: true, reasons: [], bridge: [], notices: [] },
    });
    await server.close();
  });

  it('returns 200 with the reasons why a process holds none of its shards', async () => {
    const [port = 0] = await freePorts(1);
    const context = { log: { warn: () => undefined }, now: () => performance.now() / 1_000 };
    const opened = await openPrivatePort({ host: '127.0.0.1', port }, context);
    const shards = [{ shard: '0x5', held: false, code: 'held-elsewhere', message: 'held by the process b' }] as const;
    opened.started({ bridges: () => [], isOfBridges: () => false, shards: () => shards, measure: () => undefined });
    const answer = await fetch(`http://127.0.0.1:${port}/health/ready`);
    assert.equal(answer.status, 200);
    assert.deepEqual(await answer.json(), { ready: true, reasons: [], bridge: [], notices: [], bridges: [], shards });
    await opened.close();
  });
});
