// A snapshot against a node in memory: what is asked for, and what a lying node cannot do.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { type MerklePatriciaTrie, createMPT, createMerkleProof } from '@ethereumjs/mpt';
import { RLP } from '@ethereumjs/rlp';
import { type Address, type Hash, type Hex, bytesToHex, hexToBytes, numberToHex, pad, toHex } from 'viem';

import { balanceSlot, supplySlot } from '../../../protocol/exits/slots.ts';
import { toSnapshot, toSnapshotFile } from '../../../protocol/exits/snapshot.ts';
import { type RpcHeader, headerHash } from '../../../protocol/proof/header.ts';
import { createAccountBook } from '../../../relayer/exits/account-book.ts';
import { snapshotBridge } from '../../../relayer/exits/snapshot-bridge.ts';
import { type Ask, takeSnapshot } from '../../../protocol/exits/take-snapshot.ts';

const token: Address = `0x${'70'.repeat(20)}`;
const bridge: Address = `0x${'b1'.repeat(20)}`;
const registry: Address = `0x${'e5'.repeat(20)}`;
const transfer = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef';
const holder = (index: number): Address => toHex(index + 1, { size: 20 });
const zero = `0x${'00'.repeat(32)}` as const;

/** A block with the token's storage, and a node that serves it. */
async function block(balances: readonly bigint[], number = 7) {
  const storage = await createMPT({ useKeyHashing: true });
  const put = (slot: Hex, value: bigint) => storage.put(hexToBytes(slot), RLP.encode(value));
  for (const [index, balance] of balances.entries()) await put(balanceSlot(holder(index)), balance);
  await put(
    supplySlot,
    balances.reduce((sum, one) => sum + one, 0n),
  );
  const state = await createMPT({ useKeyHashing: true });
  await state.put(hexToBytes(token), RLP.encode([1, 0, storage.root(), new Uint8Array(32)]));
  const header = {
    ...{ parentHash: zero, sha3Uncles: zero, miner: registry, transactionsRoot: zero, receiptsRoot: zero },
    ...{
      logsBloom: `0x${'00'.repeat(256)}`,
      difficulty: '0x0',
      number: toHex(number),
      gasLimit: '0x1',
      gasUsed: '0x0',
    },
    ...{ timestamp: '0x1', extraData: '0x', mixHash: zero, nonce: '0x0000000000000000' },
    stateRoot: bytesToHex(state.root()),
  } as unknown as RpcHeader;
  const proofs: Hex[] = [];
  const prove = async (trie: MerklePatriciaTrie, key: Hex) =>
    (await createMerkleProof(trie, hexToBytes(key))).map((node) => bytesToHex(node));
  const ask: Ask = async (method, params) => {
    if (method === 'eth_getBlockByHash') return header;
    if (method === 'eth_getLogs') {
      const [{ address }] = params as [{ address: Address }];
      if (address !== token) return [];
      return balances.map((_, index) => ({ topics: [transfer, zero, pad(holder(index))] }));
    }
    const [account, slots] = params as [Address, Hex[]];
    proofs.push(...slots);
    const trie = account === token ? storage : await createMPT({ useKeyHashing: true });
    const storageProof = await Promise.all(slots.map(async (slot) => ({ proof: await prove(trie, slot) })));
    return { accountProof: await prove(state, account), storageProof };
  };
  return { ask, proofs, blockHash: headerHash(header, 'ethereum') };
}

const slots = (count: number) =>
  new Map([[token, Array.from({ length: count }, (_, index) => balanceSlot(holder(index)))]]);
const plan = (blockHash: Hash, count: number) =>
  ({ chainId: 1, rule: 'ethereum', blockHash, slots: slots(count) }) as const;

describe('takeSnapshot', () => {
  const balances = Array.from({ length: 300 }, (_, index) => BigInt(index) * 1_000n + 1n);

  it('proves each slot, also after a way through a file', async () => {
    const { ask, blockHash } = await block(balances);
    const taken = await takeSnapshot(ask, plan(blockHash, 310));
    const read = toSnapshot(JSON.parse(JSON.stringify(toSnapshotFile(taken))) as never);
    assert.equal(read.blockHash, blockHash);
    assert.equal(read.number, 7n);
    for (let index = 0; index < 310; index++) {
      assert.equal(read.slot(token, balanceSlot(holder(index))).value, balances[index] ?? 0n);
    }
  });

  it('asks only for what changed since the snapshot before', async () => {
    const before = await block(balances);
    const first = await takeSnapshot(before.ask, plan(before.blockHash, 300));
    const after = await block(balances.with(17, 5n), 8);
    const second = await takeSnapshot(after.ask, plan(after.blockHash, 300), first.nodes);
    assert.ok(after.proofs.length <= 4, `${after.proofs.length} slots`);
    assert.equal(second.slot(token, balanceSlot(holder(17))).value, 5n);
    assert.equal(second.slot(token, balanceSlot(holder(18))).value, balances[18]);
  });

  it('finds the headerRule by the hash where it is not known', async () => {
    const { ask, blockHash } = await block(balances);
    const { header } = await takeSnapshot(ask, { chainId: 1, blockHash, slots: slots(3) });
    assert.equal(header, (await takeSnapshot(ask, plan(blockHash, 3))).header);
    const other = await block(balances.with(3, 9n));
    await assert.rejects(
      takeSnapshot(other.ask, { chainId: 1, blockHash, slots: slots(3) }),
      /hash by headerRule ethereum, clique, qbft, ibft2, op/,
    );
  });

  it('refuses the header and the proofs of another block', async () => {
    const own = await block(balances);
    const other = await block(balances.with(3, 9n));
    await assert.rejects(takeSnapshot(other.ask, plan(own.blockHash, 5)), /does not have that hash/);
    const mixed: Ask = (method, params) => (method === 'eth_getProof' ? other.ask : own.ask)(method, params);
    await assert.rejects(takeSnapshot(mixed, plan(own.blockHash, 5)), /proves nothing/);
  });

  it('lacks what was not asked for, and says so', async () => {
    const { ask, blockHash } = await block(balances);
    const taken = await takeSnapshot(ask, plan(blockHash, 2));
    const absent = balanceSlot(holder(250));
    assert.notEqual(taken.missing(token, absent), undefined);
    assert.throws(() => taken.slot(token, absent), /lacks slot/);
    assert.throws(() => toSnapshot({ ...toSnapshotFile(taken), format: 'other' as never }), /format/);
  });
});

describe('snapshotBridge', () => {
  const of = (ask: Ask, blockHash: Hash) =>
    snapshotBridge(ask, {
      ...{ chainId: 1, rule: 'ethereum', number: 7n, blockHash, productBridge: bridge, registry },
      ...{ productTokens: [token], deposits: () => 300n },
      book: createAccountBook({ from: 1n, logRange: 3, registry }),
    });

  it('proves all holders, and the words of deposits to come', async () => {
    const { ask, blockHash } = await block([5n, 0n, 7n]);
    const taken = await of(ask, blockHash);
    assert.equal(taken.slot(token, balanceSlot(holder(2))).value, 7n);
    assert.equal(taken.slot(token, numberToHex(2, { size: 32 })).value, 12n);
  });

  it('refuses a node that leaves a holder out', async () => {
    const { ask, blockHash } = await block([5n, 6n, 7n]);
    const withholding: Ask = async (method, params) => {
      const answer = await ask(method, params);
      return method === 'eth_getLogs' ? (answer as unknown[]).slice(1) : answer;
    };
    await assert.rejects(of(withholding, blockHash), /its supply is 18/);
  });
});
