// Processor time of a relayer's answers over a long history: statistics, and pages of transfers.
//   npm run bench:history                   1,000,000 simulated transfers over two years
//   npm run bench:history -- --transfers N
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import type { Lane } from '../protocol/lane.ts';
import { stringify } from '../protocol/json.ts';
import { createStatistics } from '../relayer/api/statistics.ts';
import { openHistoryDatabase } from '../relayer/store/database.ts';
import { openHistory } from '../relayer/store/history.ts';
import { processor } from './growth/cost.ts';
import { addressOf, transferOf } from './growth/simulated.ts';

const { values } = parseArgs({ options: { transfers: { type: 'string', default: '1000000' } } });
const count = Number(values.transfers);
const PEGS = 5;
const BATCH = 50;
const YEARS = 2;
const END = 1_790_000_000n;
const START = END - BigInt(YEARS * 365 * 86_400);

/** All lanes in turn. */
const laneAt = (place: number): Lane => ({
  direction: place % 2 === 0 ? 'mint' : 'withdraw',
  productToken: addressOf(100 + (Math.floor(place / 2) % PEGS)),
});
const directory = mkdtempSync(join(tmpdir(), 'pegway-history-'));
try {
  const database = openHistoryDatabase(directory);
  const history = openHistory({ database, deployment: 'bench', mainBridge: addressOf(10) });
  const began = process.cpuUsage();
  for (let first = 0; first < count; first += BATCH) {
    const place = first / BATCH;
    const lane = laneAt(place);
    const index = Math.floor(place / (2 * PEGS)) * BATCH;
    const at = START + (BigInt(first) * (END - START)) / BigInt(count);
    history.transaction(() => {
      for (let nonce = index; nonce < index + BATCH; nonce++) {
        history.addDeparture(transferOf(lane, nonce), at, 'open');
        history.addSettlements(lane, [BigInt(nonce)], {
          ...{ status: 'executed', transactionHash: transferOf(lane, place).transactionHash, blockNumber: at },
          ...{ at: at + 5n + BigInt(nonce % 90), signerMask: 15 },
        });
      }
    });
  }
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  const { user, system } = process.cpuUsage(began);

  const head = { timestamp: END } as never;
  const statistics = createStatistics({
    ...{
      history,
      chainIds: { main: 1, product: 2 },
      isComplete: () => true,
      watches: { main: { head }, product: { head } },
    },
    ...{ signers: () => [], lastSignatureAt: () => undefined, latency: () => undefined },
  });
  const account = transferOf(laneAt(0), 1_000).sender;
  const questions: Readonly<Record<string, () => unknown>> = {
    'analytics, 48 hours': () => statistics.analytics({ period: 'hour' }),
    'analytics, 400 hours': () => statistics.analytics({ period: 'hour', from: 0n }),
    'analytics, 30 days': () => statistics.analytics({ period: 'day' }),
    'analytics, 400 days': () => statistics.analytics({ period: 'day', from: 0n }),
    'analytics, 52 weeks': () => statistics.analytics({ period: 'week' }),
    'analytics, 400 days of one peg': () =>
      statistics.analytics({ period: 'day', from: 0n, productToken: addressOf(100) }),
    'signatures of 90 days': () => statistics.signing(),
    'newest 50 transfers': () => history.list({ limit: 50 }),
    'newest 50 of one peg': () => history.list({ limit: 50, productToken: addressOf(100) }),
    'newest 50 of one account': () => history.list({ limit: 50, account }),
    'newest 50 executed of one account': () => history.list({ limit: 50, account, status: 'executed' }),
    'newest 50 open of one account': () => history.list({ limit: 50, account, status: 'open' }),
    '50 from the middle': () => history.list({ limit: 50, before: { at: (START + END) / 2n, id: 0 } }),
  };
  const answers = [];
  for (const [name, ask] of Object.entries(questions)) {
    const milliseconds = await processor(() => stringify(ask()));
    answers.push({ name, processorMilliseconds: Number(milliseconds.toFixed(1)), bytes: stringify(ask()).length });
  }
  const result = {
    transfers: count,
    years: YEARS,
    pegs: PEGS,
    megabytes: Math.round(statSync(join(directory, 'history.sqlite')).size / 1e6),
    writeMicrosecondsPerTransfer: Math.round((user + system) / count),
    answers,
  };
  console.log(JSON.stringify(result, undefined, 2));
  mkdirSync('bench/results', { recursive: true });
  writeFileSync('bench/results/history.json', `${JSON.stringify(result, undefined, 2)}\n`);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
