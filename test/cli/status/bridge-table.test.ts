import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';

import type { Told } from '../../../cli/inspect/ask-relayers.ts';
import type { Target } from '../../../cli/inspect/target.ts';
import { baseUrlOf } from '../../../cli/status/ask-status.ts';
import {
  type BridgeRow,
  type Order,
  bridgesOf,
  hasProblem,
  reportBridges,
  sorted,
} from '../../../cli/status/bridge-table.ts';
import type { Shown } from '../../../cli/status/report-fleet.ts';
import type { BridgesView } from '../../../protocol/api-types.ts';
import { bridgeIdOf } from '../../../relayer/config.ts';
import { bridges } from '../../relayer/support.ts';

const NOW = 1_800_000_000;
const plain = (text: string) => text;
const paint: Shown['paint'] = { red: plain, yellow: plain, dim: plain, bold: plain };

const config = (name: string) => {
  const side = (place: number) => ({ chainId: place + 1, bridge: bridges[place], rpcUrls: [] });
  return { name, main: side(0), product: side(1) } as unknown as Target['config'];
};
const signers = ['a', 'b', 'c'].map((host) => ({ url: `http://${host}/bridges/boat`, name: `Operator ${host}` }));
const target: Target = { config: config('boat'), signers, relayers: signers.map(({ url }) => url) };

const told = (host: string, changes: object = {}): Told<BridgesView> => {
  const summary = {
    ...{ id: bridgeIdOf(target.config), name: 'theirs', state: 'open', margin: { mint: 2, withdraw: 2 } },
    ...{ open: 0, parked: 0, stopped: [], problems: [], ...changes },
  };
  const value = { version: '0.1.0', bridges: [summary] } as unknown as BridgesView;
  return { url: `http://${host}`, seconds: 0, value: value as never };
};
const answersOf = (...all: Told<BridgesView>[]) => new Map(all.map((answer) => [answer.url, answer]));

const row = (name: string, changes: Partial<BridgeRow> = {}): BridgeRow => ({
  ...{ name, id: name, asked: 6, open: 6, margin: { mint: 2, withdraw: 2 }, transfers: 0, parked: 0 },
  ...{ closed: [], oldestSeconds: undefined, paused: [], hung: [], problems: [], processes: [], ...changes },
});

describe('the status of several bridges', () => {
  it('takes the worst that a relayer reports of a bridge, whatever its name there', () => {
    const answers = answersOf(
      told('a', { margin: { mint: 1, withdraw: 2 }, open: 3 }),
      told('b', { state: 'failed', problems: ['rpc-unreachable'], oldestSeconds: 9 }),
      { url: 'http://c', error: 'ECONNREFUSED' },
    );
    const { bridges: rows, silent } = bridgesOf([target], answers, [], NOW);
    assert.deepEqual(rows, [
      row('boat', {
        ...{ id: bridgeIdOf(target.config), asked: 3, open: 1, margin: { mint: 1, withdraw: 2 }, transfers: 3 },
        ...{ oldestSeconds: 9, problems: ['rpc-unreachable'], closed: ['Operator b'] },
      }),
    ]);
    assert.deepEqual(silent, [{ url: 'http://c', name: 'Operator c', error: 'ECONNREFUSED' }]);
  });

  it('asks each relayer once for all its bridges', () => {
    assert.deepEqual(
      new Set(['http://a/bridges/boat', 'http://a/bridges/coin', 'http://a'].map(baseUrlOf)),
      new Set(['http://a']),
    );
  });

  it('names a chain that hangs and a paused bridge', () => {
    const main = [{ node: '0-main', block: 5n, at: BigInt(NOW - 300), blockSeconds: 2, pausedUntil: 1n }];
    const [found] = bridgesOf([target], answersOf(told('a')), [{ main, product: [] }], NOW).bridges;
    assert.deepEqual([found?.paused, found?.hung], [['main'], ['main']]);
  });

  it('shows the process that works for a bridge, and names a signer of which none does', () => {
    const other = { id: 'other', process: '1f2e3d4c', margin: {}, problems: [] };
    const between = told('b', { state: 'starting' });
    if ('value' in between) (between.value.bridges as unknown[]).push(other);
    const [found] = bridgesOf([target], answersOf(told('a', { process: 'a1b2c3d4' }), between), [], NOW).bridges;
    assert.deepEqual(found?.processes, [
      { signer: 'Operator a', process: 'a1b2c3d4' },
      { signer: 'Operator b', process: undefined },
    ]);
    assert.equal(hasProblem(row('boat', { processes: found.processes })), true);
    const text = reportBridges({ bridges: [found], silent: [] }, 1, { width: 80, paint });
    assert.match(text, /process\s*\n.* a1b2c3d4/);
    assert.match(text, /no process of Operator b works for it/);
    assert.doesNotMatch(text, /not open at/, 'it is named once');
  });

  it('names a signer that answers and has not opened a bridge, as without a process for any', () => {
    const idle = told('b', { state: 'starting', margin: {} });
    const [found] = bridgesOf([target], answersOf(told('a'), idle), [], NOW).bridges;
    assert.deepEqual(found?.closed, ['Operator b']);
    const text = reportBridges({ bridges: [found], silent: [] }, 1, { width: 80, paint });
    assert.match(text, /^ {2}not open at Operator b$/m);
  });

  it('has no column of processes where each signer has one', () => {
    const text = reportBridges({ bridges: [row('boat')], silent: [] }, 1, { width: 80, paint });
    assert.doesNotMatch(text, /process/);
  });

  it('puts the most urgent bridge first, and sorts by what is asked for', () => {
    const rows = [
      row('calm', { transfers: 9 }),
      row('slow', { oldestSeconds: 70, problems: ['stale-head'] }),
      row('thin', { margin: { mint: 0, withdraw: 1 } }),
      row('dead', { margin: { mint: -1, withdraw: 1 }, transfers: 3 }),
      row('paused', { paused: ['main'] }),
    ];
    const order = (by: Order) => sorted(rows, by).map(({ name }) => name);
    assert.deepEqual(order('worst'), ['dead', 'paused', 'thin', 'slow', 'calm']);
    assert.deepEqual(order('name'), ['calm', 'dead', 'paused', 'slow', 'thin']);
    assert.deepEqual(order('margin').slice(0, 2), ['dead', 'thin']);
    assert.deepEqual(order('open').slice(0, 2), ['calm', 'dead']);
    assert.equal(order('oldest')[0], 'slow');
    assert.deepEqual(
      rows.filter(hasProblem).map(({ name }) => name),
      ['slow', 'thin', 'dead', 'paused'],
    );
  });

  it('fits a terminal of 80 columns', () => {
    const name = 'a-bridge-with-a-name-of-forty-characters';
    const problems = ['rpc-unreachable', 'stale-head', 'audit-broken', 'second-content', 'finality-reversed'];
    const rows = [row(name, { transfers: 12_345, oldestSeconds: 90_000, hung: ['main'], problems }), row('calm')];
    const silent = [{ url: 'http://c', name: 'Operator c', contact: 'c@example.org', error: 'ECONNREFUSED' }];
    const text = reportBridges({ bridges: rows, silent }, 12, { width: 80, paint });
    const lines = stripVTControlCharacters(text).split('\n');
    assert.deepEqual(
      lines.filter((line) => line.length > 80),
      [],
    );
    assert.match(text, /main chain hangs or does not answer/);
    assert.match(text, /^✖ Operator c does not answer: ECONNREFUSED; call c@example\.org$/m);
    assert.match(text, /^12 bridges, 10 without a problem or filtered out/m);
  });
});
