// The relayer's own transactions on geth: its pool, its words, its replacement rules.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';

import { type Hash, type Hex, parseGwei } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';

import { openEndpoint } from '../../relayer/chain/json-rpc-endpoint.ts';
import { countOf, sendForeign } from '../relayer/tx/support/fee-chain.ts';
import { type Node, type World, address, createWorld, intent, privateKey } from '../relayer/tx/support/world.ts';
import { type GethChain, startGeth } from '../support/geth/geth.ts';

/** As in the tests of the transaction manager. */
const CHAIN_ID = 31_337;
/** More than the pool below keeps. */
const STRANGERS = 24;

describe('the transactions of a relayer on geth', () => {
  const directory = mkdtempSync(join(tmpdir(), 'pegway-transactions-'));
  let chain: GethChain;
  let endpoint: ReturnType<typeof openEndpoint>;
  let node: Node;
  let world: World;
  before(async () => {
    chain = await startGeth({
      ...{ chainId: CHAIN_ID, fork: 'osaka', rich: address, logFile: join(directory, 'geth.log') },
      flags: ['--txpool.globalslots', '16', '--txpool.globalqueue', '1', '--txpool.nolocals'],
    });
    endpoint = openEndpoint({ url: chain.rpcUrl, index: 0, timeoutSeconds: 10 });
    node = { rpc: (method, params = []) => endpoint.request(method, params) };
  });
  after(async () => {
    await endpoint[Symbol.asyncDispose]();
    await chain.stop();
    rmSync(directory, { recursive: true, force: true });
  });
  beforeEach(() => {
    world = createWorld({ nodes: [node], chainId: CHAIN_ID });
  });

  const build = async (transactions?: readonly Hex[]) => {
    await chain.driver.build(transactions);
    await world.see();
  };
  const isPooled = async (hash: Hash): Promise<boolean> => {
    const found = await node.rpc<{ readonly blockHash: Hash | null } | null>('eth_getTransactionByHash', [hash]);
    return found?.blockHash === null;
  };

  it('are replaced by themselves with a higher fee, and mined once', async () => {
    const { versions, nonce } = await world.manager.submit(intent());
    // Blocks that leave it out, as those of a builder that wants more.
    for (let count = 0; count < 4; count += 1) await build([]);
    assert.ok(world.outcomes.includes('bumped'), world.outcomes.join());
    const [pending] = world.manager.pending();
    const newest = pending!.versions.at(-1)!;
    assert.ok(await isPooled(newest.hash));
    assert.ok(!(await isPooled(versions[0].hash)));
    await build();
    assert.deepEqual(
      world.mined.map((record) => record.nonce),
      [nonce],
    );
    assert.equal(await countOf(node), nonce + 1);
  });

  it('are given up when another user of the key takes the nonce', async () => {
    const { nonce } = await world.manager.submit(intent('first'));
    await sendForeign(node, nonce, parseGwei('1000'));
    await build();
    assert.deepEqual(
      world.abandoned.map(({ record, reason }) => [record.key, reason]),
      [['first', 'foreign-nonce']],
    );
    await world.manager.submit(intent('second'));
    await build();
    assert.deepEqual(
      world.mined.map(({ key }) => key),
      ['second'],
    );
  });

  it('are sent again when the pool drops them for better paid ones, and mined once', async () => {
    const rich = privateKeyToAccount(privateKey);
    const strangers = Array.from({ length: STRANGERS }, () => privateKeyToAccount(generatePrivateKey()));
    const fees = { maxFeePerGas: parseGwei('400'), maxPriorityFeePerGas: parseGwei('300') };
    const transfer = { ...fees, chainId: CHAIN_ID, gas: 21_000n } as const;
    const first = await countOf(node);
    const gifts = strangers.map(({ address: to }, index) =>
      rich.signTransaction({ ...transfer, to, nonce: first + index, value: 10n ** 18n }),
    );
    await build(await Promise.all(gifts));

    const { nonce, versions } = await world.manager.submit(intent());
    assert.ok(await isPooled(versions[0].hash));
    for (const stranger of strangers) {
      const raw = await stranger.signTransaction({ ...transfer, to: address, nonce: 0 });
      // The pool refuses some of these, too, once it is full of equals.
      await node.rpc('eth_sendRawTransaction', [raw]).catch(() => undefined);
    }
    assert.ok(!(await isPooled(versions[0].hash)), 'it is still in the pool');
    for (let count = 0; count < 3 && world.mined.length === 0; count += 1) await build();
    assert.deepEqual(
      world.mined.map((record) => record.nonce),
      [nonce],
    );
    assert.equal(await countOf(node), nonce + 1);
  });
});
