import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { RLP } from '@ethereumjs/rlp';
import { type Address, type Hex, bytesToHex, keccak256, toHex } from 'viem';

import type { PegView } from '../../../app/chain/overview.ts';
import { type PegClaim, rowsOf } from '../../../app/exits/claims.ts';
import { isPayout, payoutOf } from '../../../app/exits/payout.ts';
import { requireSettled } from '../../../protocol/exits/balance-claim.ts';
import { balanceSlot } from '../../../protocol/exits/slots.ts';
import { openSnapshot } from '../../../protocol/exits/snapshot.ts';
import { byHash } from '../../../protocol/proof/walk-trie.ts';

const account: Address = `0x${'aa'.repeat(20)}`;
const other: Address = `0x${'bb'.repeat(20)}`;
const token: Address = `0x${'70'.repeat(20)}`;

const rlp = (items: readonly (Hex | Uint8Array)[]): Hex => bytesToHex(RLP.encode(items as never));
/** A trie of one key is one leaf. */
const leaf = (key: Hex, value: Uint8Array): Hex => rlp([`0x20${keccak256(key).slice(2)}`, value]);

/** Block 7, in which one account holds the token. */
function snapshotWith(balance: bigint) {
  const storage = leaf(balanceSlot(account), RLP.encode(toHex(balance)));
  const state = leaf(token, RLP.encode(['0x01', '0x', keccak256(storage), toHex(1, { size: 32 })]));
  const fields = Array.from({ length: 9 }, (_, place): Hex => (place === 3 ? keccak256(state) : '0x'));
  const header = rlp([...fields.slice(0, 8), '0x07']);
  return openSnapshot({ chainId: 1, header, nodes: byHash([state, storage]) });
}

const peg = { productToken: token, sides: { main: { numerator: 2n, denominator: 1n } } } as unknown as PegView;
const claim = (shares: PegClaim['shares'], registered?: PegClaim['registered']): PegClaim => ({
  ...{ peg, id: '0x1d', shares, registered },
});
const enough = { collateral: 1_000n, registered: 0n };

describe('the claims that the page shows', () => {
  const stateOf = (
    claims: PegClaim,
    snapshot: ReturnType<typeof snapshotWith> | undefined,
    isPaying = false,
    of: Address = account,
  ) => {
    const [row] = rowsOf([claims], snapshot, of, isPaying);
    return { state: row?.state, ...(row !== undefined && 'amount' in row ? { amount: row.amount } : {}) };
  };

  it('are of the proven balance, by the rate, once there is a proof', () => {
    assert.deepEqual(stateOf(claim(enough), undefined), { state: 'unproven' });
    assert.deepEqual(stateOf(claim(enough), snapshotWith(200n)), { state: 'open', amount: 100n });
    // One product base unit is less than one main base unit.
    assert.deepEqual(stateOf(claim(enough), snapshotWith(1n)), { state: 'nothing' });
    assert.deepEqual(stateOf(claim(enough), snapshotWith(200n), false, other), { state: 'nothing' });
  });

  it('take what is left over when they are late', () => {
    const left = { collateral: 1_000n, registered: 970n };
    assert.deepEqual(stateOf(claim(left), snapshotWith(200n), true), { state: 'late', amount: 30n });
    const none = { collateral: 1_000n, registered: 1_001n };
    assert.deepEqual(stateOf(claim(none), snapshotWith(200n), true), { state: 'none-left', amount: 0n });
  });

  it('are the contract’s where they are registered, with the payment', () => {
    const shares = { collateral: 100n, registered: 300n };
    const registered = { payout: other, amount: 90n, paid: false };
    const [row] = rowsOf([claim(shares, registered)], undefined, account, true);
    assert.ok(row !== undefined && 'payment' in row);
    assert.deepEqual([row.state, row.payout, row.payment], ['registered', other, 30n]);
    assert.equal(stateOf(claim(shares, { ...registered, paid: true }), undefined).state, 'paid');
  });

  it('take no snapshot of another block', () => {
    const snapshot = snapshotWith(5n);
    requireSettled(snapshot, { number: 7n, blockHash: snapshot.blockHash });
    const settled = { number: 8n, blockHash: keccak256('0x08') };
    assert.throws(() => requireSettled(snapshot, settled), /is of block 7 .* settle as of block 8/);
  });

  it('are payable to nobody who can never be paid', () => {
    assert.equal(payoutOf(undefined, account, []), account);
    assert.equal(payoutOf(` ${other} `, account, []), payoutOf(other, account, []));
    assert.ok(isPayout(payoutOf(other, account, [token])));
    assert.equal(payoutOf('', account, []), 'no-recipient');
    assert.equal(payoutOf('0x12', account, []), 'not-an-address');
    assert.equal(payoutOf('0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD', account, []), 'bad-checksum');
    assert.equal(payoutOf(token, account, [token]), 'forbidden-recipient');
    assert.equal(payoutOf(`0x${'00'.repeat(20)}`, account, []), 'forbidden-recipient');
  });
});
