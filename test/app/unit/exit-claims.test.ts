import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { RLP } from '@ethereumjs/rlp';
import { type Address, type Hex, bytesToHex, getAddress, keccak256, toHex, zeroAddress } from 'viem';

import type { PegView } from '../../../app/chain/overview.ts';
import { type Claim, type OpenRow, type Proven, mayBeOwed, rowsOf } from '../../../app/exits/claims.ts';
import { type Consents, consentsOf } from '../../../app/exits/consent.ts';
import { isPayout, payoutOf } from '../../../app/exits/payout.ts';
import { needsSignature, preparationsOf } from '../../../app/exits/send-claims.ts';
import { requireSettled } from '../../../protocol/exits/balance-claim.ts';
import { balanceSlot, executedSlot, exitAddressSlot } from '../../../protocol/exits/slots.ts';
import { type Snapshot, openSnapshot } from '../../../protocol/exits/snapshot.ts';
import { byHash } from '../../../protocol/proof/walk-trie.ts';
import type { Candidate } from '../../../sdk/exits/candidates.ts';

const account: Address = `0x${'aa'.repeat(20)}`;
const other: Address = `0x${'bb'.repeat(20)}`;
const token: Address = `0x${'70'.repeat(20)}`;
const bridge: Address = `0x${'b1'.repeat(20)}`;

const rlp = (items: readonly (Hex | Uint8Array)[]): Hex => bytesToHex(RLP.encode(items as never));
/** A trie of one key is one leaf. */
const leaf = (key: Hex, value: Uint8Array): Hex => rlp([`0x20${keccak256(key).slice(2)}`, value]);

/** A trie of two keys with different first nibbles. */
function branch(entries: readonly (readonly [Hex, Uint8Array])[]): { readonly root: Hex; readonly nodes: Hex[] } {
  const children = Array.from({ length: 17 }, (): Hex => '0x');
  const nodes = entries.map(([key, value]) => {
    const path = keccak256(key).slice(2);
    const node = rlp([`0x3${path.slice(1)}`, value]);
    children[Number.parseInt(path[0] ?? '0', 16)] = keccak256(node);
    return node;
  });
  const root = rlp(children);
  return { root: keccak256(root), nodes: [root, ...nodes] };
}

const accountWith = (storageRoot: Hex): Uint8Array => RLP.encode(['0x01', '0x', storageRoot, toHex(1, { size: 32 })]);

/** Block 7, in which one account holds the token, and the product bridge has executed deposit 0 and no other. */
function snapshotWith(balance: bigint, storageOfBridge = executedAlone) {
  const storage = leaf(balanceSlot(account), RLP.encode(toHex(balance)));
  const state = branch([
    [token, accountWith(keccak256(storage))],
    [bridge, accountWith(keccak256(storageOfBridge))],
  ]);
  const fields = Array.from({ length: 9 }, (_, place): Hex => (place === 3 ? state.root : '0x'));
  const header = rlp([...fields.slice(0, 8), '0x07']);
  return openSnapshot({ chainId: 1, header, nodes: byHash([...state.nodes, storage, storageOfBridge]) });
}

const executedAlone = leaf(executedSlot(token, 0n), RLP.encode('0x01'));

const peg = {
  productToken: token,
  sides: { main: { numerator: 2n, denominator: 1n } },
} as unknown as PegView;
const balance: Candidate = { kind: 'balance', productToken: token, id: '0x1d' };
const claim = (shares: Claim['shares'], registered?: Claim['registered'], one: Candidate = balance): Claim => ({
  ...{ one, peg, id: one.id, shares, registered },
});
const enough = { collateral: 1_000n, registered: 0n };
const named = { isOwn: true, product: 'signature' } as const;

const departures = [0n, 1n, 2n].map((nonce) => ({
  ...{ nonce, returnTo: account, recipient: other, mainAmount: 70n, bounced: nonce === 2n ? 1n : 0n },
}));
const lane = { departures, items: [], hashes: [] };
const deposit = (nonce: bigint): Candidate => ({ kind: 'deposit', productToken: token, nonce, lane, id: '0xde' });
const redeem: Candidate = {
  ...{ kind: 'redeem', productToken: token, id: '0x5e' },
  redeem: {
    ...{ productToken: token, nonce: 4n, redeemer: account, recipient: other, mainAmount: 33n },
    ...{ blockNumber: 3n, blockHash: '0x', transactionIndex: 0, transactionHash: '0x' },
  },
};

describe('the claims that the page shows', () => {
  const proven = (snapshot: Snapshot | undefined, more: Partial<Proven> = {}): Proven => ({
    ...{ account, productBridge: bridge, snapshot, isAsking: false, consents: named, isPaying: false },
    ...more,
  });
  const stateOf = (claims: Claim, snapshot: Snapshot | undefined, isPaying = false, of: Address = account) => {
    const [row] = rowsOf([claims], proven(snapshot, { isPaying, account: of }));
    return { state: row?.state, ...(row !== undefined && 'amount' in row ? { amount: row.amount } : {}) };
  };

  it('are of the proven balance, by the rate, once there is a proof', () => {
    assert.deepEqual(stateOf(claim(enough), undefined), { state: 'unproven' });
    assert.deepEqual(stateOf(claim(enough), snapshotWith(200n)), { state: 'open', amount: 100n });
    // One product base unit is less than one main base unit.
    assert.deepEqual(stateOf(claim(enough), snapshotWith(1n)), { state: 'nothing' });
    assert.deepEqual(stateOf(claim(enough), snapshotWith(200n), false, other), { state: 'nothing' });
  });

  it('are of deposits that had not arrived, and of refunds of redeems that had departed', () => {
    const snapshot = snapshotWith(200n);
    const rows = rowsOf(
      [0n, 1n, 2n].map((nonce) => claim(enough, undefined, deposit(nonce))),
      proven(snapshot),
    );
    // Deposit 0 had arrived. No redeem had departed, so that nothing of one can have bounced: its tokens are a balance.
    assert.deepEqual(
      rows.map((row) => [row.state, row.one.kind === 'deposit' && row.one.nonce]),
      [['open', 1n]],
    );
    assert.equal(mayBeOwed(deposit(0n), snapshot, bridge), false);
    assert.equal(mayBeOwed(deposit(0n), undefined, bridge), true);
  });

  it('are of redeems that were not paid, for the recipient that they name', () => {
    const [row] = rowsOf([claim(enough, undefined, redeem)], proven(snapshotWith(200n)));
    assert.ok(row !== undefined && 'recipient' in row);
    assert.deepEqual([row.state, row.amount, row.recipient], ['open', 33n, other]);
  });

  it('need the consent of the account on the chain of the tokens', () => {
    const snapshot = snapshotWith(200n);
    const stateWith = (one: Candidate, consents: Consents) =>
      rowsOf([claim(enough, undefined, one)], proven(snapshot, { consents }))[0]?.state;
    const unnamed = { product: 'unnamed' } as const;
    // A contract of the main chain claims what it deposited by its own call, and no balance of its address over there.
    assert.equal(stateWith(deposit(1n), { isOwn: true, ...unnamed }), 'open');
    assert.equal(stateWith(balance, { isOwn: true, ...unnamed }), 'unnamed');
    // Of another account: what it named on the product chain, and nothing that it deposited.
    const product = { payout: other, proof: '0x00' } as const;
    assert.equal(stateWith(deposit(1n), { isOwn: false, product }), 'other-wallet');
    assert.equal(stateWith(balance, { isOwn: false, product }), 'open');
    assert.equal(stateWith(redeem, { isOwn: false, ...unnamed }), 'open');

    const wallet = { account, own: account, registry: bridge, snapshot };
    assert.deepEqual(consentsOf({ ...wallet, isContract: false }), { isOwn: true, product: 'signature' });
    assert.deepEqual(consentsOf({ ...wallet, isContract: true }), { isOwn: true, product: 'unnamed' });
    assert.deepEqual(consentsOf({ ...wallet, own: other, isContract: false }), { isOwn: false, product: 'unnamed' });
    const entry = snapshotWith(200n, leaf(exitAddressSlot(account), RLP.encode(other)));
    const found = consentsOf({ ...wallet, own: other, isContract: false, snapshot: entry }).product;
    assert.equal(typeof found === 'object' && found.payout, getAddress(other));
  });

  it('share the transactions that shorten their proofs', () => {
    const rows = [1n, 2n].map((nonce) => claim(enough, undefined, deposit(nonce)) as unknown as OpenRow);
    const unwind = (at: bigint) => ({ functionName: 'unwind', args: [token, at], at }) as const;
    const register = () => ({ functionName: 'claimDeposit', args: [] }) as const;
    const planned = rows.map((row) => ({ row, plan: { before: [unwind(2_000n), unwind(1_000n)], register } }));
    assert.deepEqual(preparationsOf(planned), [unwind(2_000n), unwind(1_000n)]);
    // What the account deposited on this chain it claims by its own call, without a signature.
    assert.equal(needsSignature(named, planned.slice(0, 1)), false);
    assert.equal(needsSignature(named, [{ row: { ...rows[0]!, one: balance }, plan: { before: [], register } }]), true);
  });

  it('take what is left over when they are late', () => {
    const left = { collateral: 1_000n, registered: 970n };
    assert.deepEqual(stateOf(claim(left), snapshotWith(200n), true), { state: 'late', amount: 30n });
    const none = { collateral: 1_000n, registered: 1_001n };
    assert.deepEqual(stateOf(claim(none), snapshotWith(200n), true), { state: 'none-left', amount: 0n });
  });

  it('are the contract’s where they are registered, with the payment', () => {
    const shares = { collateral: 100n, registered: 300n };
    const registered = { payout: other, fallbackAccount: zeroAddress, amount: 90n, paid: false };
    const [row] = rowsOf([claim(shares, registered)], proven(undefined, { isPaying: true }));
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
