import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';

import { type Hex, decodeFunctionData, encodeFunctionResult } from 'viem';

import { mainBridgeAbi } from '../../../protocol/abi.ts';
import { bounceDeadline } from '../../../protocol/bounce-deadline.ts';
import type { Transfer } from '../../../protocol/lane.ts';
import { bounceVerdict } from '../../../relayer/pipeline/bounce-verdict.ts';
import { type Chain, Refusal, startNodes } from '../chain/support/node.ts';
import { bridges, peg, productToken, transferOf } from '../support.ts';

const [mainBridge, productBridge] = bridges;
const FAILED_AT = 1_000n;
const BOUNCE_DELAY = 500n;

describe('the next step of a refused withdrawal', () => {
  let chain: Chain;
  afterEach(() => chain.close());

  /** Judges a withdrawal that its token refused first at `FAILED_AT`, and still refuses. */
  const verdictOf = async (timestamp: bigint, changes: Partial<Transfer> = {}) => {
    chain = await startNodes(1, (method, params) => {
      if (method === 'eth_getCode') return '0x60';
      const [{ to, data }] = params as [{ to: string; data: Hex }];
      if (to.toLowerCase() !== mainBridge.toLowerCase()) return new Refusal(3, 'execution reverted', '0x');
      const { functionName } = decodeFunctionData({ abi: mainBridgeAbi, data });
      assert.equal(functionName, 'failedAt');
      return encodeFunctionResult({ abi: mainBridgeAbi, functionName, result: FAILED_AT });
    });
    const bridge = { side: 'main', address: mainBridge, nodes: chain.nodes } as const;
    const head = { number: 9n, timestamp };
    const transfer = transferOf(0n, { lane: { direction: 'withdraw', productToken }, ...changes });
    return bounceVerdict(transfer, { bridge, peg, productBridge, bounceDelay: BOUNCE_DELAY, head });
  };

  it('is a bounce once the delay has elapsed, with the deadline of the head', async () => {
    const bounceAt = FAILED_AT + BOUNCE_DELAY;
    assert.deepEqual(await verdictOf(bounceAt - 1n), { next: 'wait' });
    await chain.close();
    assert.deepEqual(await verdictOf(bounceAt), { next: 'bounce', bounceAt, deadline: bounceDeadline(bounceAt) });
  });

  it('is never a bounce for fees, whose redeemer is the product bridge', async () => {
    assert.deepEqual(await verdictOf(1_000_000n, { sender: productBridge }), { next: 'wait' });
  });
});
