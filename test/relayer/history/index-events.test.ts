import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { type Address, type Hex, encodeAbiParameters, encodeEventTopics } from 'viem';

import { mainBridgeAbi } from '../../../protocol/abi.ts';
import type { Status } from '../../../protocol/lane.ts';
import type { TimedEvent } from '../../../relayer/chain/block-timestamps.ts';
import { indexEvents } from '../../../relayer/history/index-events.ts';
import { type History, openHistory } from '../../../relayer/store/history.ts';
import { RecordDatabase } from '../../../relayer/store/record-database.ts';
import { bridges, keys, lane, logOf, productToken, transferOf } from '../support.ts';

describe('indexEvents', () => {
  let database: RecordDatabase;
  let history: History;
  let signatures: [Address, bigint][];
  let status: Status;
  beforeEach(() => {
    database = new RecordDatabase(':memory:');
    history = openHistory({ database, deployment: 'a-b', mainBridge: bridges[0] });
    signatures = [];
    status = 'open';
  });
  afterEach(() => database.close());

  const signers = keys.map(({ address }) => address);
  const index = (...events: object[]): void =>
    indexEvents(
      events.map(
        (event, at) =>
          ({ at: 1_000n + BigInt(at), event: { log: logOf(BigInt(at)), ...event } }) as unknown as TimedEvent,
      ),
      {
        history,
        currentStatus: () => status,
        signers: () => signers,
        onSignature: (signer, at) => signatures.push([signer, at]),
      },
    );
  const departed = (nonce: bigint) => ({ kind: 'departed', side: 'main', transfer: transferOf(nonce) });
  /** An event of the product side, where mints end. */
  const ended = (kind: string, fields: object) => ({
    ...{ kind, side: 'product', productToken, blockNumber: 200n, transactionHash: `0x${'11'.repeat(32)}` },
    ...fields,
  });
  const statuses = (...nonces: bigint[]) => nonces.map((nonce) => history.get(lane, nonce)?.status);

  it('settles each transfer of an execution, and no other', () => {
    index(departed(0n), departed(1n), departed(2n), departed(3n));
    index(ended('executed', { firstNonce: 1n, mask: 0b101n, signerMask: 0b1 }));
    assert.deepEqual(statuses(0n, 1n, 2n, 3n), ['open', 'executed', 'open', 'executed']);
  });

  it('reports the signers of an execution by their index, and the time of its block', () => {
    index(departed(0n), ended('executed', { firstNonce: 0n, mask: 1n, signerMask: 0b100100 }));
    assert.deepEqual(signatures, [
      [signers[2], 1_001n],
      [signers[5], 1_001n],
    ]);
    assert.equal(history.get(lane, 0n)?.signerMask, 0b100100);
  });

  it('reports an approval as a signature', () => {
    index({ kind: 'approved', side: 'product', signer: signers[3] });
    assert.deepEqual(signatures, [[signers[3], 1_000n]]);
  });

  it('counts a release as an execution without signers, and a bounce as a bounce', () => {
    index(departed(0n), departed(1n), ended('released', { nonce: 0n }), ended('bounced', { nonce: 1n }));
    assert.deepEqual(statuses(0n, 1n), ['executed', 'bounced']);
    assert.equal(history.get(lane, 0n)?.signerMask, undefined);
  });

  it('gives the same result in any order, and when events are repeated', () => {
    const events = [departed(0n), ended('executed', { firstNonce: 0n, mask: 1n, signerMask: 1 })];
    index(...events.toReversed());
    index(...events);
    assert.deepEqual(statuses(0n), ['executed']);
    assert.equal(history.countSettled(lane, 1n), 1);
  });

  it('marks an old parked event with the status of now, and never reopens what is settled', () => {
    index(departed(0n), departed(1n), ended('executed', { firstNonce: 0n, mask: 1n, signerMask: 1 }));
    index(departed(2n));
    status = 'executed';
    index(ended('parked', { nonce: 0n }), ended('voided', { nonce: 2n }));
    status = 'parked';
    index(ended('parked', { nonce: 1n }));
    assert.deepEqual(statuses(0n, 1n, 2n), ['executed', 'parked', 'open'], 'only a settlement settles');
  });

  it('counts the batch of each signer, and each fee, once', () => {
    const taken = encodeEventTopics({ abi: mainBridgeAbi, eventName: 'FeeTaken', args: { productToken } });
    const data = encodeAbiParameters([{ type: 'uint64' }, { type: 'uint256' }], [0n, 7n]);
    const log = { ...logOf(9n), topics: taken as Hex[], data };
    const events = [
      departed(0n),
      ended('executed', { firstNonce: 0n, mask: 1n, signerMask: 0b100100 }),
      { kind: 'noted', name: 'FeeTaken', side: 'main', log },
    ];
    index(...events);
    index(...events);
    const { batches, signers: counted } = history.signatures.since(0n);
    assert.equal(batches, 1);
    assert.deepEqual(
      counted.map(({ address, batches: own, at }) => [address, own, at]).toSorted(),
      [signers[2], signers[5]].map((address) => [address, 1, 1_001n]).toSorted(),
    );
    const [row] = history.activity.rows({ period: 'week', first: 0n, last: 9n, limit: 1 });
    assert.deepEqual([row?.direction, row?.fees], ['mint', 7n]);
  });

  it('writes all events of a call, or none', () => {
    const twoThenFailure = () =>
      index(departed(0n), departed(1n), ended('executed', { firstNonce: 0n, mask: undefined }));
    assert.throws(twoThenFailure);
    assert.deepEqual(statuses(0n, 1n), [undefined, undefined]);
  });
});
