import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';

import type { Told } from '../../../cli/inspect/ask-relayers.ts';
import { type Answers, type Fleet, fleetOf, isImpaired } from '../../../cli/status/fleet.ts';
import type { ChainViews, NodeView } from '../../../cli/status/read-chains.ts';
import { type Shown, reportFleet } from '../../../cli/status/report-fleet.ts';
import type { PegView, StatusView, Wire } from '../../../protocol/api-types.ts';
import { bridges, keys, mainToken, productToken } from '../../relayer/support.ts';

const AT = 1_800_000_000;
const NOW = AT + 10;
const address = (index: number) => keys[index]?.address ?? '0x';

const told = (index: number, changes: Partial<Wire<StatusView>> = {}, blocks = [100, 200]): Told<StatusView> => {
  const side = (place: number) => ({
    ...{ chainId: place + 1, bridge: bridges[place] ?? '0x', role: 'signer' as const, index },
    ...{ signers: keys.map((key) => key.address), threshold: 4, signerEpoch: '1', pausedUntil: '0' },
    ...{ scannedBlock: `${blocks[place]}`, scannedAt: `${AT}`, balance: '1500000000000000000' },
    trust: { nodes: 1, quorum: 1, proof: 'none' as const, trustsOneNode: true },
  });
  const value: Wire<StatusView> = {
    ...{ version: '0.1.0', address: address(index), payer: address(index) },
    bridges: { main: side(0), product: side(1) },
    signers: keys.map((key) => ({ address: key.address, lastSignatureAt: undefined, lastAnswerSeconds: undefined })),
    margin: { mint: 2, withdraw: 2 },
    lanes: [],
    nextLanes: undefined,
    stopped: [],
    problems: [],
    ...changes,
  };
  return { url: `http://signer-${index}`, seconds: 0.01, value };
};
const silent = (url: string): Told<StatusView> => ({ url, error: 'ECONNREFUSED' });
const laneOf = (direction: 'mint' | 'withdraw', open: number, oldestSeconds?: number) => ({
  ...{ direction, productToken, nextNonce: '9', open, parked: 0, oldestSeconds, reason: undefined },
});
const fleetWith = (statuses: Answers['statuses'], more: Partial<Answers> = {}): Fleet =>
  fleetOf({ statuses, pegs: [], relayers: [], chains: undefined, now: NOW, ...more });

const plain = (text: string) => text;
const paint: Shown['paint'] = { red: plain, yellow: plain, dim: plain, bold: plain };
const shown: Shown = { width: 80, paint, names: new Map(), now: NOW };
const report = (fleet: Fleet, changes: Partial<Shown> = {}) => reportFleet(fleet, { ...shown, ...changes });

describe('the status of one bridge', () => {
  it('counts how far each signer is behind the furthest, by chain', () => {
    const { signers } = fleetWith([told(1, {}, [97, 200]), told(0, {}, [100, 195])]);
    assert.deepEqual(
      signers.slice(0, 2).map(({ index, lag }) => [index, lag.main, lag.product]),
      [
        [0, 0n, 5n],
        [1, 3n, 0n],
      ],
    );
  });

  it('is impaired while a signer is silent, or too few are in sync', () => {
    const all = keys.map((_, index) => told(index));
    assert.equal(isImpaired(fleetWith(all)), false);
    assert.equal(isImpaired(fleetWith([...all.slice(1), silent('http://signer-0')])), true);
    const short = { margin: { mint: 2, withdraw: -1 } };
    assert.equal(isImpaired(fleetWith([told(0, short), ...all.slice(1)])), true);
  });

  it('shows a silent signer once, with its name and whom to call', () => {
    const relayers = [
      ...[0, 1, 2, 3, 4].map((index) => ({ url: `http://signer-${index}`, address: address(index) })),
      { url: 'http://signer-5', address: address(5), name: 'Antares', contact: '+49 30 123' },
    ];
    const fleet = fleetWith([told(0), told(1), told(2), told(3), told(4), silent('http://signer-5')], { relayers });
    const text = report(fleet);
    assert.equal(text.match(/✖/g)?.length, 1);
    assert.match(text, /^✖ Antares 0x\w{4}…\w{4} does not answer: ECONNREFUSED; call \+49 30 123$/m);
    assert.match(text, /5 of 6 signers answer, 4 must sign/);
    assert.equal(fleet.signers.at(-1)?.index, 5);
  });

  it('gives the one signer left over to the own relayer that does not answer', () => {
    const relayers = [{ url: 'http://own' }, ...[1, 2, 3, 4, 5].map((index) => ({ url: '', address: address(index) }))];
    const fleet = fleetWith([silent('http://own'), ...[1, 2, 3, 4, 5].map((index) => told(index))], { relayers });
    assert.deepEqual(
      fleet.signers.map(({ address: at, error }) => [at, error]),
      [[address(0), 'ECONNREFUSED'], ...[1, 2, 3, 4, 5].map((index) => [address(index), undefined])],
    );
  });

  it('names signers whose relayers are not configured', () => {
    const fleet = fleetWith([told(0)]);
    assert.deepEqual(
      fleet.signers.filter(({ error }) => error !== undefined).map((row) => row.address),
      [1, 2, 3, 4, 5].map(address),
    );
    assert.match(report(fleet), /^✖ signer 1 \S+ no configured peer$/m);
  });

  it('takes the worst margin and the largest backlog that one of them sees', () => {
    const busy = { margin: { mint: -1, withdraw: 2 }, lanes: [laneOf('mint', 3, 80), laneOf('withdraw', 1, 5)] };
    const fleet = fleetWith([told(0, { lanes: [laneOf('mint', 2, 4)] }), told(1, busy)]);
    assert.deepEqual(fleet.margin, { mint: -1, withdraw: 2 });
    assert.deepEqual(fleet.open, { mint: 3, withdraw: 1 });
    assert.equal(fleet.oldestSeconds, 80);
    assert.match(report(fleet), /^margin +mint -1, withdraw 2/m);
  });

  it('shows when each signed last, and the age of its heads', () => {
    const seen = (at: number) => ({
      signers: [{ address: address(1), lastSignatureAt: `${at}`, lastAnswerSeconds: undefined }],
    });
    const { signers } = fleetWith([told(0, seen(AT - 50)), told(1, seen(AT - 40))]);
    assert.deepEqual(
      signers.slice(0, 2).map(({ signedSecondsAgo, headSeconds }) => [signedSecondsAgo, headSeconds.main]),
      [
        [undefined, 10],
        [50, 10],
      ],
    );
  });

  it('shows every problem once, with the signers that report it', () => {
    const problems = [{ part: 'main chain', code: 'rpc-unreachable', message: 'no \u001b[2J answer' }];
    const text = report(fleetWith([told(2, { problems }), told(3, { problems })]));
    assert.match(text, /^! signer 2, signer 3: main chain: rpc-unreachable: no \[2J answer$/m);
  });

  it('shows the version of each signer, without characters that move the cursor', () => {
    const text = report(fleetWith([told(0), told(1, { version: '0.2.0\u001b[2J' })]));
    assert.match(text, /^ {2}signer 0 .* 0\.1\.0$/m);
    assert.match(text, /^ {2}signer 1 .* 0\.2\.0 \[2J$/m);
  });
});

describe('the chains in the status of a bridge', () => {
  const node = (changes: Partial<NodeView> = {}): NodeView => ({
    ...{ node: '0-main.example', block: 123n, at: BigInt(NOW - 2), blockSeconds: 12, pausedUntil: 0n },
    ...changes,
  });
  const chainsOf = (main: readonly NodeView[]): ChainViews => ({
    main,
    product: [node({ node: '0-product.example' })],
  });

  it('names a chain that hangs, its last block and its node', () => {
    const chains = chainsOf([node({ at: BigInt(NOW - 300) })]);
    const red = (text: string) => `<${text}>`;
    const text = report(fleetWith([told(0)], { chains }), { paint: { ...paint, red } });
    assert.match(text, /^<✖ main chain: no new block for 5 min; last block 123, at 0-main.example>$/m);
    assert.deepEqual(fleetWith([told(0)], { chains }).hung, ['main']);
  });

  it('waits for ten intervals of a slow chain, and for a minute of a quick one', () => {
    const hungAfter = (seconds: number, blockSeconds: number) =>
      fleetWith([], { chains: chainsOf([node({ at: BigInt(NOW - seconds), blockSeconds })]) }).hung.length > 0;
    assert.deepEqual(
      [hungAfter(119, 12), hungAfter(121, 12), hungAfter(59, 0.25), hungAfter(61, 0.25)],
      [false, true, false, true],
    );
  });

  it('names a chain whose nodes do not answer, but none where one does', () => {
    const dead = { node: '0-main.example', error: 'eth_call at 0-main.example: no answer (ECONNREFUSED)' };
    assert.match(report(fleetWith([], { chains: chainsOf([dead]) })), /^✖ main chain: eth_call at 0-main.example: no/m);
    const both = fleetWith([], { chains: chainsOf([dead, node({ node: '1-main.example' })]) });
    assert.deepEqual(both.hung, []);
    assert.match(report(both), /0-main.example ✖ silent/);
  });

  it('takes a pause, and its end, from the newest block rather than from what is final', () => {
    const until = BigInt(NOW + 600);
    const paused = fleetWith([told(0)], { chains: chainsOf([node({ pausedUntil: until })]) });
    assert.equal(paused.pausedUntil.main, until);
    assert.match(report(paused), /^✖ the main bridge is paused until \S+ \(in 10 min\)$/m);
  });

  it('takes it from the relayers where no node is asked, while it lasts', () => {
    const paused = (until: number) => {
      const answer = told(0);
      assert.ok('value' in answer);
      const { main, product } = answer.value.bridges;
      return fleetWith([told(0, { bridges: { main, product: { ...product, pausedUntil: `${until}` } } })]);
    };
    assert.match(report(paused(AT + 1)), /the product bridge is paused until/);
    assert.doesNotMatch(report(paused(AT)), /paused/);
  });
});

describe('the pegs in the status of a bridge', () => {
  const peg = { mainToken, productToken, numerator: '20', denominator: '1', retired: false };
  const value = [{ ...peg, locked: '1500', supply: '30000' } as unknown as Wire<PegView>];
  const fleet = fleetWith([told(0)], { pegs: [{ url: '', seconds: 0, value }] });

  it('are in whole tokens', () => {
    const names = new Map([
      [mainToken, { address: mainToken, symbol: 'SMENT', decimals: 3 }],
      [productToken, { address: productToken, symbol: 'BOAT', decimals: 4 }],
    ]);
    assert.match(report(fleet, { names }), /BOAT +1 SMENT = 2 BOAT +1\.5 SMENT +3 BOAT/);
  });

  it('are never in base units', () => {
    const text = report(fleet);
    assert.doesNotMatch(text, /1500|30000/);
    assert.match(text, /1 of 1 pegs are not shown/);
  });
});

describe('the width of the status of a bridge', () => {
  const long =
    'a message that is much longer than a line of the terminal, as errors of nodes are, and breaks between words';
  const problems = [{ part: 'main chain', code: 'rpc-unreachable', message: long }];
  const names = new Map([
    [mainToken, { address: mainToken, symbol: 'SMENT', decimals: 3 }],
    [productToken, { address: productToken, symbol: 'BOAT', decimals: 4 }],
  ]);
  const value = [
    { mainToken, productToken, numerator: '20', denominator: '1', retired: false, locked: '9'.repeat(20), supply: '9' },
  ] as unknown as Wire<PegView>[];
  const relayers = keys.map((key, index) => ({ url: '', address: key.address, name: `Operator number ${index}` }));
  const chains: ChainViews = {
    main: [{ node: '0-main.example:8545', block: 21_925_176n, at: BigInt(NOW - 400), blockSeconds: 12 }],
    product: [{ node: '0-product.example', error: 'eth_call at 0-product.example: no answer (nothing within 3 s)' }],
  };
  const statuses = [
    ...keys.slice(1).map((_, index) => told(index, { problems }, [90, 150])),
    silent('http://signer-5'),
  ];
  const fleet = fleetWith(statuses, { relayers, chains, pegs: [{ url: '', seconds: 0, value }] });

  for (const width of [80, 60]) {
    it(`is at most ${width} columns on a terminal of ${width}`, () => {
      const lines = stripVTControlCharacters(report(fleet, { width, names })).split('\n');
      assert.deepEqual(
        lines.filter((line) => line.length > width),
        [],
      );
    });
  }

  it('keeps all columns where they fit', () => {
    const text = report(fleet, { width: 120, names });
    assert.match(text, / {2}signer +address +main +product +signed +funds +version/);
  });
});
