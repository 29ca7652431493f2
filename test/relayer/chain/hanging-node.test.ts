import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';

import { type Hex, encodeAbiParameters, encodeEventTopics, pad } from 'viem';

import { mainBridgeAbi } from '../../../protocol/abi.ts';
import { type ChainReader, openChain } from '../../../relayer/chain/chain-reader.ts';
import { simulatePayment } from './support/payment.ts';
import { makeBlock } from '../../protocol/proof/support/block.ts';
import { eventually } from '../../support/wait.ts';
import { bridges, holder, productToken } from '../support.ts';
import { type Behaviour, type FaultyNode, startFaultyNode } from './support/faulty-node.ts';
import type { Says } from './support/node.ts';

const [bridge] = bridges;
const deposit = {
  address: bridge,
  topics: encodeEventTopics({
    ...{ abi: mainBridgeAbi, eventName: 'MainTokenDeposited' },
    args: { productToken, nonce: 0n, depositor: holder },
  }) as Hex[],
  data: encodeAbiParameters(
    [{ type: 'address' }, { type: 'uint256' }, { type: 'uint256' }, { type: 'uint64' }],
    [holder, 5n, 10n, 0n],
  ),
};
const block = makeBlock(7n, [{ logs: [deposit] }]);
const other = makeBlock(9n, [{ logs: [] }]);

/** A node with one deposit in its newest block. */
const honest: Says = (method) => {
  switch (method) {
    case 'eth_blockNumber':
      return '0x7';
    case 'eth_getLogs':
      return block.receipts.flatMap(({ logs }) => logs);
    case 'eth_getBlockReceipts':
      return block.receipts;
    case 'eth_call':
      return pad('0x1');
    case 'eth_getCode':
      return '0x60';
    default:
      return block.header;
  }
};

/** A node ahead by nonexistent blocks, without the bridge's events. */
const liar: Says = (method) => {
  switch (method) {
    case 'eth_blockNumber':
      return '0x9';
    case 'eth_getLogs':
      return [];
    case 'eth_getBlockReceipts':
      return other.receipts;
    case 'eth_call':
      return pad('0x0');
    case 'eth_getCode':
      return '0x';
    default:
      return other.header;
  }
};

const reads: Readonly<Record<string, (chain: ChainReader) => Promise<unknown>>> = {
  'a value that the quorum shares': (chain) => chain.nodes.agree('eth_call', [{ to: bridge }, '0x7']),
  'the final head': async (chain) => (await chain.finalHead()).number,
  'the final head by depth': async (chain) => (await chain.finalHead()).number,
  'the latest head': async (chain) => (await chain.latestHead()).number,
  'a header': async (chain) => (await chain.headerAt(7n)).hash,
  'proven events': async (chain) =>
    (await chain.bridgeAt('main', bridge).events(1n, await chain.headerAt(7n))).map(({ kind }) => kind),
  'a block proof': async (chain) => {
    chain.proofs.contracts.set(bridge, [bridge]);
    return (await chain.proofs.logs(7n, block.header.hash, [bridge])).length;
  },
  'the verdict on a payment': (chain) => simulatePayment(chain.nodes),
  'what one node is enough for': async (chain) =>
    ['0x60', '0x'].includes(await chain.nodes.one<string>('eth_getCode', [bridge, '0x7'])),
};
const expected: Readonly<Record<string, unknown>> = {
  'a value that the quorum shares': pad('0x1'),
  'the final head': 7n,
  'the final head by depth': 7n,
  'the latest head': 7n,
  'a header': block.header.hash,
  'proven events': ['departed'],
  'a block proof': 1,
  'the verdict on a payment': true,
  'what one node is enough for': true,
};

describe('with a quorum of 2 of 3 nodes', () => {
  let faulty: FaultyNode;
  let chain: ChainReader;
  let ended: PromiseWithResolvers<undefined>;
  const slow = new Map<string, boolean>();
  const servers: FaultyNode[] = [];
  afterEach(async () => {
    await chain[Symbol.asyncDispose]();
    for (const server of servers.splice(0)) await server[Symbol.asyncDispose]();
    slow.clear();
  });

  /** The faulty node is the operator's first: it is queried before the others where one is enough. */
  const start = async (
    behaviour: Behaviour,
    finality: 'finalized' | { depth: number } = 'finalized',
    requestTimeoutSeconds = 5,
  ) => {
    ended = Promise.withResolvers<undefined>();
    const says = { kind: 'says', says: honest } as const;
    for (const one of [behaviour, says, says]) servers.push(await startFaultyNode(one));
    [faulty] = servers as [FaultyNode];
    chain = openChain(
      'main',
      {
        ...{ chainId: 1, rpcUrls: servers.map(({ url }) => url), rpcQuorum: 2, requestTimeoutSeconds },
        ...{ finality, proof: 'receipts', headerRule: 'ethereum', batch: true, logRange: 100 },
        ...{ staleSeconds: 60, maxFeePerGas: 1n },
      },
      {
        disagreement: () => undefined,
        // Runs before its caller: everything that awaits this request resolves later.
        request: ({ endpoint }) => endpoint.startsWith('0-') && ended.resolve(undefined),
        slow: (endpoint, isSlow) => slow.set(endpoint, isSlow),
      },
    );
  };
  const finalityOf = (what: string) => (what.endsWith('depth') ? { depth: 0 } : ('finalized' as const));

  for (const [what, read] of Object.entries(reads)) {
    it(`${what} resolves while the request to a node that hangs is still open`, async () => {
      await start({ kind: 'hangs' }, finalityOf(what));
      const first = await Promise.race([read(chain), ended.promise.then(() => 'the hanging request ended first')]);
      assert.deepEqual(first, expected[what]);
      await faulty.asked;
    });

    it(`${what} resolves while a node that takes a second has not answered`, async () => {
      await start({ kind: 'slow', says: honest, milliseconds: 1_000 }, finalityOf(what));
      const first = await Promise.race([read(chain), ended.promise.then(() => 'the slow request ended first')]);
      assert.deepEqual(first, expected[what]);
    });

    it(`${what} resolves where a node refuses connections, and where it lies`, async () => {
      await start({ kind: 'refuses' }, finalityOf(what));
      assert.deepEqual(await read(chain), expected[what]);
      faulty.behaviour = { kind: 'says', says: liar };
      for (let count = 0; count < 3; count++) assert.deepEqual(await read(chain), expected[what]);
    });
  }

  it('a node that hangs is asked no more after two silences, and again once a probe shows that it is well', async () => {
    await start({ kind: 'hangs' });
    await eventually('it counts as slow', async () => {
      await chain.finalHead();
      return [...slow.values()].includes(true);
    });
    // Requests of before may still arrive.
    await eventually('it is asked no more', async () => {
      const asked = faulty.received.length;
      await chain.finalHead();
      return faulty.received.length === asked;
    });

    faulty.behaviour = { kind: 'says', says: honest };
    await eventually('it counts as well', async () => {
      await chain.finalHead();
      return ![...slow.values()].includes(true);
    });
    assert.deepEqual([...slow.keys()], [`0-${faulty.host}`]);
  });

  it('a read that the other nodes fail ends once other reads have found that the last one hangs', async () => {
    await start({ kind: 'hangs' }, 'finalized', 600);
    const [, second, third] = servers as [FaultyNode, FaultyNode, FaultyNode];
    second.behaviour = third.behaviour = { kind: 'refuses' };
    const failing = chain.headerAt(7n).catch(() => 'given up');
    await eventually('it is asked', () => faulty.received.length > 0);
    second.behaviour = third.behaviour = { kind: 'says', says: honest };
    await eventually('it counts as slow', async () => {
      await chain.latestHead();
      return [...slow.values()].includes(true);
    });
    const first = await Promise.race([failing, ended.promise.then(() => 'the hanging request ended first')]);
    assert.equal(first, 'given up');
  });

  it('a node that is slow is asked where another one fails', async () => {
    await start({ kind: 'slow', says: honest, milliseconds: 600 });
    await eventually('it counts as slow', async () => {
      await chain.finalHead();
      return [...slow.values()].includes(true);
    });
    servers[1]!.behaviour = { kind: 'refuses' };
    // An abandoned request does not measure the node's latency; a probe does, and then the node is waited for.
    const { number } = await eventually('a header', () => chain.headerAt(7n));
    assert.equal(number, 7n);
  });

  it('the empty list of a stale node does not hide the log that a later node names', async () => {
    const stale: Says = (method, params) => (method === 'eth_getLogs' ? [] : honest(method, params));
    await start({ kind: 'says', says: stale });
    servers[1]!.behaviour = { kind: 'says', says: stale };
    servers[2]!.behaviour = { kind: 'slow', says: honest, milliseconds: 100 };
    const head = await chain.headerAt(7n);
    const side = chain.bridgeAt('main', bridge);
    const first = await side.events(1n, head);
    assert.deepEqual(first, []);
    const next = { ...head, number: 8n, logsBloom: pad('0x0', { size: 256 }) };
    await eventually('the log is found', async () => {
      const events = await side.events(8n, next);
      return events.length === 1 && events[0]?.blockNumber === 7n;
    });
    assert.deepEqual(await side.events(8n, next), [], 'and only once');
  });
});
