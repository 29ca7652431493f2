import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';

import { type Hex, serializeTransaction } from 'viem';

import { PegwayError } from '../../../protocol/errors.ts';
import { type Anvil, startAnvil } from './support/anvil.ts';
import {
  address,
  createWorld,
  gwei,
  headOf,
  intent,
  newStore,
  type Node,
  signer,
  type World,
} from './support/world.ts';

const code =
  (expected: string) =>
  (error: unknown): boolean =>
    error instanceof PegwayError && error.code === expected;

const countOf = async (node: Node): Promise<number> =>
  Number(await node.rpc<Hex>('eth_getTransactionCount', [address, 'latest']));

/** Sends with the same key, outside the manager. */
async function sendForeign(node: Node, nonce: number, fee = 100n * gwei): Promise<Hex> {
  const transaction = {
    type: 'eip1559',
    chainId: 31337,
    nonce,
    gas: 21_000n,
    to: address,
    value: 0n,
    maxFeePerGas: fee,
    maxPriorityFeePerGas: fee,
  } as const;
  const { r, s, yParity } = await signer.sign(serializeTransaction(transaction));
  return node.rpc('eth_sendRawTransaction', [serializeTransaction(transaction, { r, s, yParity })]);
}

describe('TxManager, on a chain with fees', () => {
  let anvil: Anvil;
  let world: World;
  let snapshot: Hex;

  before(async () => {
    // Two transactions of 30,000 gas per block.
    anvil = await startAnvil('--gas-limit', '70000', '--disable-default-create2-deployer');
    await anvil.mine();
  });
  after(() => anvil.stop());

  beforeEach(async () => {
    if ((snapshot as string | undefined) !== undefined) await anvil.rpc('evm_revert', [snapshot]);
    snapshot = await anvil.rpc('evm_snapshot');
    await anvil.rpc('anvil_dropAllTransactions');
    await anvil.rpc('anvil_setNextBlockBaseFeePerGas', ['0x3b9aca00']);
    await anvil.mine();
    world = createWorld({ nodes: [anvil] });
  });

  const step = async (blocks = 1, in_ = world): Promise<void> => {
    for (let block = 0; block < blocks; block++) {
      await anvil.mine();
      await in_.see();
    }
  };

  const setBaseFee = async (fee: bigint): Promise<void> => {
    await anvil.rpc('anvil_setNextBlockBaseFeePerGas', [`0x${fee.toString(16)}`]);
    await anvil.mine();
  };

  it('does not take a transaction while the base fee is above the cap, and uses no nonce', async () => {
    await setBaseFee(600n * gwei);
    await assert.rejects(world.manager.submit(intent()), code('fee-cap'));
    assert.deepEqual(world.manager.pending(), []);
    assert.deepEqual(world.store.load('main', address), []);
  });

  it('does not take a transaction that asks for more gas than a block has, and gives its nonce to the next', async () => {
    await assert.rejects(world.manager.submit(intent('too-big', 90_000n)), code('gas-limit-too-high'));
    const next = await world.manager.submit(intent());
    assert.equal(next.nonce, await countOf(anvil));
  });

  it('does not take a transaction with too little gas to start', async () => {
    await assert.rejects(world.manager.submit(intent('too-small', 20_000n)), code('intrinsic-gas'));
    assert.deepEqual(world.manager.pending(), []);
  });

  it('refuses when the account has too little, looks once a head, and resumes when the balance is back', async () => {
    await anvil.rpc('anvil_setBalance', [address, '0x1']);
    await world.see();
    await assert.rejects(world.manager.submit(intent('poor')), code('low-funds'));
    world.asked.length = 0;
    await assert.rejects(world.manager.submit(intent('poor')), code('low-funds'));
    assert.ok(!world.asked.includes('eth_sendRawTransaction'));

    await anvil.mine();
    await anvil.rpc('anvil_setBalance', [address, '0xde0b6b3a7640000']);
    await step();
    const record = await world.manager.submit(intent('poor'));
    await step();
    assert.deepEqual(
      world.mined.map(({ key }) => key),
      [record.key],
    );
  });

  it('holds a raise that the account cannot pay, keeps what is sent, and raises when the balance is back', async () => {
    const record = await world.manager.submit(intent());
    const first = record.versions[0];
    await anvil.rpc('anvil_setBalance', [address, `0x${(record.gas * first.fees.maxFeePerGas).toString(16)}`]);
    await setBaseFee(50n * gwei);
    await world.see();
    await setBaseFee(50n * gwei);
    await step(3);
    assert.equal(world.manager.pending()[0]?.held, 'low-funds');
    assert.equal(await countOf(anvil), record.nonce);

    await anvil.rpc('anvil_setBalance', [address, '0xde0b6b3a7640000']);
    await step(4);
    assert.equal(world.mined.length, 1);
  });

  it('returns the same record for the same key, also when two ask at once', async () => {
    const [one, two] = await Promise.all([world.manager.submit(intent('same')), world.manager.submit(intent('same'))]);
    assert.equal(one.nonce, two.nonce);
    assert.equal(world.manager.pending().length, 1);
  });

  it('gives each of many submits at once a nonce of its own', async () => {
    const records = await Promise.all(Array.from({ length: 12 }, () => world.manager.submit(intent())));
    assert.deepEqual(
      records.map(({ nonce }) => nonce),
      records.map((_, index) => (records[0]?.nonce ?? 0) + index),
    );
  });

  it('reads nothing while nothing is pending', async () => {
    await world.manager.recover();
    world.asked.length = 0;
    await step(3);
    assert.deepEqual(world.asked, []);
  });

  it('looks at the newest head alone when heads come faster than they are worked off', async () => {
    await world.manager.submit(intent());
    world.asked.length = 0;
    const head = await headOf(anvil);
    await Promise.all([1, 2, 3].map(() => world.manager.onHead({ ...head })));
    assert.equal(world.asked.filter((method) => method === 'eth_getTransactionCount').length, 1);
  });

  it('never asks for a receipt, and for nothing by transaction', async () => {
    for (let sent = 0; sent < 4; sent++) await world.manager.submit(intent());
    await step(6);
    assert.equal(world.mined.length, 4);
    assert.ok(!world.asked.some((method) => /Receipt|ByHash/.test(method)));
  });

  it('raises a transaction that is stuck below the base fee', async () => {
    await world.manager.submit(intent());
    for (let block = 0; block < 3; block++) {
      await setBaseFee(40n * gwei);
      await world.see();
    }
    const [stuck] = world.manager.pending();
    assert.ok(stuck?.versions.length === 2);
    await step();
    assert.equal(world.mined[0]?.nonce, stuck.nonce);
    assert.ok(world.outcomes.includes('bumped'));
  });

  it('stops at the cap while fees are above it, and resumes when they fall', async () => {
    world = createWorld({ nodes: [anvil], fees: { maxFeePerGas: 10n * gwei } });
    const record = await world.manager.submit(intent());
    for (let block = 0; block < 8; block++) {
      await setBaseFee(100n * gwei);
      await world.see();
    }
    const [held] = world.manager.pending();
    assert.equal(held?.held, 'fee-cap');
    assert.equal(held.versions.length, 1);

    await setBaseFee(gwei);
    await world.see();
    await step(2);
    assert.equal(world.mined[0]?.nonce, record.nonce);
    assert.equal(world.mined[0].held, null);
  });

  it('sends again what the pool dropped', async () => {
    const record = await world.manager.submit(intent());
    await anvil.rpc('anvil_dropTransaction', [record.versions[0].hash]);
    await step(2);
    assert.equal(world.mined.length, 1);
  });

  it('heals within three blocks when a full block makes the pool drop the later nonces', async () => {
    const records = await Promise.all(Array.from({ length: 8 }, () => world.manager.submit(intent())));
    // Four blocks suffice for eight; each gap may cost one more.
    await step(7);
    assert.equal(world.mined.length, records.length);
    assert.deepEqual(world.manager.pending(), []);
  });

  it('heals within three blocks when the pool drops everything but the last', async () => {
    const records = await Promise.all(Array.from({ length: 4 }, () => world.manager.submit(intent())));
    for (const { versions } of records.slice(0, 3)) await anvil.rpc('anvil_dropTransaction', [versions[0].hash]);
    await step(4);
    assert.equal(world.mined.length, 4);
  });

  it('notices that somebody else used its nonce, says so, and takes the intent again', async () => {
    const record = await world.manager.submit(intent('mine'));
    await sendForeign(anvil, record.nonce);
    await step();
    assert.deepEqual(
      world.abandoned.map(({ record: { key }, reason }) => [key, reason]),
      [['mine', 'foreign-nonce']],
    );

    const again = await world.manager.submit(intent('mine'));
    assert.equal(again.nonce, record.nonce + 1);
    await step();
    assert.equal(world.mined[0]?.key, 'mine');
  });

  it('goes past nonces that somebody else used while it was idle', async () => {
    await world.manager.recover();
    const count = await countOf(anvil);
    await sendForeign(anvil, count);
    await sendForeign(anvil, count + 1);
    await anvil.mine();
    // The manager has not received the new block.
    const record = await world.manager.submit(intent());
    assert.equal(record.nonce, count + 2);
  });

  it('finds each version in the blocks, whichever was mined', async () => {
    await world.manager.submit(intent('raised'));
    for (let block = 0; block < 3; block++) {
      await setBaseFee(40n * gwei);
      await world.see();
    }
    const [raised] = world.manager.pending();
    assert.ok(raised?.versions[1]);
    // This miner has the first version.
    await anvil.rpc('anvil_dropAllTransactions');
    await anvil.rpc('anvil_setNextBlockBaseFeePerGas', ['0x3b9aca00']);
    await anvil.rpc('eth_sendRawTransaction', [raised.versions[0].raw]);
    await step();
    assert.equal(world.mined[0]?.key, 'raised');
    assert.deepEqual(world.abandoned, []);
  });

  it('sends again what a reorganisation threw out', async () => {
    const fork: Hex = await anvil.rpc('evm_snapshot');
    const record = await world.manager.submit(intent());
    await step();
    assert.equal(world.mined.length, 1);

    await anvil.rpc('evm_revert', [fork]);
    await anvil.rpc('anvil_dropAllTransactions');
    await anvil.rpc('evm_increaseTime', [7]);
    await anvil.mine();
    await world.see();
    assert.deepEqual(
      world.outcomes.filter((outcome) => outcome === 'reorganised'),
      ['reorganised'],
    );
    await step();
    assert.equal(world.mined.length, 2);
    assert.equal(await countOf(anvil), record.nonce + 1);
  });

  it('forgets a mined transaction once it is deep enough, but never which nonce was the last', async () => {
    world = createWorld({ nodes: [anvil], manager: { finalityBlocks: 3 } });
    await world.manager.submit(intent());
    await world.manager.submit(intent());
    await step(5);
    assert.deepEqual(
      world.store.load('main', address).map(({ status }) => status),
      ['settled'],
    );
    world.asked.length = 0;
    await step();
    assert.deepEqual(world.asked, []);
  });

  it('takes a key anew once its owner has settled it', async () => {
    const first = await world.manager.submit(intent('reverted'));
    await step();
    assert.equal((await world.manager.submit(intent('reverted'))).nonce, first.nonce);
    await world.manager.settle('reverted');
    assert.equal((await world.manager.submit(intent('reverted'))).nonce, first.nonce + 1);
  });

  describe('started again', () => {
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
      world = createWorld({ nodes: [anvil] });
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

  describe('with a node that is', () => {
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
      world = createWorld({ nodes: [anvil, hanging] });
      await world.manager.submit(intent());
      await step();
      assert.equal(world.mined.length, 1);
    });

    it('hanging, it still hears a refusal of the other', async () => {
      world = createWorld({ nodes: [hanging, anvil] });
      await assert.rejects(world.manager.submit(intent('too-big', 90_000n)), code('gas-limit-too-high'));
    });

    it('alone and wrong about a lower nonce, it believes the blocks', async () => {
      let wrong = false;
      const muddled: Node = {
        rpc: (method, params) =>
          wrong && method === 'eth_getTransactionCount' ? Promise.resolve('0x0' as never) : anvil.rpc(method, params),
      };
      world = createWorld({ nodes: [muddled] });
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
      world = createWorld({ nodes: [anvil, liar] });
      const record = await world.manager.submit(intent());
      assert.equal(record.nonce, await countOf(anvil));
      await step();
      assert.equal(world.mined.length, 1);
      assert.deepEqual(world.abandoned, []);
    });

    it('talking garbage, it goes on with the other', async () => {
      const garbage: Node = { rpc: () => Promise.resolve({ jsonrpc: '2.0' } as never) };
      world = createWorld({ nodes: [garbage, anvil] });
      await world.manager.submit(intent());
      await anvil.mine();
      await world.manager.onHead(await headOf(anvil));
      assert.equal(world.mined.length, 1);
    });
  });
});

describe('TxManager, on a chain', () => {
  it('free of fees, pays nothing from an empty account', async () => {
    const anvil = await startAnvil('--base-fee', '0', '--gas-price', '0', '--disable-min-priority-fee');
    try {
      await anvil.rpc('anvil_setBalance', [address, '0x0']);
      const world = createWorld({ nodes: [anvil] });
      const record = await world.manager.submit(intent());
      assert.equal(record.versions[0].fees.maxFeePerGas, 0n);
      await anvil.rpc('anvil_dropAllTransactions');
      for (let block = 0; block < 8; block++) {
        await anvil.mine();
        await world.see();
      }
      assert.equal(world.mined[0]?.versions.length, 1);
    } finally {
      await anvil.stop();
    }
  });

  it('without base fees, sends legacy transactions and raises their price', async () => {
    const anvil = await startAnvil('--hardfork', 'berlin');
    try {
      const world = createWorld({ nodes: [anvil] });
      const record = await world.manager.submit(intent());
      assert.equal(record.versions[0].fees.legacy, true);
      await anvil.mine();
      await world.see();
      assert.equal(world.mined.length, 1);
    } finally {
      await anvil.stop();
    }
  });
});
