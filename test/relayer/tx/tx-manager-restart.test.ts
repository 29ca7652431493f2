import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import type { Anvil } from './support/manual-chain.ts';
import { code, countOf, sendForeign, startFeeChain } from './support/fee-chain.ts';
import { type Node, type World, address, createWorld, gwei, intent, newStore } from './support/world.ts';

describe('TxManager, started again', () => {
  const chain = startFeeChain();
  let anvil: Anvil;
  let world: World;
  beforeEach(() => ({ anvil, world } = chain.current()));
  const { step, setBaseFee } = chain;

  it('goes on with its records', async () => {
    const record = await world.manager.submit(intent('before'));
    await world.manager.close();
    await anvil.rpc('anvil_dropAllTransactions');

    const next = createWorld({ nodes: [anvil], store: world.store });
    await next.manager.recover();
    assert.deepEqual(
      next.manager.pending().map(({ key }) => key),
      ['before'],
    );
    assert.equal((await next.manager.submit(intent('before'))).nonce, record.nonce);
    await next.see();
    await step(1, next);
    assert.deepEqual(
      next.mined.map(({ key }) => key),
      ['before'],
    );
  });

  it('reports a transaction again that was mined before, so that a reverted one is retried after finality', async () => {
    const first = await world.manager.submit(intent('reverted'));
    await step();
    await world.manager.close();

    const next = createWorld({ nodes: [anvil], store: world.store });
    await next.manager.recover();
    assert.equal((await next.manager.submit(intent('reverted'))).nonce, first.nonce);
    assert.deepEqual(
      next.mined.map(({ key, mined }) => [key, mined?.number]),
      [['reverted', world.mined[0]?.mined?.number]],
    );
    await next.manager.settle('reverted');
    assert.equal((await next.manager.submit(intent('reverted'))).nonce, first.nonce + 1);
  });

  it('learns what was mined while it was down, also long ago', async () => {
    for (const blocks of [2, 90]) {
      const store = newStore();
      const old = createWorld({ nodes: [anvil], store });
      await old.manager.submit(intent(`before-${blocks}`));
      await old.manager.close();
      await anvil.mine(blocks);

      const next = createWorld({ nodes: [anvil], store });
      await next.manager.recover();
      await next.see();
      assert.deepEqual(
        next.mined.map(({ key }) => key),
        [`before-${blocks}`],
      );
      await next.manager.close();
    }
  });

  it('sends what was recorded and never sent', async () => {
    let down = true;
    const node: Node = {
      rpc(method, params) {
        if (down && method === 'eth_sendRawTransaction') return new Promise(() => {});
        return anvil.rpc(method, params);
      },
    };
    const store = newStore();
    createWorld({ nodes: [node], store })
      .manager.submit(intent('unsent'))
      .catch(() => undefined);
    while (store.load('main', address).length === 0) await new Promise(setImmediate);

    down = false;
    const next = createWorld({ nodes: [node], store });
    await next.manager.recover();
    await next.see();
    await step(1, next);
    assert.deepEqual(
      next.mined.map(({ key }) => key),
      ['unsent'],
    );
  });

  it('without its records gives what is pending a turn, and then replaces it', async () => {
    const lost = await world.manager.submit(intent('lost'));
    await world.manager.close();
    await setBaseFee(80n * gwei);

    // Unlike other clients, Anvil excludes transactions below the base fee from this count.
    const counting: Node = {
      async rpc<T>(method: string, params: readonly unknown[] = []): Promise<T> {
        return params[1] === 'pending' ? (`0x${(lost.nonce + 1).toString(16)}` as T) : anvil.rpc(method, params);
      },
    };
    const next = createWorld({ nodes: [counting] });
    await next.manager.recover();
    await assert.rejects(next.manager.submit(intent('new')), code('waiting-for-inclusion'));
    for (let block = 0; block < 3; block++) {
      await setBaseFee(80n * gwei);
      await next.see();
    }
    const record = await next.manager.submit(intent('new'));
    assert.equal(record.nonce, lost.nonce);
    await step(1, next);
    assert.deepEqual(
      next.mined.map(({ key }) => key),
      ['new'],
    );
  });

  it('without its records goes on at once when what was pending is mined', async () => {
    const lost = await world.manager.submit(intent('lost'));
    await world.manager.close();

    const next = createWorld({ nodes: [anvil] });
    await next.manager.recover();
    await anvil.mine();
    await next.see();
    const record = await next.manager.submit(intent('new'));
    assert.equal(record.nonce, lost.nonce + 1);
  });

  it('without its records beats a dearer transaction in the pool in few steps, under the cap', async () => {
    const count = await countOf(anvil);
    world = chain.use(createWorld({ nodes: [anvil] }));
    await world.manager.recover();
    // Dearer than the manager would offer at first, and never mined, since its fee is below this chain's base fee.
    await anvil.rpc('anvil_dropAllTransactions');
    await setBaseFee(30n * gwei);
    await world.see();
    await sendForeign(anvil, count, 29n * gwei);
    const record = await world.manager.submit(intent('patient'));
    assert.equal(record.nonce, count);
    for (let block = 0; block < 8 && world.mined.length === 0; block++) {
      await setBaseFee(30n * gwei);
      await world.see();
    }
    assert.equal(world.mined[0]?.key, 'patient');
    assert.ok(world.mined[0].versions.length <= 5);
  });
});
