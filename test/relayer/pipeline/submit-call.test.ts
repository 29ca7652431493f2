import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';

import { type Hex, decodeFunctionData, encodeErrorResult, zeroHash } from 'viem';

import { mainBridgeAbi } from '../../../protocol/abi.ts';
import type { Direction } from '../../../protocol/lane.ts';
import { type Submitting, submitBatch, submitBounce, submitRelease } from '../../../relayer/pipeline/submit-call.ts';
import { type Chain, Refusal, type Says, startNodes } from '../chain/support/node.ts';
import { bridges, deadline, holder, productToken, transferOf } from '../support.ts';

const signatures: Hex = '0x1234';
const sourceBlock: Hex = `0x${'ab'.repeat(32)}`;
const nameOf = (data: Hex): string => decodeFunctionData({ abi: mainBridgeAbi, data }).functionName;
const ambiguous = new Refusal(
  ...([3, 'execution reverted'] as const),
  encodeErrorResult({ abi: mainBridgeAbi, errorName: 'AmbiguousAnswer', args: [productToken, 0n] }),
);

describe('the submission of a call', () => {
  let chain: Chain;
  let aborting: AbortController;
  afterEach(() => chain.close());

  /** The bridge answers simulations of the named functions so, and accepts all others. */
  const open = async (answers: Readonly<Record<string, unknown>>) => {
    const says: Says = (_, params) => {
      const [{ data }] = params as [{ data: Hex }];
      try {
        return answers[nameOf(data)] ?? '0x5208';
      } catch {
        return answers['mint'] ?? '0x5208';
      }
    };
    chain = await startNodes(1, says);
    aborting = new AbortController();
    const sent: Hex[] = [];
    const submitting: Submitting = {
      bridge: { side: 'main', address: bridges[0], nodes: chain.nodes },
      transactions: { submit: ({ data }: { readonly data: Hex }) => Promise.resolve(void sent.push(data)) } as never,
      ...{ account: holder, blockGasLimit: 30_000_000n, key: 'key', note: {} },
      signal: aborting.signal,
    };
    return { sent, submitting };
  };
  const batchOf = (direction: Direction) => ({
    ...({ lane: { direction, productToken }, firstNonce: 0n, transfers: '0x00', sourceBlock } as const),
  });

  it('sends the same batch with a frame for each payment when the token’s answer is ambiguous', async () => {
    const { sent, submitting } = await open({ withdraw: ambiguous });
    assert.deepEqual(await submitBatch(submitting, batchOf('withdraw'), signatures), { sent: true });
    const [data] = sent;
    assert.ok(data !== undefined && sent.length === 1);
    assert.deepEqual(decodeFunctionData({ abi: mainBridgeAbi, data }), {
      functionName: 'withdrawGuarded',
      args: [productToken, 0n, '0x00', signatures, sourceBlock],
    });
  });

  it('sends a batch without frames otherwise', async () => {
    const { sent, submitting } = await open({});
    await submitBatch(submitting, batchOf('withdraw'), signatures);
    assert.deepEqual(sent.map(nameOf), ['withdraw']);
  });

  it('throws when the answer is ambiguous within frames, too', async () => {
    const { sent, submitting } = await open({ withdraw: ambiguous, withdrawGuarded: ambiguous });
    await assert.rejects(submitBatch(submitting, batchOf('withdraw'), signatures), /AmbiguousAnswer/);
    assert.deepEqual(sent, []);
  });

  it('sends nothing after an abort during the simulation', async () => {
    const { sent, submitting } = await open({});
    aborting.abort(new Error('the relayer stops'));
    await assert.rejects(submitBatch(submitting, batchOf('withdraw'), signatures), /the relayer stops/);
    assert.deepEqual(sent, []);
  });

  it('returns the reason of a lost race: a release, or a bounce after its deadline', async () => {
    const revert = (errorName: 'NothingReleasable' | 'DeadlinePassed', arg: unknown) =>
      new Refusal(3, 'reverted', encodeErrorResult({ abi: mainBridgeAbi, errorName, args: [arg as never] }));
    const { submitting } = await open({
      release: revert('NothingReleasable', productToken),
      bounce: revert('DeadlinePassed', deadline),
    });
    assert.deepEqual(await submitRelease(submitting, productToken, 0n), { sent: false, reason: 'already-executed' });
    const transfer = transferOf(0n, { lane: { direction: 'withdraw', productToken }, blockHash: zeroHash });
    assert.deepEqual(await submitBounce(submitting, transfer, deadline, signatures), {
      ...{ sent: false, reason: 'past-deadline' },
    });
  });
});
