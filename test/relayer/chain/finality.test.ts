import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';

import { numberToHex } from 'viem';

import { finalHead, headerAt, latestHead } from '../../../relayer/chain/finality.ts';
import { type Chain, type Says, Silence, startNodes } from './support/node.ts';

/** A node with a chain of one fork, and these finalized and latest heights. */
const node =
  (final: number, latest: number, fork = 'a'): Says =>
  (method, [at]) => {
    if (method === 'eth_blockNumber') return numberToHex(latest);
    const number = at === 'finalized' ? final : at === 'latest' ? latest : Number(at);
    if (number > latest) return null;
    const hash = `0x${fork}${number}`;
    const rest = { parentHash: '0x', timestamp: '0x64', gasLimit: '0x1', logsBloom: '0x' };
    return { number: numberToHex(number), hash, ...rest };
  };
const silent: Says = () => Silence;

describe('the final head', () => {
  let chain: Chain;
  afterEach(() => chain.close());
  const final = async (quorum: number, ...nodes: readonly Says[]) => {
    chain = await startNodes(quorum, ...nodes);
    return (await finalHead(chain.nodes, 'finalized')).number;
  };

  it('is what the quorum holds final, not what the furthest does', async () => {
    assert.equal(await final(2, node(10, 20), node(8, 20), node(5, 20)), 8n);
  });

  it('costs one request a node while they are level', async () => {
    assert.equal(await final(2, node(10, 20), node(10, 21)), 10n);
    assert.deepEqual(
      chain.fakes.map(({ asked }) => [...asked.values()]),
      [[1], [1]],
    );
  });

  it('is none when the nodes are of different chains at that height', async () => {
    await assert.rejects(final(2, node(10, 20), node(10, 20, 'b')), { code: 'rpc-disagreement' });
  });

  it('is none when too few answer', async () => {
    await assert.rejects(final(2, node(10, 20), silent), { code: 'rpc-unreachable' });
  });

  it('by depth is so far below what the quorum has seen', async () => {
    chain = await startNodes(2, node(0, 30), node(0, 25), node(0, 12));
    assert.equal((await finalHead(chain.nodes, { depth: 6 })).number, 19n);
  });

  it('by depth is block 0 on a chain that is shorter', async () => {
    chain = await startNodes(1, node(0, 3));
    assert.equal((await finalHead(chain.nodes, { depth: 6 })).number, 0n);
  });

  it('by depth is none when the nodes have different blocks there', async () => {
    chain = await startNodes(2, node(0, 30), node(0, 30, 'b'));
    await assert.rejects(finalHead(chain.nodes, { depth: 6 }), { code: 'rpc-disagreement' });
  });
});

describe('a header', () => {
  let chain: Chain;
  afterEach(() => chain.close());

  it('at a height that no node has is none', async () => {
    chain = await startNodes(2, node(0, 5), node(0, 5));
    await assert.rejects(headerAt(chain.nodes, 6n), /block 6/);
  });

  it('is of the fork that the quorum names', async () => {
    chain = await startNodes(2, node(0, 5, 'b'), node(0, 5), node(0, 5));
    assert.equal((await headerAt(chain.nodes, 5n)).hash, '0xa5');
  });
});

describe('the latest head', () => {
  let chain: Chain;
  afterEach(() => chain.close());

  it('is what the quorum has reached, not what the furthest names', async () => {
    chain = await startNodes(2, node(0, 5), silent, node(0, 9), node(0, 8));
    assert.equal((await latestHead(chain.nodes)).number, 8n);
  });

  it('is none when too few nodes answer', async () => {
    chain = await startNodes(2, silent, node(0, 5));
    await assert.rejects(latestHead(chain.nodes), { code: 'rpc-unreachable' });
  });
});
