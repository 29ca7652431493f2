import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { sides } from '../../protocol/lane.ts';
import type { ConfigFile } from '../../relayer/config.ts';
import { pegway } from '../support/cli.ts';
import { ONE } from '../support/devnet.ts';
import { type GethNet, startGethNet } from '../support/geth/net.ts';
import { type Habits, type Provider, startProvider } from '../support/provider.ts';
import { eventually } from '../support/wait.ts';

/** Three providers of each chain, each at its worst in another way; two must agree. */
const providers: readonly Habits[] = [
  {
    ...{ range: { blocks: 10, refusal: 'error' }, batch: { items: 3, refusal: 'dropped' } },
    ...{ limited: { every: 10, retryAfter: 1 }, announcesEarly: true },
  },
  { behind: [0, 1, 0, 2], finalizedBehind: 1, results: 50, limited: { every: 25 } },
  {
    ...{ range: { blocks: 5, refusal: 'http' }, batch: { items: 1, refusal: 'error' } },
    forbidden: ['eth_getBlockReceipts'],
  },
];

describe('six relayers behind three providers each, on geth', () => {
  const opened: Provider[] = [];
  let net: GethNet;
  before(async () => {
    net = await startGethNet('osaka', {
      async prepare(bridge, members) {
        const urls = { main: [] as string[], product: [] as string[] };
        for (const side of sides) {
          for (const habits of providers) {
            const provider = await startProvider(bridge[side].rpcUrl, habits);
            opened.push(provider);
            urls[side].push(provider.url);
          }
        }
        for (const { configFile } of members) {
          const config = JSON.parse(readFileSync(configFile, 'utf8')) as ConfigFile;
          for (const side of sides) {
            config[side].rpcUrls = urls[side];
            config[side].rpcQuorum = 2;
          }
          writeFileSync(configFile, JSON.stringify(config));
        }
      },
    });
  });
  after(async () => {
    await net.stop();
    await Promise.all(opened.map((provider) => provider[Symbol.asyncDispose]()));
  });

  it('executes each of 30 deposits and 10 redeems once, as on own nodes', async () => {
    const begun = performance.now();
    const deposits = await net.depositMany(30);
    const productToken = net.tokens[0]!;
    for (const nonce of deposits) await net.arrives({ direction: 'mint', productToken, nonce }, 120);
    const redeems = await net.redeemMany(10);
    for (const nonce of redeems) await net.arrives({ direction: 'withdraw', productToken, nonce }, 120);
    console.log(`40 transfers in ${Math.round((performance.now() - begun) / 1_000)} s`);

    for (const nonce of deposits) {
      assert.equal((await net.executions({ direction: 'mint', productToken, nonce })).length, 1);
    }
    for (const nonce of redeems) {
      assert.equal((await net.executions({ direction: 'withdraw', productToken, nonce })).length, 1);
    }
    // Beside six relayers two providers may refuse at once; the command names that, and a person repeats it.
    const { status, stdout, stderr } = await eventually('two providers answer an audit', async () => {
      const audit = await pegway('audit', '--data', net.directory);
      return audit.stderr.includes('nodes must agree') ? undefined : audit;
    });
    assert.equal(status, 0, stdout + stderr);
  });

  it('delivers single transfers one after another', async () => {
    const latencies: number[] = [];
    for (let count = 0; count < 5; count += 1) {
      const departure = await net.deposit(ONE);
      const begun = performance.now();
      while (await net.isOpen(departure)) await sleep(50);
      latencies.push(Math.round(performance.now() - begun));
    }
    console.log(`deposit to execution: ${latencies.sort((a, b) => a - b).join(', ')} ms`);
  });

  it('met every habit of the providers', () => {
    const shown = new Map<string, number>();
    for (const provider of opened) {
      for (const [habit, count] of provider.shown) shown.set(habit, (shown.get(habit) ?? 0) + count);
    }
    const requests = opened.reduce((sum, provider) => sum + provider.requests(), 0);
    console.log(`${requests} requests: ${[...shown].map(([habit, count]) => `${habit} ${count}`).join(', ')}`);
    for (const habit of ['429', '403', 'batch refused', 'batch item dropped', 'node behind', 'lagging finalized']) {
      assert.ok(shown.has(habit), habit);
    }
    assert.ok(shown.has('null for a block just announced'));
  });
});
