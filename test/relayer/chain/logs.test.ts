import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';

import { type Hex, encodeAbiParameters, encodeEventTopics, numberToHex } from 'viem';

import { mainBridgeAbi, rewardsAbi } from '../../../protocol/abi.ts';
import { createBlockProofs, openLogSource, provenEvents } from '../../../relayer/chain/logs.ts';
import { bridges, holder, productToken } from '../support.ts';
import { type Chain, Refusal, type Says, startNodes } from './support/node.ts';

const [bridge, stranger] = bridges;

/** A deposit's log, as nodes give it. */
const log = (block: number, changes: object = {}) => ({
  address: bridge,
  topics: encodeEventTopics({
    ...{ abi: mainBridgeAbi, eventName: 'MainTokenDeposited' },
    args: { productToken, nonce: BigInt(block), depositor: holder },
  }) as Hex[],
  data: encodeAbiParameters(
    [{ type: 'address' }, { type: 'uint256' }, { type: 'uint256' }, { type: 'uint64' }],
    [holder, 5n, 10n, 0n],
  ),
  blockNumber: numberToHex(block),
  blockHash: `0xa${block}`,
  transactionHash: `0x${'ee'.repeat(32)}`,
  logIndex: '0x0',
  ...changes,
});

/** Gives the logs of the asked range; `asked` keeps each range. */
const holds =
  (logs: readonly ReturnType<typeof log>[], asked: string[] = []): Says =>
  (_, params) => {
    const [{ fromBlock, toBlock }] = params as [{ fromBlock: Hex; toBlock: Hex }];
    asked.push(`${Number(fromBlock)}-${Number(toBlock)}`);
    return logs.filter(
      ({ blockNumber }) => Number(blockNumber) >= Number(fromBlock) && Number(blockNumber) <= Number(toBlock),
    );
  };

describe('events by witnesses', () => {
  let chain: Chain;
  afterEach(() => chain.close());
  const events = async (quorum: number, says: readonly Says[], range = { from: 0n, to: 9n }, logRange = 10) => {
    chain = await startNodes(quorum, ...says);
    const options = { nodes: chain.nodes, side: 'main', bridge, logRange } as const;
    return provenEvents(
      openLogSource({ ...options, proof: 'witnesses', proofs: createBlockProofs(chain.nodes, 'ethereum') }),
      range,
    );
  };

  it('are what the quorum of nodes says alike', async () => {
    const honest = holds([log(3), log(4)]);
    const found = await events(2, [honest, holds([log(3)]), honest]);
    assert.deepEqual(
      found.map((event) => event.kind === 'departed' && event.transfer.nonce),
      [3n, 4n],
    );
  });

  it('are none of those that one node alone invents, withholds, or has of another block', async () => {
    const honest = holds([log(3)]);
    for (const liar of [holds([log(3), log(5)]), holds([]), holds([log(3, { blockHash: '0xb3' })])]) {
      await assert.rejects(events(2, [honest, liar]), { code: 'rpc-disagreement' });
      await chain.close();
    }
    chain = await startNodes(1, honest);
  });

  it('differ by every byte of their content', async () => {
    const other = log(3);
    const changed = { ...other, data: other.data.replace(/.$/, '1') as Hex };
    await assert.rejects(events(2, [holds([other]), holds([changed])]), { code: 'rpc-disagreement' });
  });

  it('are not kept from the others by one that answers with nonsense, or alters what it tells', async () => {
    const honest = holds([log(3)]);
    const altered = [{ address: stranger }, { removed: true }, { blockNumber: '0x1e' }, { topics: null }];
    for (const liar of [() => null, () => [null], ...altered.map((changes) => () => [log(3, changes)])]) {
      const found = await events(2, [liar, honest, honest]);
      assert.deepEqual(
        found.map(({ blockNumber }) => blockNumber),
        [3n],
      );
      await chain.close();
    }
    chain = await startNodes(1, honest);
  });

  it('are asked for in ranges that the node allows, and come in order', async () => {
    const asked: string[] = [];
    const found = await events(1, [holds([log(2), log(11), log(24)], asked)], { from: 1n, to: 24n }, 10);
    assert.deepEqual(asked, ['1-10', '11-20', '21-24']);
    assert.deepEqual(
      found.map(({ blockNumber }) => blockNumber),
      [2n, 11n, 24n],
    );
  });

  it('are asked for in smaller ranges where a node refuses, and again in these', async () => {
    const asked: string[] = [];
    const limited: Says = (method, params) => {
      const [{ fromBlock, toBlock }] = params as [{ fromBlock: Hex; toBlock: Hex }];
      if (Number(toBlock) - Number(fromBlock) < 3) return holds([log(2), log(9)], asked)(method, params);
      asked.push('refused');
      return new Refusal(-32005, 'query exceeds max block range');
    };
    chain = await startNodes(1, limited);
    const proofs = createBlockProofs(chain.nodes, 'ethereum');
    const source = openLogSource({
      nodes: chain.nodes,
      side: 'main',
      bridge,
      logRange: 100,
      proof: 'witnesses',
      proofs,
    });
    for (const refused of [['refused', 'refused'], []]) {
      const found = await provenEvents(source, { from: 0n, to: 9n });
      assert.deepEqual(
        found.map(({ blockNumber }) => blockNumber),
        [2n, 9n],
      );
      assert.deepEqual(asked.splice(0), [...refused, '0-1', '2-3', '4-5', '6-7', '8-9']);
    }
  });

  it('are refused where a node refuses a single block', async () => {
    await assert.rejects(events(1, [() => new Refusal(-32000, 'pruned')]), /pruned/);
  });

  it('of another address, of another block or of a removed one are refused: another question was answered', async () => {
    for (const wrong of [log(3, { address: stranger }), log(30), log(3, { removed: true })]) {
      await assert.rejects(events(1, [() => [wrong]]), { code: 'proof-invalid' });
      await chain.close();
    }
    chain = await startNodes(1, holds([]));
  });
});

describe('events of satellites', () => {
  let chain: Chain;
  afterEach(() => chain.close());
  const rewards = stranger;
  const word = `0x${'11'.repeat(32)}` as const;
  const published = (block: number, changes: object = {}) =>
    log(block, {
      address: rewards,
      topics: encodeEventTopics({
        ...{ abi: rewardsAbi, eventName: 'Published', args: { token: productToken, period: 1n } },
      }) as Hex[],
      data: encodeAbiParameters([{ type: 'bytes32' }, { type: 'uint256' }], [word, 5n]),
      ...changes,
    });
  /** @param asked Receives the addresses of each query. */
  const read = async (logs: readonly ReturnType<typeof log>[], asked: unknown[] = []) => {
    chain = await startNodes(1, (method, params) => {
      asked.push((params[0] as { address: unknown }).address);
      return holds(logs)(method, params);
    });
    const options = { nodes: chain.nodes, side: 'main', bridge, satellites: { rewards }, logRange: 10 } as const;
    const proofs = createBlockProofs(chain.nodes, 'ethereum');
    const found = await provenEvents(openLogSource({ ...options, proof: 'witnesses', proofs }), { from: 0n, to: 9n });
    return found.map(({ kind, log: { address }, ...event }) => [address, kind, 'name' in event ? event.name : '']);
  };

  it('are read with those of the bridge, by one query', async () => {
    const asked: unknown[] = [];
    assert.deepEqual(await read([log(3), published(3, { logIndex: '0x1' })], asked), [
      [bridge, 'departed', ''],
      [rewards, 'noted', 'Published'],
    ]);
    assert.deepEqual(asked, [[bridge, rewards]]);
  });

  it('are never events of the bridge, and none that cannot be decoded: no satellite stops or moves a transfer', async () => {
    const { topics } = log(4);
    const paid = encodeEventTopics({
      ...{ abi: rewardsAbi, eventName: 'PayoutChanged', args: { account: holder } },
    }) as Hex[];
    const strange = [
      log(4, { address: rewards }),
      published(5, { data: '0x' }),
      published(6, { topics: [word] }),
      published(7, { topics: [] }),
      published(8, { topics, data: '0x' }),
      published(9, { topics: paid, data: encodeAbiParameters([{ type: 'address' }], [holder]) }),
    ];
    assert.deepEqual(await read([log(3), ...strange]), [[bridge, 'departed', '']]);
  });
});

describe('events by receipts', () => {
  let chain: Chain;
  afterEach(() => chain.close());
  const events = async (...says: readonly Says[]) => {
    chain = await startNodes(1, ...says);
    const options = { nodes: chain.nodes, side: 'main', bridge, logRange: 10 } as const;
    const source = openLogSource({ ...options, proof: 'receipts', proofs: createBlockProofs(chain.nodes, 'ethereum') });
    return provenEvents(source, { from: 0n, to: 9n });
  };

  it('are looked for where any node says so, though another answers with nonsense', async () => {
    assert.deepEqual(await events(() => null, holds([])), []);
    await chain.close();
    for (const nonsense of [{}, { blockNumber: '0x2' }]) {
      assert.deepEqual(await events(() => [nonsense], holds([])), []);
      await chain.close();
    }
    chain = await startNodes(1, holds([]));
  });

  it('are none of which nothing is known when no answer can be read', async () => {
    await assert.rejects(
      events(() => null),
      { code: 'rpc-unreachable' },
    );
  });
});
