import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';

import {
  type Hex,
  bytesToHex,
  decodeFunctionData,
  encodeAbiParameters,
  encodeEventTopics,
  encodeFunctionResult,
  keccak256,
  zeroAddress,
  zeroHash,
} from 'viem';

import { exitsAbi, mainBridgeAbi, rewardsAbi } from '../../../protocol/abi.ts';
import { openChain } from '../../../relayer/chain/chain-reader.ts';
import { satellitesOf } from '../../../relayer/chain/satellites.ts';
import { bridges, holder, productToken } from '../support.ts';
import { makeBlock } from '../../protocol/proof/support/block.ts';
import { type Chain, type Says, startNode, startNodes } from './support/node.ts';

const [address, other] = bridges;

/** A bloom with one address. */
function bloomOf(one: Hex): Hex {
  const bloom = new Uint8Array(256);
  const hashed = keccak256(one, 'bytes');
  for (const at of [0, 2, 4]) {
    const bit = (((hashed[at] ?? 0) << 8) | (hashed[at + 1] ?? 0)) & 2_047;
    bloom[255 - (bit >> 3)]! |= 1 << (bit & 7);
  }
  return bytesToHex(bloom);
}

describe('a block with an event of a satellite alone', () => {
  it('is read, proven by its receipts', async (test) => {
    const published = {
      address: other,
      topics: encodeEventTopics({
        ...{ abi: rewardsAbi, eventName: 'Published', args: { token: productToken, period: 1n } },
      }) as Hex[],
      data: encodeAbiParameters([{ type: 'bytes32' }, { type: 'uint256' }], [zeroHash, 5n]),
    };
    const block = makeBlock(7n, [{ logs: [published] }]);
    const says: Says = (method) => {
      if (method === 'eth_getLogs') return block.receipts.flatMap(({ logs }) => logs);
      return method === 'eth_getBlockReceipts' ? block.receipts : block.header;
    };
    const nodes = await Promise.all([startNode(says), startNode(says)]);
    test.after(() => Promise.all(nodes.map((node) => node.close())));
    await using chain = openChain(
      'main',
      {
        ...{ chainId: 1, rpcUrls: nodes.map(({ url }) => url), rpcQuorum: 2, requestTimeoutSeconds: 5 },
        ...{ finality: 'finalized', proof: 'receipts', headerRule: 'ethereum', batch: true, logRange: 100 },
        ...{ staleSeconds: 60, maxFeePerGas: 1n },
      },
      { request: () => undefined, disagreement: () => undefined },
    );
    const bridge = chain.bridgeAt('main', address).including({ rewards: other });
    const head = { ...(await chain.headerAt(7n)), logsBloom: bloomOf(other) };
    const [event, ...more] = await bridge.events(7n, head);
    assert.deepEqual([event?.kind, event?.log.address, more], ['noted', other, []]);
    // Without its satellites, the bridge has no event in the block.
    assert.deepEqual(await chain.bridgeAt('main', address).events(7n, head), []);
  });
});

describe('the satellites of a main bridge', () => {
  let chain: Chain;
  afterEach(() => chain.close());
  const read = async (named: { readonly rewards: Hex; readonly exits: Hex }) => {
    const says = (_: string, params: readonly unknown[]) => {
      const { to, data } = params[0] as { to: Hex; data: Hex };
      if (to !== address) {
        assert.equal(to.toLowerCase(), named.exits.toLowerCase());
        const { functionName } = decodeFunctionData({ abi: exitsAbi, data });
        assert.equal(functionName, 'anchors');
        return encodeFunctionResult({ abi: exitsAbi, functionName: 'anchors', result: holder });
      }
      const { functionName } = decodeFunctionData({ abi: mainBridgeAbi, data });
      const result = named[functionName as keyof typeof named];
      return encodeFunctionResult({ abi: mainBridgeAbi, functionName: 'exits', result });
    };
    chain = await startNodes(2, says, says);
    return satellitesOf({ nodes: chain.nodes, address });
  };

  it('are those that the bridge names, and the anchors that its exits name', async () => {
    assert.deepEqual(await read({ rewards: productToken, exits: other }), {
      ...{ rewards: productToken, exits: other, anchors: holder },
    });
  });

  it('are none where the bridge names none', async () => {
    assert.deepEqual(await read({ rewards: zeroAddress, exits: zeroAddress }), {});
  });
});
