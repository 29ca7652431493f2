// Bounces while some peers are unreachable: signatures are kept at the bridge until a quorum is complete.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';

import { decodeFunctionData, numberToHex } from 'viem';

import { mainBridgeAbi } from '../../../protocol/abi.ts';
import { encodeSignatures } from '../../../protocol/attestation.ts';
import type { Lane } from '../../../protocol/lane.ts';
import type { Reason } from '../../../protocol/reasons.ts';
import { bounceRefused } from '../../../relayer/pipeline/release-and-bounce.ts';
import { createLedger } from '../../../relayer/state/ledger.ts';
import { type Chain, startNodes } from '../chain/support/node.ts';
import { bridges, deadline, holder, keys, pair, productToken, transferOf } from '../support.ts';

const lane: Lane = { direction: 'withdraw', productToken };
const THRESHOLD = 4;

describe('the bounce of a refused withdrawal', () => {
  let chain: Chain;
  /** Signers that have approved at the bridge, one bit each. */
  let approved = 0;
  /** The calls sent: kind of the dispatch, function, its signatures. */
  let sent: { readonly kind: string; readonly call: string; readonly signatures: unknown }[];
  before(async () => {
    chain = await startNodes(1, (method) =>
      method === 'eth_call' ? numberToHex(approved, { size: 32 }) : numberToHex(60_000),
    );
  });
  after(() => chain.close());
  beforeEach(() => {
    approved = 0;
    sent = [];
  });

  const signature = (index: number) => ({ index, signature: `0x${`${index}${index}`.repeat(64)}` as const });

  /** This signer has signatures of these signers; the others refuse for this reason. */
  const bounce = async (signed: readonly number[], reason: Reason = 'unreachable') => {
    const ledger = createLedger(lane);
    ledger.add(transferOf(0n, { lane, sourceAmount: 4n, amount: 2n }), 0);
    const main = { side: 'main', address: bridges[0], nodes: chain.nodes } as const;
    const others = keys.map(({ address }) => address).filter((_, index) => !signed.includes(index));
    const context = {
      bridges: { sides: { main }, pair, destination: () => ({ threshold: THRESHOLD, signerEpoch: 1n }) } as never,
      attester: { address: keys[0]?.address, sign: () => Promise.resolve('0x00') } as never,
      collect: () =>
        Promise.resolve({
          signatures: signed.map(signature),
          shrinkTo: undefined,
          refusals: others.map((signer) => ({ signer, reason })),
        }),
      verdictOf: () => Promise.resolve({ next: 'bounce' as const, bounceAt: 7n, deadline }),
      log: { info: () => undefined },
      inFlight: {
        send: (
          { kind, key, note }: { kind: string; key: string; note: Record<string, string> },
          signal: AbortSignal,
          submit: never,
        ) =>
          (submit as (submitting: object) => Promise<unknown>)({
            ...{ bridge: main, account: holder, blockGasLimit: 30_000_000n, key, note, signal },
            transactions: {
              submit({ data }: { data: `0x${string}` }) {
                const { functionName, args } = decodeFunctionData({ abi: mainBridgeAbi, data });
                sent.push({ kind, call: functionName, signatures: args.at(-1) });
                return Promise.resolve();
              },
            },
          }),
      } as never,
    } as const;
    await bounceRefused(ledger, 0n, context, new AbortController().signal);
    return sent;
  };
  const packed = (...indices: readonly number[]) => encodeSignatures(indices.map(signature));

  it('is sent at once with the signatures of a quorum', async () => {
    assert.deepEqual(await bounce([0, 1, 2, 3]), [{ kind: 'bounce', call: 'bounce', signatures: packed(0, 1, 2, 3) }]);
  });

  it('is approved with the signatures at hand while the missing peers are unreachable', async () => {
    assert.deepEqual(await bounce([0, 1]), [{ kind: 'approve', call: 'approve', signatures: packed(0, 1) }]);
  });

  it('is not approved twice: only signatures that the bridge lacks are sent', async () => {
    approved = 0b11;
    assert.deepEqual(await bounce([0, 1]), []);
    assert.deepEqual(await bounce([1, 2]), [{ kind: 'approve', call: 'approve', signatures: packed(2) }]);
  });

  it('is sent by the signer that completes the approvals to a quorum', async () => {
    approved = 0b111;
    assert.deepEqual(await bounce([0, 5]), [{ kind: 'bounce', call: 'bounce', signatures: packed(5) }]);
    approved = 0b1111;
    sent = [];
    assert.deepEqual(await bounce([0]), [{ kind: 'bounce', call: 'bounce', signatures: packed() }]);
  });

  it('is not approved while peers answer and refuse: they will sign later', async () => {
    assert.deepEqual(await bounce([0, 1], 'payment-refused'), []);
  });
});
