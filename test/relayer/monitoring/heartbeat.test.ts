import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { PegwayError } from '../../../protocol/errors.ts';
import { sides } from '../../../protocol/lane.ts';
import { localSigner } from '../../../relayer/keys/local-signer.ts';
import type { Signer } from '../../../relayer/keys/signer.ts';
import { createMetrics } from '../../../relayer/monitoring/metrics.ts';
import { createProblems } from '../../../relayer/monitoring/problems.ts';
import { createHeartbeat } from '../../../relayer/monitoring/heartbeat.ts';

const GWEI = 10n ** 9n;
const ETHER = 10n ** 18n;

/** One relayer without peers: a key that can be made to fail, a balance that can be spent, and a clock. */
function relayer() {
  const known = { fails: false, asked: 0, balance: ETHER, seconds: 0, isUnreachable: false };
  const key = localSigner(new Uint8Array(32).fill(1));
  const signer: Signer = {
    ...key,
    sign(preimage) {
      known.asked++;
      if (known.fails) return Promise.reject(new PegwayError('no answer', { code: 'key-unreachable' }));
      return key.sign(preimage);
    },
  };
  const unused = {
    request: () => Promise.reject(new Error('no peers')),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const nodes = {
    one(method: string) {
      if (known.isUnreachable) return Promise.reject(new PegwayError('no node', { code: 'rpc-unreachable' }));
      return Promise.resolve(`0x${(method === 'eth_getBalance' ? known.balance : GWEI).toString(16)}`);
    },
  };
  const problems = createProblems(() => undefined);
  const metrics = createMetrics();
  const look = createHeartbeat({
    peerClient: unused,
    bridges: () => [],
    keys: () => [{ use: 'attest', part: 'attest key', signer, lastSuccessAt: 0 }],
    payers: () =>
      sides.map((chain) => ({
        ...{ chain, nodes: nodes as never, accounts: [{ address: signer.address, balance: undefined }] },
        baseFee: chain === 'product' ? 0n : GWEI,
      })),
    metrics,
    problems,
    signal: new AbortController().signal,
    now: () => known.seconds,
  });
  return {
    known,
    metrics,
    /** Problems after a round at this time. */
    async at(seconds: number) {
      known.seconds = seconds;
      await look();
      return problems.list().map(({ part, code }) => `${part}: ${code}`);
    },
  };
}

describe('the heartbeat', () => {
  it('ask nothing of a key that has signed within a minute', async () => {
    const { known, at } = relayer();
    assert.deepEqual(await at(59), []);
    assert.equal(known.asked, 0);
  });

  it('find a key gone that nobody has used for a minute, ask it with every round, and find it there again', async () => {
    const { known, at } = relayer();
    known.fails = true;
    assert.deepEqual(await at(60), ['attest key: key-unreachable']);
    assert.deepEqual(await at(70), ['attest key: key-unreachable']);
    assert.equal(known.asked, 2);
    known.fails = false;
    assert.deepEqual(await at(80), []);
    assert.equal(known.asked, 3);
  });

  it('find funds for fewer than three transfers too few where transfers cost, and enough when they are more', async () => {
    const { known, at } = relayer();
    known.balance = 3n * 101_000n * GWEI - 1n;
    assert.deepEqual(await at(1), ['main funds: low-funds']);
    known.balance += 1n;
    // Checked in every third round.
    await at(2);
    assert.deepEqual(await at(3), ['main funds: low-funds']);
    assert.deepEqual(await at(4), []);
  });

  it('leave it to the watch to tell of nodes that do not answer', async () => {
    const { known, at } = relayer();
    known.isUnreachable = true;
    assert.deepEqual(await at(1), []);
  });
});
