import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';

import { encodeAbiParameters, encodeFunctionData, numberToHex } from 'viem';

import { mainBridgeAbi } from '../../../protocol/abi.ts';
import { type ChainClient, checkChain, checkPair } from '../../../relayer/chain/chain-client.ts';
import { openChainClient } from '../../../relayer/chain/chain-reader.ts';
import { bridges } from '../support.ts';
import { type FakeNode, Refusal, type Says, startNode } from './support/node.ts';

const [bridge, remote] = bridges;
const chains = { main: 31_337, product: 31_338 };
const now = () => numberToHex(Math.floor(Date.now() / 1_000));
const remoteChainId = encodeFunctionData({ abi: mainBridgeAbi, functionName: 'remoteChainId' });

/** A synced node with the main bridge; `changes` answer other methods, or the same in another way. */
const node =
  (changes: Readonly<Record<string, unknown>> = {}): Says =>
  (method, params) => {
    if (method in changes) return changes[method];
    switch (method) {
      case 'eth_chainId':
        return numberToHex(chains.main);
      case 'eth_getCode':
        return '0x60';
      case 'eth_syncing':
        return false;
      case 'eth_getBlockByNumber':
        return { timestamp: now() };
      case 'eth_call': {
        const [{ data }] = params as [{ data: string }];
        return data === remoteChainId
          ? encodeAbiParameters([{ type: 'uint256' }], [BigInt(chains.product)])
          : encodeAbiParameters([{ type: 'address' }], [remote]);
      }
    }
    return new Refusal(-32601, `the method ${method} does not exist`);
  };

const noCode = { eth_getCode: '0x' };
const headerNotFound = new Refusal(-32000, 'header not found');

describe('a chain and its bridge, before anything is signed', () => {
  const fakes: FakeNode[] = [];
  afterEach(() => Promise.all(fakes.splice(0).map((fake) => fake.close())));

  const open = async (...says: readonly Says[]): Promise<ChainClient> => {
    const started = await Promise.all(says.map(startNode));
    fakes.push(...started);
    return openChainClient(
      'main',
      {
        ...{ rpcUrls: started.map(({ url }) => url), rpcQuorum: Math.ceil(says.length / 2), chainId: chains.main },
        ...{
          chain: 'main',
          bridge,
          finality: 'finalized',
          proof: 'receipts',
          headerRule: 'ethereum',
          batch: true,
          logRange: 100,
        },
        ...{ staleSeconds: 60, requestTimeoutSeconds: 2, maxFeePerGas: 1n },
      },
      { request: () => undefined, disagreement: () => undefined },
    );
  };
  const other = { chainId: chains.product, address: remote } as ChainClient;
  const check = async (...says: readonly Says[]) => {
    const side = await open(...says);
    await checkChain(side);
    await checkPair(side, other);
  };

  it('are right', async () => {
    await check(node());
    await check(node(), node(), node());
  });

  it('are wrong for good where the nodes say so', async () => {
    const wrong = { exitCode: 2 };
    await assert.rejects(check(node({ eth_chainId: '0x1' })), {
      ...wrong,
      message: /expected 31337, but .* returns 1/,
    });
    await assert.rejects(check(node(noCode)), { ...wrong, message: /there is no contract/ });
    const elsewhere = encodeAbiParameters([{ type: 'uint256' }], [7n]);
    await assert.rejects(check(node({ eth_call: elsewhere })), { ...wrong, message: /names .* on chain 7/ });
    const none = [new Refusal(3, 'execution reverted', '0x'), '0x', '0x12'];
    for (const answer of none) {
      await assert.rejects(check(node({ eth_call: answer })), { ...wrong, message: /not a bridge of Pegway/ });
    }
  });

  it('are waited for while a node answers with an error, or with nonsense', async () => {
    for (const method of ['eth_getCode', 'eth_call']) {
      for (const answer of [headerNotFound, new Refusal(-32005, 'rate limit exceeded'), null, 'soon']) {
        await assert.rejects(check(node({ [method]: answer })), { exitCode: 1 });
      }
    }
    await check(node({ eth_chainId: headerNotFound }), node(), node());
  });

  it('are waited for while nodes do not agree', async () => {
    const elsewhere = encodeAbiParameters([{ type: 'uint256' }], [7n]);
    const disagree = check(node({ eth_call: elsewhere }), node({ eth_call: '0x12' }), node({ eth_call: '0x13' }));
    await assert.rejects(disagree, { exitCode: 1, code: 'rpc-disagreement' });
  });

  it('are waited for while nodes are behind: they sync, stand where the chain was, or know less than another', async () => {
    const waits = { exitCode: 1, code: 'stale-head' };
    await assert.rejects(check(node({ ...noCode, eth_syncing: { currentBlock: '0x0' } })), waits);
    await assert.rejects(check(node({ ...noCode, eth_getBlockByNumber: { timestamp: '0x0' } })), waits);
    await assert.rejects(check(node(noCode), node(noCode), node()), waits);
    await assert.rejects(check(node({ eth_call: '0x', eth_syncing: { currentBlock: '0x0' } })), waits);
  });
});
