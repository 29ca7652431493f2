import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';

import { type Hex, encodeAbiParameters, encodeEventTopics, numberToHex } from 'viem';

import { mainBridgeAbi } from '../../../protocol/abi.ts';
import { startOfPeriod } from '../../../protocol/activity.ts';
import { stringify } from '../../../protocol/json.ts';
import { type StatisticsPort, createStatistics } from '../../../relayer/api/statistics.ts';
import { type History, openHistory } from '../../../relayer/store/history.ts';
import { RecordDatabase } from '../../../relayer/store/record-database.ts';
import * as schemas from '../../support/api-schemas.ts';
import { bridges, keys, lane, logOf, productToken, transferOf } from '../support.ts';

const DAY = 86_400n;
const NOW = startOfPeriod('day', 20_000n) + 43_200n;

describe('the statistics of a bridge', () => {
  let database: RecordDatabase;
  let history: History;
  let statistics: StatisticsPort;
  const signers = keys.map(({ address }) => address);
  const [one, other, third] = signers as [`0x${string}`, `0x${string}`, `0x${string}`];
  beforeEach(() => {
    database = new RecordDatabase(':memory:');
    history = openHistory({ database, deployment: 'a-b', mainBridge: bridges[0] });
    const head = { number: 1n, hash: `0x${'00'.repeat(32)}` } as const;
    statistics = createStatistics({
      history,
      isComplete: () => true,
      chainIds: { main: 1, product: 2 },
      watches: {
        main: { head: { ...head, timestamp: NOW + 9n } as never },
        product: { head: { ...head, timestamp: NOW } as never },
      },
      signers: () => signers,
      lastSignatureAt: (signer) => (signer === third ? NOW - 1n : undefined),
      latency: (signer) => (signer === other ? 0.25 : undefined),
    });
  });
  afterEach(() => database.close());

  const analytics = (query: object = {}) => statistics.analytics({ period: 'day', ...query });

  it('answers the last 30 days by default, up to the chain that was read less far', () => {
    const { from, to, until } = analytics();
    assert.deepEqual([from, to, until], [startOfPeriod('day', 19_971n), startOfPeriod('day', 20_001n), NOW]);
  });

  it('answers the periods that a range touches, and adds them up by lane', () => {
    for (const [nonce, ago] of [3n, 2n, 2n, 1n].entries())
      history.addDeparture(transferOf(BigInt(nonce)), NOW - ago * DAY, 'open');
    const found = analytics({ from: NOW - 2n * DAY, to: NOW - DAY });
    assert.deepEqual(
      found.periods.map(({ at, departed }) => [(at + 43_200n - NOW) / DAY, departed]),
      [
        [-2n, 2],
        [-1n, 1],
      ],
    );
    assert.deepEqual(
      found.totals.map(({ departed, volume }) => [departed, volume]),
      [[3, 15n]],
    );
    schemas.analytics.parse(JSON.parse(stringify(found)));
  });

  it('answers the newest of more periods than a page can show, in whole periods, and names the range', () => {
    const tokens = Array.from({ length: 500 }, (_, index) => `0x${index.toString(16).padStart(40, '0')}` as const);
    history.transaction(() => {
      for (const ago of [0n, 1n, 2n]) {
        for (const token of tokens)
          history.addDeparture(transferOf(ago, { lane: { ...lane, productToken: token } }), NOW - ago * DAY, 'open');
      }
    });
    const found = analytics();
    assert.equal(found.from, startOfPeriod('day', 19_999n));
    assert.equal(found.periods.length, 1_000);
    assert.equal(
      analytics({ period: 'hour', from: 0n, productToken }).from,
      startOfPeriod('hour', NOW / 3_600n - 399n),
    );
    assert.equal(analytics({ productToken: tokens[0] }).periods.length, 3);
    assert.equal(analytics({ productToken }).periods.length, 0);
  });

  it('counts the batches of each signer over 90 days', () => {
    history.signatures.count([one, other], NOW - 90n * DAY);
    history.signatures.count([one, other], NOW - 89n * DAY);
    history.signatures.count([one, third], NOW - 5n);
    const found = statistics.signing();
    assert.equal(found.since, startOfPeriod('day', 19_911n));
    assert.equal(found.batches, 2);
    assert.deepEqual(
      found.signers
        .slice(0, 3)
        .map(({ batches, lastSignatureAt, latencySeconds }) => [...[batches, lastSignatureAt, latencySeconds]]),
      [
        [2, NOW - 5n, undefined],
        [1, NOW - 89n * DAY, 0.25],
        [1, NOW - 1n, undefined],
      ],
    );
    assert.equal(found.signers.length, 6);
    schemas.signing.parse(JSON.parse(stringify(found)));
  });

  it('names the transactions that accepted and executed a proposal, newest first, as long as there is room', () => {
    const add = (block: bigint, side: 'main' | 'product', topics: readonly unknown[], data: Hex = '0x') =>
      history.events.add(side, {
        log: { ...logOf(block), topics: topics as Hex[], data, transactionHash: numberToHex(block, { size: 32 }) },
        timestamp: 1_000n + block,
      });
    const accept = (block: bigint, side: 'main' | 'product', nonce: bigint) => {
      const types = ['uint256', 'uint32', 'bytes[]'].map((type) => ({ type }));
      const data = encodeAbiParameters(types, [5_000n + block, 15, ['0x12345678']]);
      add(block, side, encodeEventTopics({ abi: mainBridgeAbi, eventName: 'ProposalAccepted', args: { nonce } }), data);
    };
    accept(1n, 'main', 0n);
    accept(2n, 'product', 0n);
    accept(3n, 'main', 1n);
    add(4n, 'main', encodeEventTopics({ abi: mainBridgeAbi, eventName: 'ProposalExecuted', args: { nonce: 0n } }));
    // Governance is never pruned.
    history.events.prune('main', 9_999n);
    const { proposals } = schemas.governanceHistory.parse(JSON.parse(stringify(statistics.governance())));
    assert.deepEqual(
      proposals.map(({ chain, nonce, executableAt, accepted, executed }) => [
        ...[chain, nonce, executableAt, accepted.at, Number(accepted.transactionHash), executed?.at],
      ]),
      [
        ['main', '1', '5003', '1003', 3, undefined],
        ['product', '0', '5002', '1002', 2, undefined],
        ['main', '0', '5001', '1001', 1, '1004'],
      ],
    );

    for (let nonce = 2n; nonce < 70n; nonce++) accept(10n + nonce, 'main', nonce);
    assert.deepEqual(
      [statistics.governance().proposals.length, statistics.governance().proposals[0]?.nonce],
      [51, 69n],
      '50 of each bridge',
    );
  });
});
