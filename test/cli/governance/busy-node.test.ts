import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { concatHex, createPublicClient, custom, encodeErrorResult, pad, toFunctionSelector } from 'viem';

import { receiptOf } from '../../../cli/deploy/create-contract.ts';
import type { GovernedState } from '../../../cli/governance/governed-state.ts';
import type { Operator } from '../../../cli/governance/operator.ts';
import { readBefore } from '../../../cli/governance/read-before.ts';
import { mainBridgeAbi } from '../../../protocol/abi.ts';
import { Refusal, type Says, startNodes } from '../../relayer/chain/support/node.ts';
import { bridges, productToken } from '../../relayer/support.ts';

const tooMany = new Refusal(-32_005, 'too many requests');
const reverted = new Refusal(
  3,
  'execution reverted',
  encodeErrorResult({ abi: mainBridgeAbi, errorName: 'UnknownPeg', args: [productToken] }),
);

describe('a busy node is no answer', () => {
  /** The present state that a proposal about a peg would change, read from a node that answers calls so. */
  const before = async (says: Says) => {
    const { nodes, close } = await startNodes(1, says);
    try {
      const client = { nodes, address: bridges[0] };
      const operator = { sides: { main: client, product: client } } as unknown as Operator;
      const call = { function: 'setMinimum', args: { productToken, minimum: '1' }, data: '0x' } as const;
      return await readBefore(operator, { chain: 'main' } as GovernedState, call);
    } finally {
      await close();
    }
  };
  /** A bridge with the peg, and tokens that answer so. */
  const withTokens =
    (answer: unknown): Says =>
    (_, params) =>
      (params as [{ data: string }])[0].data.startsWith(toFunctionSelector('peg(address)')) ? pegAnswer : answer;
  /** A peg with 1 in each field: each is a word. */
  const pegAnswer = concatHex(Array.from({ length: 32 }, () => pad('0x1', { size: 32 })));

  it('to whether a bridge has a peg', async () => {
    await assert.rejects(
      before(() => tooMany),
      /too many requests/,
    );
    assert.equal((await before(() => reverted)).peg, undefined);
  });

  it('to whether a token has a symbol', async () => {
    await assert.rejects(before(withTokens(tooMany)), /too many requests/);
    const { peg: found } = await before(withTokens(new Refusal(3, 'execution reverted', '0x')));
    assert.equal(found?.token.decimals, 0);
  });

  it('to whether a deployment transaction has a receipt', async () => {
    const reader = (answer: () => Promise<unknown>) =>
      createPublicClient({ transport: custom({ request: answer }, { retryCount: 0 }) });
    await assert.rejects(
      receiptOf(
        reader(() => Promise.reject(new Error('HTTP 429'))),
        ['0x12'],
      ),
      /429/,
    );
    assert.equal(
      await receiptOf(
        reader(() => Promise.resolve(null)),
        ['0x12'],
      ),
      undefined,
    );
  });
});
