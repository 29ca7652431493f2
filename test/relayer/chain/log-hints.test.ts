import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';

import { type LogQuery, blocksOf, createSharedHints, readHints } from '../../../relayer/chain/log-hints.ts';
import { createLogReader } from '../../../relayer/chain/log-reader.ts';
import { eventually } from '../../support/wait.ts';
import { bridges } from '../support.ts';
import { type DepositLog, depositLog, serves } from './support/bridge-node.ts';
import { type FaultyNode, startFaultyNode } from './support/faulty-node.ts';
import { type Chain, Refusal, startNodes } from './support/node.ts';
import { openEndpoint } from '../../../relayer/chain/json-rpc-endpoint.ts';
import { createRpcQuorum } from '../../../relayer/chain/rpc-quorum.ts';

const [bridge, neighbour] = bridges;
const range = { from: 1n, to: 9n };
const ignore = () => undefined;

describe('the blocks in which nodes report logs', () => {
  let chain: Chain;
  afterEach(() => chain.close());
  const queryOf = (options: Partial<LogQuery> = {}): LogQuery => ({
    ...{ nodes: chain.nodes, readLogs: createLogReader(), contracts: [bridge], range },
    ...options,
  });
  const holding = (...logs: readonly DepositLog[]) => serves({ views: {}, logs });
  const ofNeighbour = (log: DepositLog): DepositLog => ({ ...log, address: neighbour });

  it('are those of every answer of the quorum, ascending, each once', async () => {
    chain = await startNodes(2, holding(depositLog(7, 1n), depositLog(3, 0n)), holding(depositLog(3, 0n)));
    assert.deepEqual(blocksOf(await readHints(queryOf()), [bridge]), [3n, 7n]);
  });

  it('exclude blocks outside of the range and logs of other contracts', async () => {
    const strange = () => [depositLog(3, 0n), depositLog(10, 1n), { ...ofNeighbour(depositLog(4, 0n)) }];
    chain = await startNodes(1, strange);
    assert.deepEqual([...(await readHints(queryOf()))], [[bridge.toLowerCase(), new Set([3n])]]);
  });

  it('are those of the answers below the quorum when the other nodes fail', async () => {
    chain = await startNodes(2, holding(depositLog(3, 0n)), () => new Refusal(-32_000, 'header not found'));
    assert.deepEqual(blocksOf(await readHints(queryOf()), [bridge]), [3n]);
  });

  it('are an error when no node answers', async () => {
    const refuses = () => new Refusal(-32_000, 'header not found');
    chain = await startNodes(2, refuses, refuses);
    await assert.rejects(readHints(queryOf()), /header not found/);
  });

  it('fail for a node with a malformed log, not for the others', async () => {
    chain = await startNodes(1, () => [{ ...depositLog(3, 0n), address: '0x12' }], holding(depositLog(4, 0n)));
    assert.deepEqual(blocksOf(await readHints(queryOf()), [bridge]), [4n]);
  });

  it('are read once for all bridges of a chain, and again for one that repeats its range', async () => {
    chain = await startNodes(1, holding(depositLog(3, 0n), ofNeighbour(depositLog(4, 0n))));
    const asked = () => chain.fakes[0]?.asked.get('eth_getLogs');
    const shared = createSharedHints();
    const query = queryOf({ contracts: [bridge, neighbour] });
    const both = await Promise.all([bridge, neighbour].map((one) => shared.blocks(query, [one], ignore)));
    assert.deepEqual(both, [[3n], [4n]]);
    assert.equal(asked(), 1);
    assert.deepEqual(await shared.blocks(query, [bridge], ignore), [3n]);
    assert.equal(asked(), 2);
  });

  it('are read again for a bridge whose satellite was not in the shared query', async () => {
    chain = await startNodes(1, holding(depositLog(3, 0n), ofNeighbour(depositLog(4, 0n))));
    const shared = createSharedHints();
    assert.deepEqual(await shared.blocks(queryOf(), [bridge], ignore), [3n]);
    const query = queryOf({ contracts: [bridge, neighbour] });
    assert.deepEqual(await shared.blocks(query, [bridge, neighbour], ignore), [3n, 4n]);
  });

  it('are read again after a failure', async () => {
    let isDown = true;
    const answers = holding(depositLog(3, 0n));
    chain = await startNodes(1, (method, params) =>
      isDown ? new Refusal(-32_000, 'header not found') : answers(method, params),
    );
    const shared = createSharedHints();
    const query = queryOf({ contracts: [bridge, neighbour] });
    await assert.rejects(shared.blocks(query, [bridge], ignore), /header not found/);
    isDown = false;
    assert.deepEqual(await shared.blocks(query, [neighbour], ignore), []);
    assert.deepEqual(await shared.blocks(query, [bridge], ignore), [3n]);
  });
});

describe('a block that only a later answer names', () => {
  const nodes: FaultyNode[] = [];
  afterEach(async () => {
    for (const node of nodes.splice(0)) await node[Symbol.asyncDispose]();
  });

  it('is passed on to the bridge of its contract, also to one that joins the read later', async () => {
    const late = serves({
      views: {},
      logs: [depositLog(5, 0n), { ...depositLog(6, 0n), address: neighbour }],
    });
    nodes.push(
      await startFaultyNode({ kind: 'says', says: () => [] }),
      await startFaultyNode({ kind: 'slow', says: late, milliseconds: 150 }),
    );
    const endpoints = nodes.map(({ url }, index) => openEndpoint({ url, index, timeoutSeconds: 5 }));
    const quorum = createRpcQuorum({
      ...{ name: 'main', chainId: 1, quorum: 1, endpoints, onDisagreement: () => undefined },
    });
    const query = { nodes: quorum, readLogs: createLogReader(), contracts: [bridge, neighbour], range };
    const shared = createSharedHints();
    const heard: string[] = [];
    const listener = (name: string) => (number: bigint) => void heard.push(`${name}: ${number}`);
    assert.deepEqual(await shared.blocks(query, [bridge], listener('first')), []);
    await eventually('the late answer', () => heard.length === 1);
    assert.deepEqual(await shared.blocks(query, [neighbour], listener('second')), []);
    assert.deepEqual(heard, ['first: 5', 'second: 6']);
    for (const endpoint of endpoints) await endpoint[Symbol.asyncDispose]();
  });
});
