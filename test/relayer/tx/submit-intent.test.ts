import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import { PegwayError } from '../../../protocol/errors.ts';
import { createWorld, gwei, intent, type Node, signer, type World } from './support/world.ts';

const HASH = `0x${'ab'.repeat(32)}`;
const rejection = (code: string) => (error: unknown) => error instanceof PegwayError && error.code === code;

describe('submit', () => {
  /** The node's responses to successive broadcasts. A function runs before its response. */
  let broadcasts: (string | Error | (() => string | Error))[];
  let count: number;
  let balance: bigint;
  let height: bigint;
  let world: World;

  const node: Node = {
    rpc<T>(method: string, params: readonly unknown[] = []): Promise<T> {
      const answer = (): unknown => {
        switch (method) {
          case 'eth_getBlockByNumber':
            return {
              number: params[0] === 'latest' ? `0x${height.toString(16)}` : params[0],
              hash: HASH,
              timestamp: '0x1',
              baseFeePerGas: '0x1',
              transactions: [],
            };
          case 'eth_getTransactionCount':
            return `0x${count.toString(16)}`;
          case 'eth_getBalance':
            return `0x${balance.toString(16)}`;
          case 'eth_sendRawTransaction': {
            const next = broadcasts.shift() ?? HASH;
            return typeof next === 'function' ? next() : next;
          }
          default:
            return '0x1';
        }
      };
      const result = answer();
      return result instanceof Error ? Promise.reject(result) : Promise.resolve(result as T);
    },
  };

  beforeEach(() => {
    [broadcasts, count, balance, height] = [[], 7, 10n ** 18n, 100n];
    world = createWorld({ nodes: [node], fees: { maxFeePerGas: 100n * gwei } });
  });
  const stored = () => world.store.load('main', signer.address);

  it('saves the record before the first broadcast', async () => {
    let atBroadcast = 0;
    broadcasts = [
      () => {
        atBroadcast = stored().length;
        return HASH;
      },
    ];
    await world.manager.submit(intent());
    assert.equal(atBroadcast, 1);
  });

  it('frees the nonce, and keeps no record, when every node refuses', async () => {
    broadcasts = [new Error('intrinsic gas too low')];
    await assert.rejects(world.manager.submit(intent()), rejection('intrinsic-gas'));
    assert.deepEqual(stored(), []);
    assert.equal((await world.manager.submit(intent())).nonce, 7);
  });

  it('keeps the record after an unrecognized answer, which a pool may hide', async () => {
    broadcasts = [new Error('the moon is full')];
    const { nonce } = await world.manager.submit(intent());
    assert.deepEqual(
      stored().map((record) => record.nonce),
      [nonce],
    );
  });

  it('takes the next nonce when its own was used meanwhile', async () => {
    broadcasts = [
      () => {
        count = 8;
        return new Error('nonce too low');
      },
    ];
    assert.equal((await world.manager.submit(intent())).nonce, 8);
    assert.deepEqual(
      stored().map(({ nonce }) => nonce),
      [8],
    );
  });

  it('keeps its nonce when a node wrongly calls it used', async () => {
    broadcasts = [new Error('nonce too low')];
    assert.equal((await world.manager.submit(intent())).nonce, 7);
    assert.equal(world.asked.filter((method) => method === 'eth_sendRawTransaction').length, 1);
  });

  it('gives up after three nonces that were used meanwhile', async () => {
    const used = () => {
      count++;
      return new Error('nonce too low');
    };
    broadcasts = [used, used, used];
    await assert.rejects(world.manager.submit(intent()), rejection('rpc-disagreement'));
    assert.deepEqual(stored(), []);
  });

  it('signs nothing more at the same head after insufficient funds, and resumes with the balance', async () => {
    broadcasts = [new Error('insufficient funds for gas * price + value')];
    balance = 0n;
    await assert.rejects(world.manager.submit(intent()), rejection('low-funds'));
    world.asked.length = 0;
    balance = 10n ** 18n;
    await assert.rejects(world.manager.submit(intent()), rejection('low-funds'));
    assert.ok(!world.asked.includes('eth_sendRawTransaction'));
    height++;
    await world.manager.submit(intent());
  });

  it('rejects once it is closed', async () => {
    await world.manager.close();
    await assert.rejects(world.manager.submit(intent()), rejection('closed'));
    assert.deepEqual(stored(), []);
  });
});
