// Relayers behind public providers reach what they reach on own nodes. Both runs are printed side by side.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import type { StatusView } from '../../protocol/api-types.ts';
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

/** Three proxies without habits: the same way to the same node. */
const ownNodes: readonly Habits[] = [{}, {}, {}];

interface Net extends GethNet {
  readonly opened: readonly Provider[];
}

async function startBehind(habits: readonly Habits[]): Promise<Net> {
  const opened: Provider[] = [];
  const net = await startGethNet('osaka', {
    async prepare(bridge, members) {
      const urls = { main: [] as string[], product: [] as string[] };
      for (const side of sides) {
        for (const one of habits) {
          const provider = await startProvider(bridge[side].rpcUrl, one);
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
  return {
    ...{ ...net, opened },
    async stop() {
      await net.stop();
      await Promise.all(opened.map((provider) => provider[Symbol.asyncDispose]()));
    },
  };
}

const DEPOSITS = 30;
const REDEEMS = 10;

interface Figures {
  /** How often each transfer was executed. */
  readonly executions: readonly number[];
  /** By relayer: next nonce and open transfers of each lane, in one order of the lanes. */
  readonly lanes: readonly (readonly string[])[];
}

/** All deposits at once, then all redeems, then single deposits one after another. Prints how long they took. */
async function deliver(net: Net, name: string): Promise<Figures> {
  const productToken = net.tokens[0]!;
  const begun = performance.now();
  const mints = (await net.depositMany(DEPOSITS)).map((nonce) => ({ direction: 'mint', nonce, productToken }) as const);
  for (const transfer of mints) await net.arrives(transfer, 120);
  const redeems = await net.redeemMany(REDEEMS);
  const withdrawals = redeems.map((nonce) => ({ direction: 'withdraw', nonce, productToken }) as const);
  for (const transfer of withdrawals) await net.arrives(transfer, 120);
  const seconds = Math.round((performance.now() - begun) / 1_000);

  const latencies: number[] = [];
  for (let count = 0; count < 5; count += 1) {
    const departure = await net.deposit(ONE);
    const departed = performance.now();
    while (await net.isOpen(departure)) await sleep(50);
    latencies.push(Math.round(performance.now() - departed));
  }
  const requests = net.opened.reduce((sum, provider) => sum + provider.requests(), 0);
  console.log(
    `${name}: ${DEPOSITS + REDEEMS} transfers in ${seconds} s; single deposits after ${latencies.sort((a, b) => a - b).join(', ')} ms; ${requests} requests`,
  );

  const executions: number[] = [];
  for (const transfer of [...mints, ...withdrawals]) executions.push((await net.executions(transfer)).length);
  return { executions, lanes: await Promise.all(net.devnet.members.map(({ apiUrl }) => lanesAtRest(net, apiUrl))) };
}

/** A relayer reads an execution once it is final. */
const lanesAtRest = (net: Net, apiUrl: string): Promise<readonly string[]> =>
  eventually(`no open transfer at ${apiUrl}`, async () => {
    const { lanes } = (await (await fetch(`${apiUrl}/v1/status`)).json()) as StatusView;
    if (lanes.length === 0 || lanes.some(({ open }) => open > 0)) return undefined;
    const nameOf = ({ direction, productToken }: (typeof lanes)[number]) =>
      `${direction} ${net.tokens.indexOf(productToken)}`;
    return lanes.map((lane) => `${nameOf(lane)}: ${lane.nextNonce}, ${lane.open} open`).sort();
  });

describe('six relayers behind three providers each, on geth', () => {
  let own: Figures;
  let net: Net;
  before(async () => {
    const paired = await startBehind(ownNodes);
    try {
      own = await deliver(paired, 'own nodes');
    } finally {
      await paired.stop();
    }
    net = await startBehind(providers);
  });
  after(() => net.stop());

  it('reach the same figures as on own nodes: each transfer once, each lane to its end', async () => {
    assert.deepEqual(await deliver(net, 'providers'), own);
    assert.deepEqual(new Set(own.executions), new Set([1]));
  });

  it('pass an audit', async () => {
    // Beside six relayers two providers may refuse at once: the command waits for them.
    const { status, stdout, stderr } = await pegway('audit', '--data', net.directory);
    assert.equal(status, 0, stdout + stderr);
  });

  it('deliver when the daily allowance of one provider is used up', async () => {
    for (const place of [1, 1 + providers.length]) net.opened[place]?.exhaust();
    await net.arrives(await net.deposit(ONE), 120);
    await net.arrives(await net.redeem(ONE), 120);
  });

  it('met every habit of the providers', () => {
    const shown = new Map<string, number>();
    for (const provider of net.opened) {
      for (const [habit, count] of provider.shown) shown.set(habit, (shown.get(habit) ?? 0) + count);
    }
    console.log([...shown].map(([habit, count]) => `${habit} ${count}`).join(', '));
    for (const habit of [
      ...['429', '403', 'batch refused', 'batch item dropped', 'node behind', 'lagging finalized', 'daily cap'],
      'null for a block just announced',
    ]) {
      assert.ok(shown.has(habit), habit);
    }
  });
});
