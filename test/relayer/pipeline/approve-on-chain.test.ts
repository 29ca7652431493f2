// The whitepaper's own protocol, where peers are unreachable: each signer approves on chain, and all must approve one digest.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';

import { type Hex, decodeFunctionData, encodeAbiParameters, encodeEventTopics, numberToHex } from 'viem';

import { mainBridgeAbi, productBridgeAbi } from '../../../protocol/abi.ts';
import { encodeSignatures } from '../../../protocol/attestation.ts';
import { createMetrics } from '../../../relayer/monitoring/metrics.ts';
import { approveOnChain } from '../../../relayer/pipeline/approve-on-chain.ts';
import { createBackoff } from '../../../relayer/pipeline/backoff.ts';
import { createBlockProofs, openLogSource } from '../../../relayer/chain/logs.ts';
import { type Ledger, createLedger } from '../../../relayer/state/ledger.ts';
import { type Chain, startNodes } from '../chain/support/node.ts';
import { addressOf } from '../../../scripts/growth/simulated.ts';
import { bridges, hashOf, holder, lane, pair, productToken, transferOf } from '../support.ts';

const BLOCK = 100n;
const INDEX = 2;
const THRESHOLD = 4;
const SIGNATURE: Hex = `0x${'11'.repeat(64)}`;

const departure = (nonce: number, token = productToken) => ({
  address: bridges[0],
  topics: encodeEventTopics({
    ...{ abi: mainBridgeAbi, eventName: 'MainTokenDeposited' },
    args: { productToken: token, nonce: BigInt(nonce), depositor: holder },
  }),
  data: encodeAbiParameters(
    [{ type: 'address' }, { type: 'uint256' }, { type: 'uint256' }, { type: 'uint64' }],
    [holder, 5n, 10n, 0n],
  ),
  blockNumber: numberToHex(BLOCK),
  blockHash: hashOf(Number(BLOCK)),
  transactionHash: `0x${'ee'.repeat(32)}`,
  logIndex: numberToHex(nonce),
});

describe('the approval of a batch on chain', () => {
  let chain: Chain;
  let logs: readonly ReturnType<typeof departure>[];
  /** Signers that have approved at the bridge, one bit each. */
  let approved: number;
  /** Of each statement that was signed: first nonce and count. */
  let signed: [bigint, number][];
  let sent: { readonly call: string; readonly nonces: readonly bigint[]; readonly signatures: unknown }[];
  let ledger: Ledger;
  before(async () => {
    chain = await startNodes(1, (method) => {
      if (method === 'eth_getLogs') return logs;
      return method === 'eth_call' ? numberToHex(approved, { size: 32 }) : numberToHex(60_000);
    });
  });
  after(() => chain.close());
  beforeEach(() => {
    logs = [departure(5), departure(6), departure(0, addressOf(0xa2)), departure(7)];
    approved = 0;
    signed = [];
    sent = [];
    // Nonce 5 was executed.
    ledger = createLedger(lane);
    for (const nonce of [6n, 7n]) ledger.add(transferOf(nonce, { blockNumber: BLOCK }), 0);
  });

  const approve = async (nonce = 7n) => {
    const { nodes } = chain;
    const proofs = createBlockProofs(nodes, 'ethereum');
    const source = openLogSource({ nodes, side: 'main', bridge: bridges[0], logRange: 10, proof: 'witnesses', proofs });
    const product = { side: 'product', address: bridges[1], nodes } as const;
    using backoff = createBackoff({ wake: () => undefined, now: () => 0 });
    const result = await approveOnChain(
      ledger,
      nonce,
      {
        bridges: {
          pair,
          sides: { main: { side: 'main', source }, product },
          destination: () => ({ threshold: THRESHOLD, signerEpoch: 1n }),
        } as never,
        attester: {
          address: holder,
          sign(statement: { firstNonce: bigint; count: number }) {
            signed.push([statement.firstNonce, statement.count]);
            return Promise.resolve(SIGNATURE);
          },
        } as never,
        inFlight: {
          send: (
            { nonces, key, note }: { nonces: bigint[]; key: string; note: object },
            signal: AbortSignal,
            submit: never,
          ) =>
            (submit as (submitting: object) => Promise<unknown>)({
              ...{ bridge: product, account: holder, blockGasLimit: 30_000_000n, key, note, signal },
              transactions: {
                submit({ data }: { data: Hex }) {
                  const { functionName, args } = decodeFunctionData({ abi: productBridgeAbi, data });
                  sent.push({ call: functionName, nonces, signatures: args.at(-2) });
                  return Promise.resolve();
                },
              },
            }),
        } as never,
        ...{ backoff, metrics: createMetrics(), log: { info: () => undefined }, index: INDEX, turnSeconds: 10 },
      },
      new AbortController().signal,
    );
    return { result, holds: [6n, 7n].map((one) => ledger.get(one)?.hold?.reason) };
  };
  const own = encodeSignatures([{ index: INDEX, signature: SIGNATURE }]);

  it('covers all transfers of the lane in the source block, executed ones too, so that all signers approve one digest', async () => {
    for (const nonce of [6n, 7n]) await approve(nonce);
    assert.deepEqual(signed, [
      [5n, 3],
      [5n, 3],
    ]);
    assert.deepEqual(sent[0], { call: 'mint', nonces: [5n, 6n, 7n], signatures: own });
    assert.deepEqual(sent[1], sent[0]);
  });

  it('is not repeated while others are missing', async () => {
    approved = 1 << INDEX;
    assert.deepEqual((await approve()).holds, ['waiting-for-signatures', 'waiting-for-signatures']);
    assert.deepEqual([signed, sent], [[], []]);
  });

  it('is sent without a signature once the approvals at the bridge are a quorum', async () => {
    approved = 0b1111;
    await approve();
    assert.deepEqual(signed, []);
    assert.deepEqual(
      sent.map(({ signatures }) => signatures),
      [encodeSignatures([])],
    );
  });

  it('is withheld while one transfer of the block is rejected', async () => {
    const entry = ledger.get(6n);
    assert.ok(entry);
    entry.rejected = 'peg-mismatch';
    assert.equal((await approve(7n)).result, undefined);
    assert.deepEqual([signed, sent], [[], []]);
  });

  it('is withheld when the block no longer has the transfer', async () => {
    logs = [departure(5), departure(6)];
    await assert.rejects(approve(7n), { code: 'proof-invalid', message: /nonce 7 is missing from block 100/ });
    assert.deepEqual([signed, sent], [[], []]);
  });

  it('is not needed for a transfer that is settled', async () => {
    ledger.settle(7n);
    assert.equal((await approve(7n)).result, undefined);
    assert.deepEqual([signed, sent], [[], []]);
  });
});
