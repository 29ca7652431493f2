import assert from 'node:assert/strict';
import { afterEach, describe, it, mock } from 'node:test';
import { setImmediate } from 'node:timers/promises';

import type { Endpoint } from '../../../relayer/chain/json-rpc-endpoint.ts';
import { createRpcQuorum } from '../../../relayer/chain/rpc-quorum.ts';
import { type Chain, Refusal, type Says, Silence, startNodes } from './support/node.ts';

const always =
  (result: unknown): Says =>
  () =>
    result;
const silent: Says = () => Silence;

describe('the nodes of a chain', () => {
  let chain: Chain;
  afterEach(() => chain.close());

  describe('that must agree', () => {
    it('give the one answer that the quorum shares, whoever else says what', async () => {
      chain = await startNodes(2, always('0xb'), always('0xa'), always('0xa'));
      assert.equal(await chain.nodes.agree('eth_call', []), '0xa');
      assert.equal(chain.disagreements(), 0);
    });

    it('give none, and alarm, when too few share one', async () => {
      chain = await startNodes(2, always('0xa'), always('0xb'), always('0xc'));
      await assert.rejects(chain.nodes.agree('eth_call', []), { code: 'rpc-disagreement' });
      assert.equal(chain.disagreements(), 1);
    });

    it('never lower the bar when one is silent, and say that it is silence', async () => {
      chain = await startNodes(2, always('0xa'), silent, silent);
      await assert.rejects(chain.nodes.agree('eth_call', []), { code: 'rpc-unreachable' });
      assert.equal(chain.disagreements(), 0, 'one alone disagrees with nobody');
    });

    it('do not take the same refusal for an agreement', async () => {
      const refuses = always(new Refusal(-32000, 'header not found'));
      chain = await startNodes(2, refuses, refuses, always('0xa'));
      await assert.rejects(chain.nodes.agree('eth_call', []), { code: 'rpc-unreachable' });
    });

    it('are compared by what is asked for alone', async () => {
      chain = await startNodes(2, always({ hash: '0xa', size: '0x1' }), always({ hash: '0xa', size: '0x2' }));
      const found = await chain.nodes.agree<{ hash: string }>('eth_getBlockByNumber', [], ({ hash }) => hash);
      assert.equal(found.hash, '0xa');
      await assert.rejects(chain.nodes.agree('eth_getBlockByNumber', []), { code: 'rpc-disagreement' });
    });

    it('are not kept from it by one whose answer cannot be read', async () => {
      const read = ({ hash }: { hash: string }) => hash;
      chain = await startNodes(2, always(null), always({ hash: '0xa' }), always({ hash: '0xa' }));
      assert.equal((await chain.nodes.agree('eth_getBlockByNumber', [], read)).hash, '0xa');
      await chain.close();
      chain = await startNodes(2, always(null), always({ hash: '0xa' }));
      await assert.rejects(chain.nodes.agree('eth_getBlockByNumber', [], read), { code: 'rpc-unreachable' });
    });

    it('say what the only one said, when there is only one', async () => {
      chain = await startNodes(1, always(new Refusal(-32000, 'missing trie node')));
      await assert.rejects(chain.nodes.agree('eth_call', []), /missing trie node/);
    });
  });

  it('may say as much as a block that somebody has filled with logs on purpose', async () => {
    const data = `0x${'ab'.repeat(8 * 1_024 ** 2)}`;
    chain = await startNodes(1, always([{ logs: [{ data }] }]));
    const [receipt] = await chain.nodes.one<{ logs: { data: string }[] }[]>('eth_getBlockReceipts', []);
    assert.equal(receipt?.logs[0]?.data.length, data.length);
  });

  describe('any of which will do', () => {
    it('are asked in their order, until one answers', async () => {
      chain = await startNodes(2, silent, always('0xb'), always('0xc'));
      assert.equal(await chain.nodes.one('eth_gasPrice', []), '0xb');
      assert.equal(chain.fakes[2]?.asked.size, 0);
    });

    it('are not asked further when one refuses: a revert is an answer', async () => {
      const data = '0x08c379a0';
      chain = await startNodes(1, always(new Refusal(3, 'execution reverted', data)), always('0x'));
      await assert.rejects(chain.nodes.one('eth_call', []), { name: 'RpcError', rpcCode: 3, data });
      assert.equal(chain.fakes[1]?.asked.size, 0);
    });

    it('are asked further when one lacks the block or is asked too much, and what one said is told when all fail', async () => {
      const fails = [new Refusal(-32000, 'header not found'), new Refusal(-32005, 'rate limit exceeded')].map(always);
      chain = await startNodes(1, ...fails, always('0xb'));
      assert.equal(await chain.nodes.one('eth_call', []), '0xb');
      await chain.close();
      chain = await startNodes(1, silent, ...fails, silent);
      // The rate limit is the one that waiting mends.
      await assert.rejects(chain.nodes.one('eth_call', []), /rate limit exceeded/);
    });

    it('are silent when all are', async () => {
      chain = await startNodes(1, silent, silent);
      await assert.rejects(chain.nodes.one('eth_call', []), { code: 'rpc-unreachable' });
    });
  });

  it('are each heard as they answer, errors and all', async () => {
    chain = await startNodes(1, always('0xa'), silent);
    const heard: boolean[] = [];
    const answers = await chain.nodes.all('eth_call', [], (answer) => heard.push('result' in answer));
    assert.deepEqual(
      answers.map((answer) => 'result' in answer),
      [true, false],
    );
    assert.deepEqual(heard.toSorted(), [false, true]);
  });
});

describe('a burst of reads', () => {
  /** Eight answers at once, so that the node has a usual latency; then reads that wait, `ms` long. */
  const startReads = async (count: number, ms: number) => {
    mock.timers.enable({ apis: ['setTimeout'] });
    try {
      let time = 0;
      const waiting: (() => void)[] = [];
      let isHeld = false;
      const request = () =>
        isHeld ? new Promise((resolve) => waiting.push(() => resolve('0xa'))) : Promise.resolve('0xa');
      const endpoint = { name: '0', request, stream: request } as unknown as Endpoint;
      const quorum = createRpcQuorum({
        ...{ name: 'main', chainId: 1, quorum: 1, endpoints: [endpoint], onDisagreement: () => undefined },
        now: () => time,
      });
      for (let known = 0; known < 8; known++) await quorum.agree('eth_call', []);
      isHeld = true;
      const reads = Promise.allSettled(Array.from({ length: count }, () => quorum.agree('eth_call', [])));
      for (; time < ms; time += 100) {
        mock.timers.tick(100);
        await setImmediate();
      }
      for (const answer of waiting) answer();
      return (await reads).filter(({ status }) => status === 'fulfilled').length;
    } finally {
      mock.timers.reset();
    }
  };

  it('is waited for as long as its size takes, where a single read is given up', async () => {
    assert.equal(await startReads(1, 4_000), 0);
    assert.equal(await startReads(800, 4_000), 800);
  });

  it('of one is not given up for a node that is held up for two seconds, where no other can answer', async () => {
    assert.equal(await startReads(1, 2_500), 1);
  });
});
