import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import type { Anvil } from './support/manual-chain.ts';
import { code, countOf, startFeeChain } from './support/fee-chain.ts';
import { type Node, type World, address, createWorld, headOf, intent } from './support/world.ts';

describe('TxManager, with a node that is', () => {
  const chain = startFeeChain();
  let anvil: Anvil;
  let world: World;
  beforeEach(() => ({ anvil, world } = chain.current()));
  const { step } = chain;

  const hanging: Node = { rpc: () => new Promise(() => {}) };
  const behind = (blocks: bigint): Node => ({
    async rpc<T>(method: string, params: readonly unknown[] = []): Promise<T> {
      const height = (await headOf(anvil)).number - blocks;
      const tag = params[method === 'eth_getBlockByNumber' ? 0 : 1];
      if (typeof tag === 'string' && tag.startsWith('0x') && BigInt(tag) > height) {
        if (method === 'eth_getBlockByNumber') return null as T;
        throw new Error('header not found');
      }
      if (method === 'eth_getTransactionCount') return anvil.rpc(method, [address, `0x${height.toString(16)}`]);
      if (method === 'eth_getBlockByNumber' && tag === 'latest') {
        return anvil.rpc(method, [`0x${height.toString(16)}`, false]);
      }
      return anvil.rpc(method, params);
    },
  });

  it('hanging, it works at the pace of the other', async () => {
    world = chain.use(createWorld({ nodes: [anvil, hanging] }));
    await world.manager.submit(intent());
    await step();
    assert.equal(world.mined.length, 1);
  });

  it('hanging, it still hears a refusal of the other', async () => {
    world = chain.use(createWorld({ nodes: [hanging, anvil] }));
    await assert.rejects(world.manager.submit(intent('too-big', 90_000n)), code('gas-limit-too-high'));
  });

  it('alone and wrong about a lower nonce, it believes the blocks', async () => {
    let wrong = false;
    const muddled: Node = {
      rpc: (method, params) =>
        wrong && method === 'eth_getTransactionCount' ? Promise.resolve('0x0' as never) : anvil.rpc(method, params),
    };
    world = chain.use(createWorld({ nodes: [muddled] }));
    await world.manager.submit(intent());
    await step();
    wrong = true;
    await step(2);
    assert.ok(!world.outcomes.includes('reorganised'));
    wrong = false;
    const record = await world.manager.submit(intent());
    assert.equal(record.nonce, await countOf(anvil));
  });

  it('behind, it never takes a nonce from it', async () => {
    await world.manager.submit(intent());
    await world.manager.submit(intent());
    await step();
    assert.equal(world.mined.length, 2);
    await world.manager.close();

    const next = createWorld({ nodes: [anvil, behind(2n)] });
    await next.manager.recover();
    assert.equal((await next.manager.submit(intent())).nonce, await countOf(anvil));
  });

  it('behind and alone after a restart, it believes its records', async () => {
    await world.manager.submit(intent());
    await step();
    await world.manager.close();

    const next = createWorld({ nodes: [behind(1n)], store: world.store });
    assert.equal((await next.manager.submit(intent())).nonce, await countOf(anvil));
    assert.ok(!next.outcomes.includes('reorganised'));
  });

  it('lying about a high nonce, it leaves no gap', async () => {
    const liar: Node = {
      rpc: (method, params) =>
        method === 'eth_getTransactionCount' ? Promise.resolve('0x3e8' as never) : anvil.rpc(method, params),
    };
    world = chain.use(createWorld({ nodes: [anvil, liar] }));
    const record = await world.manager.submit(intent());
    assert.equal(record.nonce, await countOf(anvil));
    await step();
    assert.equal(world.mined.length, 1);
    assert.deepEqual(world.abandoned, []);
  });

  it('talking garbage, it goes on with the other', async () => {
    const garbage: Node = { rpc: () => Promise.resolve({ jsonrpc: '2.0' } as never) };
    world = chain.use(createWorld({ nodes: [garbage, anvil] }));
    await world.manager.submit(intent());
    await anvil.mine();
    await world.manager.onHead(await headOf(anvil));
    assert.equal(world.mined.length, 1);
  });
});
