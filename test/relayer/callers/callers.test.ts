import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { Hex } from 'viem';

import {
  type Caller,
  type Callers,
  PEER_BUDGET,
  STRANGERS_BUDGET,
  STRANGER_QUOTA,
  createCallers,
} from '../../../relayer/callers/callers.ts';
import { createPeerSources } from '../../../relayer/callers/peer-sources.ts';
import { keys } from '../support.ts';

const digest: Hex = `0x${'ab'.repeat(32)}`;
const [peer, otherPeer] = ['198.51.100.1', '198.51.100.2'];
const stranger = (index: number): string => `203.0.113.${index}`;

describe('the budgets of callers', () => {
  /** Peers by address, the recoveries that reached the pool, and the refusals. */
  const setUp = (peers: Readonly<Record<string, number>> = { [peer]: 1, [otherPeer]: 1 }) => {
    const pooled: Hex[] = [];
    const refused: string[] = [];
    const pool = {
      recover(_: Hex, signature: Hex) {
        pooled.push(signature);
        return Promise.resolve(undefined);
      },
    };
    const sources = { peersAt: (address: string) => peers[address] ?? 0 };
    return { callers: createCallers({ sources, pool, onRefused: (kind) => refused.push(kind) }), pooled, refused };
  };
  /** The admitted of so many requests from one address within a second. */
  const send = async (callers: Callers, address: string, count: number): Promise<Caller[]> => {
    const answers = await Promise.all(Array.from({ length: count }, () => callers.admit(address)));
    return answers.filter((answer) => answer !== undefined);
  };

  it('admit as many strangers a second as all strangers share', async () => {
    const { callers, refused } = setUp();
    const admitted = [];
    for (let index = 0; index < 100; index++) admitted.push(...(await send(callers, stranger(index), 20)));
    assert.equal(admitted.length, STRANGERS_BUDGET);
    assert.equal(refused.length, 2_000 - STRANGERS_BUDGET);
  });

  it('leave something to a second stranger when the first exceeds its quota', async () => {
    const { callers } = setUp();
    assert.equal((await send(callers, stranger(1), 2_000)).length, STRANGER_QUOTA);
    assert.equal((await send(callers, stranger(2), 10)).length, 10);
  });

  it('count the addresses of one /64 as one stranger', async () => {
    const { callers } = setUp();
    const admitted = [];
    for (let index = 0; index < 100; index++) {
      admitted.push(...(await send(callers, `2001:db8::${index.toString(16)}`, 1)));
    }
    assert.equal(admitted.length, STRANGER_QUOTA);
  });

  it('admit each peer while strangers and another peer have spent their budgets', async () => {
    const { callers } = setUp();
    for (let index = 0; index < 100; index++) await send(callers, stranger(index), 20);
    await send(callers, otherPeer, 2_000);
    const admitted = await send(callers, peer, PEER_BUDGET);
    assert.deepEqual(new Set(admitted.map(({ kind }) => kind)), new Set(['peer']));
    assert.equal(admitted.length, PEER_BUDGET);
  });

  it('give relayers behind one address the sum of their budgets', async () => {
    const { callers } = setUp({ [peer]: 5 });
    const admitted = await send(callers, peer, 5 * PEER_BUDGET);
    assert.equal(admitted.filter(({ kind }) => kind === 'peer').length, 5 * PEER_BUDGET);
  });

  it('let a peer beyond its budget take from that of strangers', async () => {
    const { callers, refused } = setUp();
    const admitted = await send(callers, peer, 2_000);
    assert.equal(admitted.filter(({ kind }) => kind === 'stranger').length, STRANGER_QUOTA);
    assert.equal(new Set(refused).has('stranger'), false);
  });

  it('recover for strangers in the pool only, and for peers here', async () => {
    const { callers, pooled } = setUp();
    const signature = await keys[0]!.sign(digest);
    const [fromPeer] = await send(callers, peer, 1);
    assert.equal(await fromPeer?.recover(digest, signature), keys[0]!.address);
    assert.deepEqual(pooled, []);
    const [fromStranger] = await send(callers, stranger(1), 1);
    await fromStranger?.recover(digest, signature);
    assert.deepEqual(pooled, [signature]);
  });

  it('charge a request for each signature that it carries', async () => {
    const { callers, pooled } = setUp();
    const [caller] = await send(callers, stranger(1), 1);
    for (let index = 0; index < STRANGER_QUOTA; index++) await caller?.recover(digest, '0x');
    await assert.rejects(async () => caller?.recover(digest, '0x'), { code: 'too-many-requests' });
    assert.equal(pooled.length, STRANGER_QUOTA);
  });
});

describe('the sources of peers', () => {
  const address = keys[0]!.address;
  const settled = () => new Promise(setImmediate);

  it('are the addresses of their URLs, and those configured', async () => {
    const peers = [
      { address, url: 'http://a.example:7300' },
      { address, url: 'http://[2001:db8::1]:7300' },
      { address, url: 'http://a.example:7301', from: ['192.0.2.0/24'] },
    ];
    const sources = createPeerSources({
      peers: () => peers,
      resolve: (host) => Promise.resolve(host === 'a.example' ? ['198.51.100.1'] : [host]),
      now: () => 0,
    });
    await settled();
    assert.equal(sources.peersAt('::ffff:198.51.100.1'), 2);
    assert.equal(sources.peersAt('2001:db8:0::1'), 1);
    assert.equal(sources.peersAt('192.0.2.77'), 1);
    assert.equal(sources.peersAt('203.0.113.1'), 0);
  });

  it('follow a name to its new address, with one lookup a minute however many strangers ask', async () => {
    let [seconds, lookups, current] = [0, 0, '198.51.100.1'];
    const peers = [{ address, url: 'http://a.example' }];
    const sources = createPeerSources({
      peers: () => peers,
      resolve: () => (lookups++, Promise.resolve([current])),
      now: () => seconds,
    });
    await settled();
    current = '198.51.100.2';
    for (let count = 0; count < 100; count++) assert.equal(sources.peersAt(current), 0);
    assert.equal(lookups, 1);
    seconds = 60;
    for (let count = 0; count < 100; count++) sources.peersAt(current);
    await settled();
    assert.equal(lookups, 2);
    assert.equal(sources.peersAt(current), 1);
  });

  it('are those of the list that a reload has replaced it by', async () => {
    let peers = [{ address, url: 'http://198.51.100.1' }];
    const sources = createPeerSources({ peers: () => peers, resolve: (host) => Promise.resolve([host]), now: () => 0 });
    await settled();
    peers = [{ address, url: 'http://198.51.100.2' }];
    sources.peersAt('198.51.100.1');
    await settled();
    assert.deepEqual(
      ['198.51.100.1', '198.51.100.2'].map((one) => sources.peersAt(one)),
      [0, 1],
    );
  });

  it('keep the last address of a name that cannot be resolved', async () => {
    let [seconds, isDown] = [0, false];
    const peers = [{ address, url: 'http://a.example' }];
    const sources = createPeerSources({
      peers: () => peers,
      resolve: () => (isDown ? Promise.reject(new Error('SERVFAIL')) : Promise.resolve(['198.51.100.1'])),
      now: () => seconds,
    });
    await settled();
    [seconds, isDown] = [60, true];
    sources.peersAt('203.0.113.1');
    await settled();
    assert.equal(sources.peersAt('198.51.100.1'), 1);
  });
});
