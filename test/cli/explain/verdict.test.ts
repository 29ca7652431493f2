import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { BridgeState } from '../../../relayer/chain/bridge-contract.ts';
import type { Head } from '../../../relayer/chain/finality.ts';
import type { Facts, Witness } from '../../../cli/explain/read-facts.ts';
import { verdictOf, signedBy } from '../../../cli/explain/verdict.ts';
import type { Reason } from '../../../protocol/reasons.ts';
import type { StatusView, TransferView, Wire } from '../../../protocol/api-types.ts';
import { bridges, holder, keys, lane, transferOf } from '../../relayer/support.ts';

const NOW = 1_800_000_000;

const head = (number: bigint, timestamp = NOW): Head => ({
  number,
  timestamp: BigInt(timestamp),
  hash: '0x00',
  parentHash: '0x00',
  baseFeePerGas: null,
  gasLimit: 30_000_000n,
  logsBloom: '0x',
});

const state: BridgeState = {
  signers: keys.map(({ address }) => address),
  threshold: 4,
  signerEpoch: 1n,
  pausedUntil: 0n,
  bounceDelay: 600n,
  pegs: new Map(),
};

/** A relayer that has the transfer, and reports why it is open. */
const knows = (index: number, reason: Reason, signed = false, readySeconds = 7): Witness => ({
  url: `http://signer-${index}`,
  address: keys[index]?.address,
  status: { url: '', seconds: 0, value: {} as Wire<StatusView> },
  transfer: { url: '', seconds: 0, value: { reason, signed, readySeconds } as Wire<TransferView> },
});
const silent = (index: number): Witness => ({
  url: `http://signer-${index}`,
  address: undefined,
  status: { url: '', error: 'ECONNREFUSED' },
  transfer: { url: '', error: 'ECONNREFUSED' },
});

/** Departed in block 100, finalized, open. */
const facts = (
  changes: {
    source?: Partial<Facts['source']>;
    destination?: Partial<Facts['destination']>;
    rest?: Partial<Facts>;
  } = {},
): Facts => ({
  lane,
  nonce: 0n,
  source: { final: head(110n), latest: head(112n), emitted: 1n, ...changes.source },
  destination: {
    ...{ final: head(50n), latest: head(52n), state, status: 'open', finalStatus: 'open' },
    ...{ parked: undefined, failedAt: 0n, approvals: [] },
    ...changes.destination,
  },
  departure: { ...transferOf(0n), at: BigInt(NOW - 30) },
  arrival: undefined,
  witnesses: keys.map((_, index) => knows(index, 'waiting-for-turn')),
  ...changes.rest,
});
/** Parked as it departed. */
const parkedUntil = (until: number) => ({ recipient: holder, amount: 10n, releasableAt: BigInt(until) });
const verdict = (...changes: Parameters<typeof facts>) => verdictOf(facts(...changes), NOW);

describe('what is said of a transfer', () => {
  it('that the source never emitted: so, and what it has emitted', () => {
    const { status, reason, words } = verdict({ source: { emitted: 0n }, rest: { departure: undefined } });
    assert.deepEqual([status, reason], ['unknown', 'unknown-nonce']);
    assert.match(words, /the main bridge has emitted none yet/);
  });

  it('whose block is not final: how many blocks are left, and since when it waits', () => {
    const { status, reason, next, sinceSeconds } = verdict({ source: { final: head(97n) } });
    assert.deepEqual([status, reason, sinceSeconds], ['open', 'not-final', 30]);
    assert.match(next, /3 more blocks .*block 100, final is 97/);
  });

  it('whose bridge is paused: until when', () => {
    const paused = { ...state, pausedUntil: BigInt(NOW + 90) };
    assert.equal(verdict({ destination: { state: paused } }).reason, 'paused');
    assert.match(verdict({ destination: { state: paused } }).next, /in 90 s/);
    assert.notEqual(verdict({ destination: { state: { ...state, pausedUntil: BigInt(NOW) } } }).reason, 'paused');
  });

  it('that its token refused: when it may go back', () => {
    const refused = verdict({ destination: { failedAt: BigInt(NOW - 100) } });
    assert.deepEqual([refused.reason, refused.sinceSeconds], ['payment-refused', 100]);
    assert.match(refused.next, /in 500 s|in 8 min/);
    assert.match(verdict({ destination: { failedAt: BigInt(NOW - 600) } }).next, /may send it back now/);
  });

  it('what the furthest of the relayers says', () => {
    const witnesses = [
      knows(0, 'waiting-for-turn'),
      knows(1, 'waiting-for-signatures', true, 12),
      knows(2, 'audit-broken'),
      silent(3),
    ];
    const said = verdict({ rest: { witnesses } });
    assert.deepEqual([said.reason, said.sinceSeconds], ['waiting-for-signatures', 12]);
    assert.match(said.words, /1 of 4 signatures/);
    assert.match(said.next, /1 of 4 relayers do not answer/);
    assert.equal(
      verdict({ rest: { witnesses: [...witnesses, knows(4, 'waiting-for-inclusion')] } }).reason,
      'waiting-for-inclusion',
    );
  });

  it('what most of them are kept by, when none is on its way', () => {
    const witnesses = [knows(0, 'not-a-signer'), knows(1, 'audit-broken'), knows(2, 'audit-broken')];
    const said = verdict({ rest: { witnesses } });
    assert.equal(said.reason, 'audit-broken');
    assert.match(said.next, /pegway audit/);
  });

  it('that nobody can tell, when no relayer answers', () => {
    const said = verdict({ rest: { witnesses: [silent(0), silent(1)] } });
    assert.equal(said.reason, 'unreachable');
    assert.match(said.words, /none of 2 relayers answers/);
  });

  it('whose turn it is', () => {
    assert.match(verdict().next, /^signer [0-5] asks for signatures/);
  });

  it('that is executed, before and after that is final', () => {
    const arrival = { transaction: '0xaa', block: 52n, at: BigInt(NOW - 1), signers: [0, 1, 2, 3] };
    const before = verdict({ destination: { status: 'executed' }, rest: { arrival } });
    assert.deepEqual([before.status, before.reason, before.sinceSeconds], ['executed', 'waiting-for-finality', 1]);
    assert.match(before.next, /2 more blocks .*block 52, final is 50/);

    const after = verdict({ destination: { status: 'executed', finalStatus: 'executed' }, rest: { arrival } });
    assert.deepEqual([after.status, after.reason, after.next], ['executed', undefined, 'nothing']);
  });

  it('that was sent back', () => {
    const back = verdict({ destination: { status: 'bounced', finalStatus: 'bounced' } });
    assert.deepEqual([back.status, back.reason], ['bounced', 'bounced']);
  });

  it('that is parked, before and after it is due', () => {
    const parked = (until: number) => verdict({ destination: { status: 'parked', parked: parkedUntil(until) } });
    assert.deepEqual([parked(NOW + 60).status, parked(NOW + 60).reason], ['parked', 'parked']);
    assert.match(parked(NOW + 60).next, /in 60 s.*a quorum can take it back/);
    assert.match(parked(NOW).next, /it is due/);
  });

  it('that its token refused at its release: it stays parked, and when it may go back', () => {
    const parked = { status: 'parked' as const, parked: parkedUntil(NOW - 1) };
    assert.match(verdict({ destination: { ...parked, failedAt: BigInt(NOW - 100) } }).next, /send it back from/);
    assert.match(verdict({ destination: { ...parked, failedAt: BigInt(NOW - 600) } }).next, /send it back now/);
  });

  it('that is parked for another recipient or amount than departed: so, and what to do', () => {
    for (const other of [{ recipient: bridges[0] }, { amount: 11n }]) {
      const parked = { ...parkedUntil(NOW + 60), ...other };
      const said = verdict({ destination: { status: 'parked', parked } });
      assert.deepEqual([said.status, said.reason], ['parked', 'digest-mismatch']);
      assert.match(said.next, /voidParked/);
    }
  });

  it('that the destination executed or parked, and the source never emitted: so, and what to do', () => {
    for (const status of ['executed', 'parked'] as const) {
      const said = verdict({
        source: { emitted: 0n },
        destination: { status, finalStatus: status, parked: status === 'parked' ? parkedUntil(NOW) : undefined },
        rest: { departure: undefined },
      });
      assert.deepEqual([said.status, said.reason], [status, 'unknown-nonce']);
      assert.match(said.words, new RegExp(`emitted none yet of this lane, and the product bridge has ${status}`));
      assert.match(said.next, /pause the bridge/);
    }
  });
});

describe('who has signed', () => {
  it('is what signers say of themselves and what the bridge keeps, each once, in order', () => {
    const witnesses = [
      knows(4, 'waiting-for-signatures', true),
      knows(1, 'waiting-for-turn', true),
      knows(2, 'paused'),
    ];
    assert.deepEqual(signedBy(facts({ destination: { approvals: [1, 3] }, rest: { witnesses } })), [1, 3, 4]);
  });

  it('is nobody who is no signer', () => {
    const stranger = { ...knows(0, 'not-a-signer', true), address: `0x${'99'.repeat(20)}` as const };
    assert.deepEqual(signedBy(facts({ rest: { witnesses: [stranger] } })), []);
  });
});
