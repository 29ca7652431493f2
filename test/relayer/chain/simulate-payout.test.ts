import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';

import { pad, toFunctionSelector } from 'viem';

import { COIN } from '../../../protocol/peg.ts';
import { simulatePayout } from '../../../relayer/chain/simulate-payout.ts';
import { bridges, holder, mainToken } from '../support.ts';
import { type Chain, Refusal, type Says, Silence, startNodes } from './support/node.ts';

const transfer = toFunctionSelector('transfer(address,uint256)');
const yes = pad('0x1');

/** A node with this response to a payment, and to other calls of the token unless given otherwise. */
const node =
  (payment: unknown, others: unknown = pad('0x7')): Says =>
  (method, params) => {
    if (method === 'eth_getCode') return '0x60';
    if (method === 'eth_blockNumber') return '0x64';
    const [{ data }] = params as [{ data: string }];
    return data.startsWith(transfer) ? payment : others;
  };
const internalError = new Refusal(-32603, 'Internal error');

describe('whether a token would pay', () => {
  let chain: Chain;
  afterEach(() => chain.close());
  const ask = async (quorum: number, ...nodes: readonly Says[]) => {
    chain = await startNodes(quorum, ...nodes);
    const bridge = { side: 'main', address: bridges[0], nodes: chain.nodes } as const;
    return simulatePayout(bridge, { mainToken, gasCap: 100_000 }, { recipient: holder, amount: 1n });
  };

  it('is true when it returns nothing, or true', async () => {
    for (const answer of ['0x', yes]) {
      assert.equal(await ask(1, node(answer)), true);
      await chain.close();
    }
    assert.equal(await ask(1, node(pad('0x2'))), false);
  });

  // The clients' own error texts.
  for (const refusal of [
    new Refusal(3, 'execution reverted', '0x'),
    new Refusal(-32000, 'execution reverted'),
    new Refusal(-32000, 'Execution reverted', '0x08c379a0'),
    new Refusal(-32000, 'out of gas'),
    new Refusal(-32000, 'gas uint64 overflow'),
    new Refusal(-32000, 'invalid opcode: INVALID'),
    new Refusal(-32000, 'invalid jump destination'),
    new Refusal(-32000, 'stack underflow (0 <=> 2)'),
    new Refusal(-32000, 'stack limit reached 1024 (1023)'),
    new Refusal(-32000, 'return data out of bounds'),
    new Refusal(-32000, 'write protection'),
    new Refusal(-32015, 'VM execution error.', 'OutOfGas'),
    new Refusal(-32003, 'out of gas: gas required exceeds: 121000'),
    new Refusal(-32603, 'EVM error: InvalidFEOpcode'),
  ]) {
    it(`is false when a node says ${refusal.code} “${refusal.message}”`, async () => {
      assert.equal(await ask(1, node(refusal)), false);
    });
  }

  it('is false when a node gives no reason, and tells other things of the same token at the same block (Besu)', async () => {
    assert.equal(await ask(2, node(internalError), node(internalError), node(Silence)), false);
  });

  it('is not known when a node gives no reason for anything', async () => {
    await assert.rejects(ask(1, node(internalError, internalError)), { code: 'rpc-unreachable' });
  });

  it('is not known when the node was only ill for a moment, or speaks of itself', async () => {
    let asked = 0;
    const once: Says = (method, params) => {
      if (method !== 'eth_call') return node(yes)(method, params);
      return asked++ === 0 ? internalError : yes;
    };
    await assert.rejects(ask(1, once), { code: 'rpc-unreachable' });
    for (const error of [new Refusal(-32000, 'header not found'), new Refusal(-32005, 'rate limit exceeded')]) {
      await chain.close();
      await assert.rejects(ask(1, node(error)), { code: 'rpc-unreachable' });
    }
  });

  it('is true for the coin when the recipient takes it, whatever it returns, and false when it reverts', async () => {
    const payments: unknown[] = [];
    const coins = async (answer: unknown, held: unknown = '0x7') => {
      const says: Says = (method, params) => {
        if (method === 'eth_getBalance') return held;
        if (method === 'eth_blockNumber') return '0x64';
        payments.push(params[0]);
        return answer;
      };
      chain = await startNodes(1, says);
      const bridge = { side: 'main', address: bridges[0], nodes: chain.nodes } as const;
      try {
        return await simulatePayout(bridge, { mainToken: COIN, gasCap: 100_000 }, { recipient: holder, amount: 5n });
      } finally {
        await chain.close();
      }
    };
    for (const answer of ['0x', pad('0x0')]) assert.equal(await coins(answer), true);
    const gas = `0x${(100_000 + 23_300).toString(16)}`;
    assert.deepEqual(payments[0], { from: bridges[0], to: holder, gas, value: '0x5' });
    assert.equal(await coins(new Refusal(3, 'execution reverted', '0x')), false);
    assert.equal(await coins(internalError), false);
    await assert.rejects(coins(internalError, internalError), { code: 'rpc-unreachable' });
  });

  it('is what the quorum says, whatever nonsense another answers', async () => {
    assert.equal(await ask(2, node(null), node(yes), node(yes)), true);
    await chain.close();
    await assert.rejects(ask(2, node(internalError), node(yes)), { code: 'rpc-disagreement' });
  });
});
