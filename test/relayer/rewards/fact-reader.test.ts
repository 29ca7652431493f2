import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';

import { type Hex, encodeAbiParameters, encodeEventTopics, numberToHex } from 'viem';

import { mainBridgeAbi } from '../../../protocol/abi.ts';
import { BoundedMap } from '../../../protocol/bounded-map.ts';
import type { Side } from '../../../protocol/lane.ts';
import type { ChainClient } from '../../../relayer/chain/chain-client.ts';
import { createFactReader } from '../../../relayer/rewards/fact-reader.ts';
import { RecordDatabase } from '../../../relayer/store/record-database.ts';
import { type RewardsStore, openRewardsStore } from '../../../relayer/store/rewards-store.ts';
import { bridges, productToken } from '../support.ts';

const MONDAY = 1_793_577_600n;
const HOUR = 3_600n;
const RANGE = 100;
const DEPLOYED = 750n;

/** A chain with a block a minute; its bridge was deployed at one block and collected fees at another. */
function chainOf(side: Side, asked: (readonly [bigint, bigint])[], keepsLogs = true): ChainClient {
  const address = bridges[side === 'main' ? 0 : 1];
  const timeOf = (block: bigint) => MONDAY - 1_000n * 60n + block * 60n;
  const log = (block: bigint, topics: unknown[], data: Hex) => ({
    ...{ address, topics, data, blockNumber: numberToHex(block), blockHash: '0x', logIndex: '0x0' },
    transactionHash: `0x${'77'.repeat(32)}`,
  });
  const signers = encodeAbiParameters([{ type: 'address[]' }, { type: 'uint256' }], [[productToken], 1n]);
  const all = [
    log(
      DEPLOYED,
      encodeEventTopics({ abi: mainBridgeAbi, eventName: 'SignersChanged', args: { signerEpoch: 1n } }),
      signers,
    ),
    log(
      1_010n,
      encodeEventTopics({ abi: mainBridgeAbi, eventName: 'FeesCollected', args: { productToken } }),
      encodeAbiParameters([{ type: 'uint256' }], [5n]),
    ),
  ];
  // A product bridge collects nothing.
  const logs = side === 'main' ? all : all.slice(0, 1);
  const nodes = {
    name: side,
    agree(method: string, [first]: readonly unknown[]) {
      if (method === 'eth_getBlockByNumber') {
        const at = { number: first, hash: '0x', parentHash: '0x', gasLimit: '0x1', logsBloom: '0x' };
        return Promise.resolve({ ...at, timestamp: numberToHex(timeOf(BigInt(first as Hex))) });
      }
      assert.equal(method, 'eth_getLogs');
      const { fromBlock, toBlock, topics } = first as {
        fromBlock: Hex;
        toBlock: Hex;
        topics: (string | string[] | null)[];
      };
      const [from, to] = [BigInt(fromBlock), BigInt(toBlock)];
      if (from !== to && topics.length === 1) asked.push([from, to]);
      const [wanted] = topics;
      return Promise.resolve(
        logs.filter(
          ({ blockNumber, topics: [topic] }) =>
            keepsLogs && BigInt(blockNumber) >= from && BigInt(blockNumber) <= to && wanted?.includes(topic as string),
        ),
      );
    },
  };
  const source = { nodes, bridge: address, logRange: RANGE, proof: 'witnesses', proven: new BoundedMap(1), proofs: {} };
  return { side, address, nodes, source, background: (work: () => unknown) => work() } as unknown as ChainClient;
}

describe('the reader of reward facts', () => {
  let store: RewardsStore;
  let asked: (readonly [bigint, bigint])[];
  let height: bigint;
  beforeEach(() => {
    store = openRewardsStore(new RecordDatabase(':memory:'), 'a');
    asked = [];
    height = 1_000n;
  });
  const readerOf = (keepsLogs = true) =>
    createFactReader({
      chains: { main: chainOf('main', asked, keepsLogs), product: chainOf('product', [], keepsLogs) },
      store,
      head: () => ({ number: height, timestamp: MONDAY - 60_000n + height * 60n }) as never,
    });
  const readAll = async (reader: ReturnType<typeof readerOf>): Promise<void> => {
    for (const side of ['main', 'product'] as const) while (await reader.step(side));
  };

  it('reads back to the first event of each bridge, and no further', async () => {
    const reader = readerOf();
    assert.equal(reader.until(), 0n);
    await readAll(reader);
    assert.deepEqual(asked, [
      [901n, 1_000n],
      [801n, 900n],
      [701n, 800n],
    ]);
    assert.equal(reader.until(), MONDAY);
    assert.equal(reader.incomplete(), undefined);
  });

  it('continues after a restart, and reads new blocks hourly, or as soon as a week has ended', async () => {
    height = 950n;
    await readAll(readerOf());
    asked.length = 0;
    const reader = readerOf();
    height = 990n;
    await readAll(reader);
    assert.deepEqual(asked, [], 'forty minutes of the same week');
    height = 1_000n;
    await readAll(reader);
    assert.deepEqual(asked, [[951n, 1_000n]], 'the week has ended');
    height = 1_059n;
    await readAll(reader);
    assert.equal(asked.length, 1);
    height = 1_060n;
    await readAll(reader);
    assert.deepEqual(asked.at(-1), [1_001n, 1_060n]);
    assert.equal(reader.until(), MONDAY + HOUR);
    const { fact } = store.page('main', undefined, 9).at(-1)!;
    assert.deepEqual(fact, { kind: 'collected', side: 'main', at: MONDAY + 600n, productToken, amount: 5n });
    assert.deepEqual([...store.moved('main')], [[productToken, 5n]]);
  });

  it('reports nodes that do not keep all logs, and computes nothing then', async () => {
    const reader = readerOf(false);
    await readAll(reader);
    assert.equal(reader.incomplete(), 'main');
    assert.equal(reader.until(), 0n);
    assert.deepEqual(asked.at(-1), [1n, 100n]);
  });
});
