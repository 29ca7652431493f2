import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { FastifyRequest } from 'fastify';
import { type Address, getAddress } from 'viem';

import { type ServedBridge, createBridgeDirectory } from '../../../relayer/api/bridge-directory.ts';
import type { Problem } from '../../../relayer/api/health.ts';
import { createLedger } from '../../../relayer/state/ledger.ts';
import { lane, transferOf } from '../support.ts';

const addressOf = (byte: string): Address => getAddress(`0x${byte.repeat(20)}`);
const rewards = addressOf('77');
const anchors = addressOf('88');

/** Bridge `name` at the main chain 1 and its own product chain; both contracts begin with `byte`. */
function served(name: string, byte: string, changes: Partial<ServedBridge> = {}): ServedBridge {
  const main = { chainId: 1, bridge: addressOf(byte) };
  const product = { chainId: 2, bridge: addressOf(byte) };
  const port = { name };
  const ledger = createLedger(lane);
  ledger.reset(3n, [transferOf(1n), transferOf(2n)], new Set([2n]), 40);
  const report = () => ({ scanned: { main: 5n, product: 6n }, stopped: [] });
  const bridge = {
    ledgers: new Map([['mint', ledger]]),
    rewards: { address: rewards },
    view: { margin: () => 2 },
    report,
  };
  return {
    config: { name, main, product, anchors: undefined },
    ...{ id: `1-${main.bridge.toLowerCase()}`, open: { port, address: addressOf('99'), bridge } },
    problems: () => [],
    ...changes,
  } as unknown as ServedBridge;
}

const directoryOf = (runners: readonly ServedBridge[], isFleet = runners.length > 1) =>
  createBridgeDirectory({ version: '2.0.0', runners: () => runners, isFleet, now: () => 100, onFault: fail });

const fail = (_bridge: unknown, error: unknown): void => {
  throw error;
};

const get = (url: string) => ({ method: 'GET', url, params: {} }) as unknown as FastifyRequest;
const post = (body: unknown) => ({ method: 'POST', url: '/v1/sign', body, params: {} }) as unknown as FastifyRequest;
const path = (bridge: string) => ({ method: 'GET', url: '', params: { bridge } }) as unknown as FastifyRequest;
const closed = (problems: readonly Partial<Problem>[]) => ({ open: undefined, problems: () => problems as Problem[] });

describe('the bridge of a request', () => {
  const gold = served('gold', 'aa');
  const silver = served('silver', 'bb');
  const both = directoryOf([gold, silver]);
  const nameOf = (port: unknown) => (port as { readonly name: string }).name;

  it('is the one that the path names, by name or by id in either case', () => {
    assert.equal(nameOf(both.named(path('silver'))), 'silver');
    assert.equal(nameOf(both.named(path(silver.id.toUpperCase().replace('0X', '0x')))), 'silver');
  });

  it('is none for an unknown name, which the answer repeats up to 80 characters', () => {
    assert.throws(() => both.named(path('g'.repeat(200))), {
      ...{ statusCode: 404, reason: 'wrong-bridge' },
      message: `this relayer has no bridge ${'g'.repeat(80)}; /v1/bridges lists them`,
    });
  });

  it('is the only one of a process, whatever the body names', () => {
    const one = directoryOf([gold]);
    assert.equal(nameOf(one.only(get('/v1/status'))), 'gold');
    assert.equal(nameOf(one.only(post({ chainId: 1, bridge: addressOf('cc') }))), 'gold');
  });

  it('is the one in the body of a peer’s request: chain id and contract both count', () => {
    assert.equal(nameOf(both.only(post({ chainId: 2, bridge: addressOf('bb') }))), 'silver');
    for (const body of [
      { chainId: 3, bridge: addressOf('bb') },
      { chainId: 1, bridge: addressOf('cc') },
      {},
      null,
      'x',
    ]) {
      assert.throws(() => both.only(post(body)), { statusCode: 409, reason: 'wrong-bridge' });
    }
  });

  it('is the bridge of the rewards or anchors contract in the body, on the main chain alone', () => {
    const anchored = served('anchored', 'cc', {
      config: { ...gold.config, name: 'anchored', anchors: { contract: anchors } } as ServedBridge['config'],
    });
    const directory = directoryOf([silver, anchored]);
    assert.equal(nameOf(directory.only(post({ chainId: 1, rewards }))), 'silver');
    assert.equal(nameOf(directory.only(post({ chainId: 1, anchors }))), 'anchored');
    assert.throws(() => directory.only(post({ chainId: 2, rewards })), { statusCode: 409 });
  });

  it('must be in the path of a GET request to several, also while only one is left', () => {
    for (const directory of [both, directoryOf([gold], true)]) {
      assert.throws(() => directory.only(get('/v1/status')), {
        statusCode: 404,
        message: /\/v1\/bridges\/NAME\/status/,
      });
    }
  });

  it('answers 503 with its problems while it is not open', () => {
    const failing = served('gold', 'aa', closed([{ part: 'start', message: 'disk full' }]));
    const starting = served('silver', 'bb', closed([]));
    const directory = directoryOf([failing, starting]);
    assert.throws(() => directory.named(path('gold')), { statusCode: 503, message: /not open: start: disk full/ });
    assert.throws(() => directory.named(path('silver')), { statusCode: 503, message: /it is starting/ });
  });
});

describe('the list of bridges', () => {
  it('has the open, parked and oldest transfers of one that is open', async () => {
    const { version, bridges } = await directoryOf([served('gold', 'aa')]).list();
    assert.equal(version, '2.0.0');
    const [{ state, open, parked, oldestSeconds, margin, problems }] = bridges as [(typeof bridges)[number]];
    assert.deepEqual(
      { state, open, parked, oldestSeconds, margin, problems },
      { state: 'open', open: 2, parked: 1, oldestSeconds: 60, margin: { mint: 2, withdraw: 2 }, problems: [] },
    );
  });

  it('distinguishes a failed start from one under way; both are stopped in both directions', async () => {
    const failed = served('gold', 'aa', closed([{ part: 'start', code: 'disk-full' }]));
    const starting = served('silver', 'bb', closed([]));
    const { bridges } = await directoryOf([failed, starting]).list();
    assert.deepEqual(
      bridges.map(({ state, stopped, open, problems }) => ({ state, stopped, open, problems })),
      [
        { state: 'failed', stopped: ['mint', 'withdraw'], open: 0, problems: ['disk-full'] },
        { state: 'starting', stopped: ['mint', 'withdraw'], open: 0, problems: [] },
      ],
    );
  });

  it('names each kind of problem once, and at most eight', async () => {
    const problems = Array.from({ length: 20 }, (_, index) => ({ part: `${index}`, code: `code-${index >> 1}` }));
    const { bridges } = await directoryOf([
      served('gold', 'aa', { problems: () => problems as unknown as Problem[] }),
    ]).list();
    assert.deepEqual(
      bridges[0]?.problems,
      Array.from({ length: 8 }, (_, index) => `code-${index}`),
    );
  });
});

describe('the list of bridges', () => {
  it('has the others when listing one throws, and that one as failed', async () => {
    const broken = served('broken', 'cc', {
      problems: () => {
        throw new Error('a fault');
      },
    });
    const faults: string[] = [];
    const directory = createBridgeDirectory({
      ...{ version: '2.0.0', runners: () => [broken, served('gold', 'aa')], isFleet: true, now: () => 100 },
      onFault: ({ name }, error) => void faults.push(`${name}: ${String(error)}`),
    });
    const { bridges } = await directory.list();
    assert.deepEqual(
      bridges.map(({ name, state, problems }) => [name, state, problems]),
      [
        ['broken', 'failed', ['internal']],
        ['gold', 'open', []],
      ],
    );
    assert.deepEqual(faults, ['broken: Error: a fault']);
  });
});
