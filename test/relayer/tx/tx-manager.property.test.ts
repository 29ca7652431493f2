import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { Model } from './support/model.ts';
import { address, createWorld, gwei, intent, newStore, type World } from './support/world.ts';

/*
 * Random histories of a chain, its nodes and the manager's process. Invariant: once faults end, every intent is mined.
 */

type Step =
  | { readonly do: 'submit' | 'mine' | 'mine-unseen' | 'foreign' | 'restart' | 'forget' | 'drop-all' | 'heal' }
  | { readonly do: 'drop'; readonly ahead: number }
  | { readonly do: 'pool-foreign'; readonly ahead: number; readonly fee: number }
  | { readonly do: 'base-fee'; readonly gwei: number }
  | { readonly do: 'balance'; readonly coins: number }
  | { readonly do: 'reorganise'; readonly depth: number; readonly keep: boolean }
  | { readonly do: 'lag'; readonly node: number; readonly blocks: number }
  | { readonly do: 'down'; readonly node: number };

const always = (name: 'submit' | 'mine' | 'mine-unseen' | 'foreign' | 'restart' | 'forget' | 'drop-all' | 'heal') =>
  fc.constant<Step>({ do: name });
const small = fc.nat({ max: 3 });

const harmless: fc.WeightedArbitrary<Step>[] = [
  { weight: 8, arbitrary: always('submit') },
  { weight: 12, arbitrary: always('mine') },
  { weight: 2, arbitrary: always('mine-unseen') },
  { weight: 2, arbitrary: always('restart') },
  { weight: 2, arbitrary: always('drop-all') },
  { weight: 3, arbitrary: always('heal') },
  { weight: 3, arbitrary: small.map((ahead): Step => ({ do: 'drop', ahead })) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 600 }).map((fee): Step => ({ do: 'base-fee', gwei: fee })) },
  { weight: 2, arbitrary: fc.nat({ max: 2 }).map((coins): Step => ({ do: 'balance', coins })) },
  {
    weight: 3,
    arbitrary: fc.record({ node: fc.nat({ max: 1 }), blocks: small }).map((lag): Step => ({ do: 'lag', ...lag })),
  },
  { weight: 2, arbitrary: fc.nat({ max: 1 }).map((node): Step => ({ do: 'down', node })) },
];

const harmful: fc.WeightedArbitrary<Step>[] = [
  ...harmless,
  { weight: 2, arbitrary: always('foreign') },
  { weight: 1, arbitrary: always('forget') },
  {
    weight: 2,
    arbitrary: fc
      .record({ ahead: small, fee: fc.integer({ min: 1, max: 90 }) })
      .map((pool): Step => ({ do: 'pool-foreign', ...pool })),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({ depth: fc.integer({ min: 1, max: 4 }), keep: fc.boolean() })
      .map((reorg): Step => ({ do: 'reorganise', ...reorg })),
  },
];

const cap = 500n * gwei;

class History {
  readonly model = new Model();
  readonly faults = [
    { lag: 0, down: false },
    { lag: 0, down: false },
  ];
  readonly nodes = this.faults.map((faults) => this.model.node(faults));
  /** Intents that their owner considers open. */
  readonly open = new Set<string>();
  store = newStore();
  world: World = this.start();
  /** Every version of every key ever signed. */
  readonly hashes = new Map<string, Set<string>>();
  submits = 0;
  /** Keys that the manager has lost; their owner recovers the open ones from the bridge. */
  forgotten = 0;

  start(): World {
    const world = createWorld({
      nodes: this.nodes,
      store: this.store,
      fees: { maxFeePerGas: cap },
      manager: {
        finalityBlocks: 6,
        onMined: ({ key }) => this.open.delete(key),
        onAbandoned: ({ key }) => this.open.add(key),
      },
    });
    return world;
  }

  async run(step: Step): Promise<void> {
    switch (step.do) {
      case 'submit':
        this.open.add(`key-${++this.submits}`);
        return this.resubmit();
      case 'mine':
        this.model.mine();
        return this.see();
      case 'mine-unseen':
        this.model.mine();
        return;
      case 'foreign':
        this.model.mineForeign();
        return this.see();
      case 'pool-foreign':
        this.model.poolForeign(step.ahead, BigInt(step.fee) * gwei);
        return;
      case 'restart':
        await this.world.manager.close();
        this.world = this.start();
        return;
      case 'forget':
        this.store = newStore();
        await this.world.manager.close();
        this.world = this.start();
        this.forgotten = this.submits;
        return;
      case 'drop':
        this.model.pool.delete(this.model.tip.count + step.ahead);
        return;
      case 'drop-all':
        this.model.pool.clear();
        return;
      case 'base-fee':
        this.model.baseFee = BigInt(step.gwei) * gwei;
        return;
      case 'balance':
        this.model.balance = BigInt(step.coins) * 1_000_000n * gwei;
        return;
      case 'reorganise':
        this.model.reorganise(step.depth, step.keep);
        return this.see();
      case 'lag':
        Object.assign(this.faults[step.node] ?? {}, { lag: step.blocks });
        return;
      case 'down':
        Object.assign(this.faults[step.node] ?? {}, { down: true });
        return;
      case 'heal':
        for (const faults of this.faults) Object.assign(faults, { lag: 0, down: false });
        this.model.balance = 10n ** 20n;
        this.model.baseFee = gwei;
        return;
    }
  }

  async see(): Promise<void> {
    const { number, baseFee } = this.model.tip;
    await this.world.manager.onHead({ number: BigInt(number), baseFeePerGas: baseFee, timestamp: BigInt(number) });
    await this.resubmit();
  }

  async resubmit(): Promise<void> {
    this.findForgotten();
    for (const key of [...this.open]) {
      await this.world.manager.submit(intent(key)).then(
        () => this.open.delete(key),
        () => undefined,
      );
    }
  }

  check(): void {
    const live = this.store.load('main', address);
    for (const { key, filler, versions } of live) {
      for (const { fees, hash } of versions) {
        assert.ok(fees.maxFeePerGas <= cap, 'a fee above the cap');
        assert.ok(fees.maxPriorityFeePerGas <= fees.maxFeePerGas, 'a tip above the fee');
        if (!filler) this.hashes.set(key, (this.hashes.get(key) ?? new Set()).add(hash));
      }
    }
    const keys = live.filter(({ status, filler }) => status === 'pending' && !filler).map(({ key }) => key);
    assert.equal(new Set(keys).size, keys.length, 'one intent with two nonces');
  }

  isMined(key: string): boolean {
    return this.timesMined(key) > 0;
  }

  timesMined(key: string): number {
    const included: ReadonlySet<string> = this.model.included();
    return [...(this.hashes.get(key) ?? [])].filter((hash) => included.has(hash)).length;
  }

  async finish(): Promise<void> {
    await this.run({ do: 'heal' });
    // The cap leaves ample room to outbid any transaction in the pool by doubling.
    for (let block = 0; block < 60 && (block === 0 || !this.isDone()); block++) {
      await this.run({ do: 'mine' });
      this.check();
    }
    assert.deepEqual(
      this.world.manager.pending().map(({ key, nonce }) => ({ key, nonce })),
      [],
    );
    for (let key = 1; key <= this.submits; key++) assert.ok(this.isMined(`key-${key}`), `key-${key} is not mined`);
  }

  findForgotten(): void {
    for (let key = 1; key <= this.forgotten; key++) if (!this.isMined(`key-${key}`)) this.open.add(`key-${key}`);
  }

  isDone(): boolean {
    this.findForgotten();
    return this.open.size === 0 && this.world.manager.pending().length === 0;
  }
}

async function live(steps: readonly Step[]): Promise<History> {
  const history = new History();
  for (const step of steps) {
    await history.run(step);
    history.check();
  }
  await history.finish();
  await history.world.manager.close();
  return history;
}

describe('whatever happens to chain, pool, nodes and process', () => {
  it('every intent is mined once faults end, at fees under the cap', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(...harmful), { maxLength: 50 }), async (steps) => {
        await live(steps);
      }),
      { numRuns: 150 },
    );
  });

  it('no intent is mined twice while nobody else uses the key and nothing is reorganised', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(...harmless), { maxLength: 50 }), async (steps) => {
        const history = await live(steps);
        for (let key = 1; key <= history.submits; key++) assert.equal(history.timesMined(`key-${key}`), 1);
      }),
      { numRuns: 150 },
    );
  });
});
