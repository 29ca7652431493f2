import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import type { Hex } from 'viem';

import { type Anvil, startAnvil } from './support/manual-chain.ts';
import { code, countOf, sendForeign, startFeeChain } from './support/fee-chain.ts';
import { type World, address, createWorld, gwei, headOf, intent } from './support/world.ts';

describe('TxManager, on a chain with fees', () => {
  const chain = startFeeChain();
  let anvil: Anvil;
  let world: World;
  beforeEach(() => ({ anvil, world } = chain.current()));
  const { step, setBaseFee } = chain;

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
    world = chain.use(createWorld({ nodes: [anvil], fees: { maxFeePerGas: 10n * gwei } }));
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
    world = chain.use(createWorld({ nodes: [anvil], manager: { finalityBlocks: 3 } }));
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
