import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type Address, type Hex, decodeFunctionData, encodeFunctionResult, erc20Abi, zeroHash } from 'viem';

import { rewardsAbi } from '../../../protocol/abi.ts';
import { COIN } from '../../../protocol/peg.ts';
import type { BridgeAt } from '../../../relayer/chain/bridge-contract.ts';
import { shortfallOf } from '../../../relayer/rewards/promises.ts';

const rewards: Address = `0x${'11'.repeat(20)}`;
const token: Address = `0x${'22'.repeat(20)}`;

/** A main chain with a Rewards contract that has published `total`, paid `paid` and holds `held`. */
function chain({ total, paid, held }: { total: bigint; paid: bigint; held: bigint }): BridgeAt {
  const agree = (method: string, [call]: readonly unknown[]): Promise<Hex> => {
    if (method === 'eth_getBalance') {
      assert.equal(call, rewards);
      return Promise.resolve<Hex>(`0x${held.toString(16)}`);
    }
    const { to, data } = call as { to: Address; data: Hex };
    if (to === token) {
      assert.deepEqual(decodeFunctionData({ abi: erc20Abi, data }).args, [rewards]);
      return Promise.resolve(encodeFunctionResult({ abi: erc20Abi, functionName: 'balanceOf', result: held }));
    }
    assert.equal(to, rewards);
    const result = { period: 1n, root: zeroHash, total, paid };
    return Promise.resolve(encodeFunctionResult({ abi: rewardsAbi, functionName: 'distribution', result }));
  };
  return { side: 'main', address: token, nodes: { name: 'main', agree } } as unknown as BridgeAt;
}

describe('the audit of the rewards', () => {
  const check = (state: Parameters<typeof chain>[0], own: bigint[] = [], of: Address = token) =>
    shortfallOf(chain(state), { rewards, token: of, own: own.map((total) => ({ total })), at: 7n });

  it('finds nothing while everything promised is held or paid, in tokens and in coins', async () => {
    assert.equal(await check({ total: 100n, paid: 60n, held: 40n }), undefined);
    assert.equal(await check({ total: 100n, paid: 60n, held: 41n }, [90n, 101n]), undefined);
    assert.equal(await check({ total: 100n, paid: 60n, held: 40n }, [], COIN), undefined);
  });

  it('names a published promise beyond what is held and paid', async () => {
    const found = await check({ total: 100n, paid: 60n, held: 39n });
    assert.equal(found, `Rewards has promised 100 of ${token}, but holds 39 and has paid 60`);
    assert.match((await check({ total: 100n, paid: 60n, held: 39n }, [], COIN)) ?? '', /holds 39/);
  });

  it('names a period that could not be published', async () => {
    assert.match((await check({ total: 100n, paid: 60n, held: 40n }, [90n, 101n])) ?? '', /promised 101/);
  });
});
