import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Told } from '../../../cli/inspect/ask-relayers.ts';
import { fleetOf, reportFleet } from '../../../cli/status/fleet-report.ts';
import type { PegView, StatusView, Wire } from '../../../protocol/api-types.ts';
import { bridges, keys, mainToken, productToken } from '../../relayer/support.ts';

const AT = 1_800_000_000;
const address = (index: number) => keys[index]?.address ?? '0x';

const told = (index: number, changes: Partial<Wire<StatusView>> = {}, blocks = [100, 200]): Told<StatusView> => {
  const side = (place: number) => ({
    ...{ chainId: place + 1, bridge: bridges[place] ?? '0x', role: 'signer' as const, index },
    ...{ signers: keys.map((key) => key.address), threshold: 4, signerEpoch: '1', pausedUntil: '0' },
    ...{ scannedBlock: `${blocks[place]}`, scannedAt: `${AT}`, balance: '1500000000000000000' },
    trust: { nodes: 1, quorum: 1, proof: 'none' as const, trustsOneNode: true },
  });
  const value: Wire<StatusView> = {
    ...{ version: '0', address: address(index), payer: address(index) },
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

describe('the fleet at a glance', () => {
  it('says how far each is behind the furthest, by chain', () => {
    const { signers } = fleetOf([told(1, {}, [97, 200]), told(0, {}, [100, 195])], []);
    assert.deepEqual(
      signers.map(({ index, lag }) => [index, lag.main, lag.product]),
      [
        [0, 0n, 5n],
        [1, 3n, 0n],
      ],
    );
  });

  it('names who does not answer, and who was not asked', () => {
    const fleet = fleetOf([told(0), silent('http://signer-5')], []);
    assert.equal(fleet.signers.at(-1)?.error, 'ECONNREFUSED');
    assert.deepEqual(fleet.notAsked, [1, 2, 3, 4, 5].map(address));
    const text = reportFleet(fleet, new Map());
    assert.match(text, /✖ +http:\/\/signer-5 +does not answer: ECONNREFUSED/);
    assert.match(text, /no URL to ask/);
  });

  it('takes the worst margin and the largest backlog that one of them sees', () => {
    const busy = { margin: { mint: -1, withdraw: 2 }, lanes: [laneOf('mint', 3, 80), laneOf('withdraw', 1, 5)] };
    const fleet = fleetOf([told(0, { lanes: [laneOf('mint', 2, 4)] }), told(1, busy)], []);
    assert.deepEqual(fleet.margin, { mint: -1, withdraw: 2 });
    assert.deepEqual(fleet.open, { mint: 3, withdraw: 1 });
    assert.equal(fleet.oldestSeconds, 80);
    assert.match(reportFleet(fleet, new Map()), /margin +mint -1, withdraw 2/);
  });

  it('says when each signed last, by the chains’ clock', () => {
    const seen = (at: number | undefined) => ({
      signers: [
        { address: address(1), lastSignatureAt: at === undefined ? undefined : `${at}`, lastAnswerSeconds: undefined },
      ],
    });
    const { signers } = fleetOf([told(0, seen(AT - 50)), told(1, seen(AT - 40))], []);
    assert.deepEqual(
      signers.map(({ signedSecondsAgo }) => signedSecondsAgo),
      [undefined, 40],
    );
  });

  it('says that a bridge is paused, while it is', () => {
    const paused = (until: number) => {
      const answer = told(0);
      assert.ok('value' in answer);
      const { main, product } = answer.value.bridges;
      return fleetOf([told(0, { bridges: { main, product: { ...product, pausedUntil: `${until}` } } })], []);
    };
    assert.match(reportFleet(paused(AT + 1), new Map()), /paused +the product bridge until/);
    assert.doesNotMatch(reportFleet(paused(AT), new Map()), /paused/);
  });

  it('shows pegs in whole tokens where it knows them, else in base units', () => {
    const peg = {
      mainToken,
      productToken,
      numerator: '20',
      denominator: '1',
      retired: false,
      locked: '1500',
      supply: '30000',
    };
    const pegs = [{ url: '', seconds: 0, value: [peg as unknown as Wire<PegView>] }];
    const fleet = fleetOf([told(0)], pegs);
    const names = new Map([
      [mainToken, { address: mainToken, symbol: 'SMENT', decimals: 3 }],
      [productToken, { address: productToken, symbol: 'BOAT', decimals: 4 }],
    ]);
    assert.match(reportFleet(fleet, names), /BOAT +1 SMENT = 2 BOAT +1\.5 SMENT +3 BOAT/);
    assert.match(reportFleet(fleet, new Map()), /1:20 +1500 +30000/);
  });

  it('lists every problem that a relayer has', () => {
    const problems = [{ part: 'main chain', code: 'rpc-unreachable', message: 'no answer' }];
    assert.match(
      reportFleet(fleetOf([told(2, { problems })], []), new Map()),
      /signer 2: main chain: rpc-unreachable: no answer/,
    );
  });
});
