import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { analyticsCsv } from '../../../app/analytics/analytics-csv.ts';
import { type Report, compare } from '../../../app/analytics/ask-analytics.ts';
import { barsOf, heightOf, scaleOf } from '../../../app/analytics/series.ts';
import { parseAnalytics, parseSigning } from '../../../app/api/statistics.ts';
import type { PegView } from '../../../app/chain/overview.ts';
import { recordOf } from '../../../app/signers/useSigningRecords.ts';
import { parseConfig } from '../../../app/page-config.ts';

const token = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';
const DAY = 86_400;
const START = 20_000 * DAY;

const figures = {
  ...{ direction: 'mint', productToken: token, departed: 3, volume: '1500000000000000000', fees: '0', arrived: 2 },
  ...{ p50: 9, p95: 20, gas: '4000000000000000', priced: 2 },
};
const wire = (changes: object = {}) => ({
  ...{ period: 'day', from: `${START}`, to: `${START + 3 * DAY}`, until: `${START + 2 * DAY + 60}`, complete: true },
  ...{
    totals: [figures],
    periods: [
      { at: `${START}`, ...figures },
      { at: `${START + 2 * DAY}`, ...figures },
    ],
  },
  ...changes,
});
const report = (name: string, changes: object = {}): Report => {
  const analytics = parseAnalytics(wire(changes));
  assert.ok(analytics !== undefined);
  return { name, analytics };
};
const named = (symbol: string) => ({ address: token, name: 'x', symbol, decimals: 18, missing: [] }) as const;
const pegs = [
  { productToken: token, tokens: { main: named('SMENT'), product: named('BOAT') } },
] as unknown as PegView[];

describe('figures of several relayers', () => {
  const lie = { periods: [{ at: `${START}`, ...figures, volume: '9' }] };

  it('are those of most relayers, and name the one that reports others', () => {
    const found = compare([report('a', lie), report('b'), report('c')]);
    assert.deepEqual([found?.tellers, found?.others], [['b', 'c'], ['a']]);
    assert.equal(found?.analytics.periods.length, 2);
  });

  it('may differ in the current period, in costs, and where a relayer still reads older blocks', () => {
    const current = { periods: [wire().periods[0], { at: `${START + 2 * DAY}`, ...figures, departed: 4 }] };
    const costs = { periods: wire().periods.map((one) => ({ ...one, gas: '1', priced: 1 })) };
    const reports = [report('a'), report('b', current), report('c', costs), report('d', { complete: false, ...lie })];
    const found = compare(reports);
    assert.deepEqual([found?.tellers, found?.others], [['a', 'b', 'c'], []]);
    assert.deepEqual(compare([report('d', { complete: false })])?.tellers, ['d']);
    assert.equal(compare([]), undefined);
  });

  it('are read field by field', () => {
    const broken = [{ ...figures, volume: '-1' }, { ...figures, direction: 'up' }, { ...figures, gas: undefined }, 5];
    assert.deepEqual(parseAnalytics(wire({ totals: broken }))?.totals, []);
    assert.equal(parseAnalytics(wire({ period: 'year' })), undefined);
    assert.equal(parseAnalytics('text'), undefined);
    const signing = { since: '1', batches: 7, signers: [{ address: token, batches: 5, latencySeconds: 'fast' }, {}] };
    assert.deepEqual(parseSigning(signing)?.signers, [
      { address: token, batches: 5n, lastSignatureAt: undefined, latencySeconds: undefined },
    ]);
  });
});

describe('the chart of figures', () => {
  const { analytics } = report('a');

  it('has a bar for each period, the empty ones included', () => {
    const bars = (measure: Parameters<typeof barsOf>[1]) =>
      barsOf(analytics, measure, pegs, undefined).map(({ at, parts }) => [(at - START) / DAY, ...parts]);
    assert.deepEqual(bars('transfers'), [
      [0, 3],
      [1, 0],
      [2, 3],
    ]);
    assert.deepEqual(bars('volume'), [
      [0, 1.5],
      [1, 0],
      [2, 1.5],
    ]);
    assert.deepEqual(bars('time'), [
      [0, 20],
      [1, 0],
      [2, 20],
    ]);
    assert.equal(
      barsOf(analytics, 'volume', pegs, 'withdraw').every((bar) => heightOf(bar) === 0),
      true,
    );
  });

  it('ends its axis at a round number above the highest bar', () => {
    const top = (value: number, least?: number) => scaleOf([{ at: 0, parts: [value] }], least);
    assert.deepEqual(
      [0, 0.03, 1, 1.1, 4, 5, 10, 11, 999].map((value) => top(value)),
      [1, 0.04, 1, 2, 4, 10, 10, 20, 1_000],
    );
    // Half of a count is drawn, too.
    const counts = Array.from({ length: 500 }, (_, value) => top(value, 2));
    assert.deepEqual(
      counts.filter((count) => !Number.isInteger(count / 2)),
      [],
    );
  });

  it('is exported with exact amounts and times in UTC', () => {
    const side = { chainId: 1, rpcUrl: 'http://127.0.0.1:8545', bridge: token };
    const [, line] = analyticsCsv(analytics, pegs, parseConfig({ main: side, product: side })).split('\r\n');
    assert.equal(line, `2024-10-04T00:00:00.000Z,day,mint,${token},3,1.5,SMENT,0,SMENT,2,9,20,0.004,ETH,2`);
  });
});

describe('the record of a signer', () => {
  const signing = (batches: number, all: number, latencySeconds?: number) => {
    const parsed = parseSigning({ since: '1', batches: all, signers: [{ address: token, batches, latencySeconds }] });
    assert.ok(parsed !== undefined);
    return parsed;
  };

  it('is the median of what relayers report, so that one alone changes little', () => {
    const reports = [signing(60, 100, 0.1), signing(61, 100, 0.3), signing(0, 1_000_000, 50)];
    assert.deepEqual(recordOf(reports, token), {
      ...{ batches: 60, share: 0.6, lastSignatureAt: undefined, latencySeconds: 0.3 },
    });
    assert.equal(recordOf([], token), undefined);
    assert.equal(recordOf([signing(0, 0)], token)?.share, undefined);
  });
});
