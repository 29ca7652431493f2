import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';

import { type Abi, type Hex, decodeFunctionData, encodeFunctionResult } from 'viem';

import { mainBridgeAbi } from '../../../protocol/abi.ts';
import { type BridgeAt, parkedNonces, readState } from '../../../relayer/chain/bridge-contract.ts';
import { type Chain, type Says, startNodes } from './support/node.ts';
import { bridges, keys, peg, productToken } from '../support.ts';

/** The type of the whole ABI is too deep for viem's inference by a name of any function. */
const abi: Abi = mainBridgeAbi;

describe('reading a bridge', () => {
  let chain: Chain;
  afterEach(() => chain.close());

  /** A node that answers views with these results. */
  const node =
    (results: Readonly<Record<string, (args: readonly unknown[]) => unknown>>): Says =>
    (_, params) => {
      const [{ data }] = params as [{ data: Hex }];
      const { functionName, args } = decodeFunctionData({ abi, data });
      return encodeFunctionResult({ abi, functionName, result: results[functionName]?.(args ?? []) });
    };
  const bridge = async (quorum: number, ...nodes: readonly Says[]): Promise<BridgeAt> => {
    chain = await startNodes(quorum, ...nodes);
    return { side: 'main', address: bridges[0], nodes: chain.nodes };
  };

  it('returns all parked nonces, whatever number of pages they fill', async () => {
    for (const count of [0, 1, 1_024, 1_025, 2_500]) {
      const parked = Array.from({ length: count }, (_, index) => BigInt(3 * index));
      const at = await bridge(
        1,
        node({
          parkedCount: () => BigInt(count),
          parkedNonces: ([, offset, limit]) => parked.slice(Number(offset), Number(offset) + Number(limit)),
        }),
      );
      assert.deepEqual(await parkedNonces(at, productToken, 7n), parked);
      await chain.close();
    }
  });

  it('agrees about a peg while `available` moves with the block, and about nothing else that differs', async () => {
    const fees = { flat: 0n, basisPoints: 0, maximumFlat: 0n, departMinimum: 1n };
    const stateOf = (changes: object) =>
      node({
        signers: () => keys.map(({ address }) => address),
        threshold: () => 4n,
        signerEpoch: () => 1n,
        delays: () => ({ governanceDelay: 1, parkDelay: 1, pauseDuration: 1, bounceDelay: 1 }),
        pausedUntil: () => 0n,
        pegs: () => [productToken],
        peg: () => ({ ...peg, ...fees, capacity: 10n, available: 4n, ...changes }),
      });
    const { pegs } = await readState(await bridge(2, stateOf({}), stateOf({ available: 5n })));
    assert.equal(pegs.get(productToken)?.capacity, 10n);
    for (const change of [{ refillPerSecond: 1n }, { flat: 1n }, { departMinimum: 2n }]) {
      await chain.close();
      await assert.rejects(readState(await bridge(2, stateOf({}), stateOf(change))), { code: 'rpc-disagreement' });
    }
  });
});
