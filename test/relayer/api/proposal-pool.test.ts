import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';

import { createProposalPool } from '../../../relayer/api/proposal-pool.ts';
import { type Proposal, createProposal, dataOf, digestOf } from '../../../cli/governance/proposal.ts';
import { recoverSigner } from '../../../protocol/recover-signer.ts';
import type { SharedProposal } from '../../../relayer/peers/governance.ts';
import { openProposals } from '../../../relayer/store/proposal-store.ts';
import { bridges, holder, keys, productToken } from '../support.ts';

const proposalOf = (nonce: bigint, minimum = 1, listEpoch = 1n): Proposal =>
  createProposal({
    chain: 'main',
    chainId: 31_337,
    bridge: bridges[0],
    listEpoch,
    nonce,
    deadline: 2_000_000_000n,
    calls: [{ function: 'setMinimum', args: { productToken, minimum: minimum.toString() } }],
  });

async function signed(proposal: Proposal, ...indices: readonly number[]): Promise<SharedProposal> {
  const { format: _, calls: __, signatures: ___, ...words } = proposal;
  const signatures = indices.map(async (index) => {
    const { address: signer, sign } = keys[index]!;
    return { signer, signature: await sign(digestOf(proposal)) };
  });
  return { ...words, calls: dataOf(proposal), signatures: await Promise.all(signatures) };
}

/** A proposal pool; the main bridge accepts proposal 3 next. */
function openPool(database = new DatabaseSync(':memory:')) {
  const world = {
    nonce: 3n,
    listEpoch: 1n,
    seconds: 0,
    reads: 0,
    recoveries: 0,
    signers: keys.slice(0, 5).map(({ address }) => address),
  };
  const side = (bridge: `0x${string}`, chainId: number) => ({
    bridge,
    chainId,
    signers: () => world.signers,
    next() {
      world.reads++;
      return Promise.resolve({ nonce: world.nonce, listEpoch: world.listEpoch });
    },
  });
  const pool = createProposalPool({
    bridges: { main: side(bridges[0], 31_337), product: side(bridges[1], 31_338) },
    store: openProposals(database),
    now: () => world.seconds,
  });
  const unlimited = {
    recover(...args: Parameters<typeof recoverSigner>) {
      world.recoveries++;
      return recoverSigner(...args);
    },
  };
  return { pool: { ...pool, add: (proposal: SharedProposal) => pool.add(proposal, unlimited) }, world };
}

describe('the proposal pool', () => {
  it('rejects a proposal for another bridge, or one that is not the next', async () => {
    const { pool } = openPool();
    const good = await signed(proposalOf(3n), 0);
    assert.deepEqual(await pool.add({ ...good, chainId: '1' }), { reason: 'wrong-bridge' });
    assert.deepEqual(await pool.add({ ...good, bridge: bridges[1] }), { reason: 'wrong-bridge' });
    for (const nonce of [2n, 4n]) {
      assert.deepEqual(await pool.add(await signed(proposalOf(nonce), 0)), { reason: 'out-of-order' });
    }
    assert.deepEqual(await pool.list(), []);
  });

  it('rejects a proposal without a current signer’s signature, and queries no node', async () => {
    const { pool, world } = openPool();
    const good = await signed(proposalOf(3n), 0);
    const notSigner = await signed(proposalOf(3n), 5);
    const ofAnother = { ...good, deadline: '2000000001' };
    const [{ signature }] = good.signatures as [SharedProposal['signatures'][number]];
    const underAnotherName = { ...good, signatures: [{ signer: keys[1]!.address, signature }] };
    for (const wrong of [notSigner, ofAnother, underAnotherName]) {
      assert.deepEqual(await pool.add(wrong), { reason: 'not-a-signer' });
    }
    assert.equal(world.reads, 0);
  });

  it('recovers one signature for each signer, however often a proposal names it', async () => {
    const { pool, world } = openPool();
    const good = await signed(proposalOf(3n), 0);
    const repeated = { ...good, signatures: Array.from({ length: 64 }, () => good.signatures[0]!) };
    assert.ok('signers' in (await pool.add(repeated)));
    assert.equal(world.recoveries, 1);
  });

  it('merges the signatures of current signers and drops all others', async () => {
    const { pool } = openPool();
    const proposal = proposalOf(3n);
    await pool.add(await signed(proposal, 1, 5));
    const answer = await pool.add(await signed(proposal, 0));
    assert.ok('signers' in answer);
    assert.equal(answer.digest, digestOf(proposal));
    assert.deepEqual(new Set(answer.signers), new Set([keys[0]!.address, keys[1]!.address]));
    const [listed] = await pool.list();
    const { signatures, ...words } = await signed(proposal, 0, 1);
    assert.deepEqual({ ...listed, signatures: undefined }, { ...words, signatures: undefined });
    assert.equal(listed?.signatures.length, signatures.length);
  });

  it('keeps at most eight proposals per signer under one nonce', async () => {
    const { pool } = openPool();
    for (let minimum = 1; minimum <= 8; minimum++) {
      assert.ok('digest' in (await pool.add(await signed(proposalOf(3n, minimum), 0))));
    }
    assert.deepEqual(await pool.add(await signed(proposalOf(3n, 9), 0)), { reason: 'too-many-requests' });
    assert.ok('digest' in (await pool.add(await signed(proposalOf(3n, 8), 0))));
    assert.ok('digest' in (await pool.add(await signed(proposalOf(3n, 9), 1))));
  });

  it('stops listing an outdated proposal, and reads the nonce once in two seconds', async () => {
    const { pool, world } = openPool();
    await pool.add(await signed(proposalOf(3n), 0));
    world.reads = 0;
    for (let times = 0; times < 5; times++) assert.equal((await pool.list()).length, 1);
    assert.ok(world.reads <= 2, `${world.reads} reads`);
    world.nonce = 4n;
    world.seconds = 3;
    assert.deepEqual(await pool.list(), []);
  });

  it('rejects and stops listing a proposal that was signed under another signer list', async () => {
    const { pool, world } = openPool();
    await pool.add(await signed(proposalOf(3n), 0));
    assert.deepEqual(await pool.add(await signed(proposalOf(3n, 1, 2n), 0)), { reason: 'wrong-bridge' });
    world.listEpoch = 2n;
    world.seconds = 3;
    assert.deepEqual(await pool.list(), []);
    assert.deepEqual(await pool.add(await signed(proposalOf(3n), 0)), { reason: 'wrong-bridge' });
    assert.ok('digest' in (await pool.add(await signed(proposalOf(3n, 1, 2n), 0))));
    assert.equal((await pool.list()).length, 1);
  });

  it('reads the nonce at once only for a proposal that no one can replay', async () => {
    const { pool, world } = openPool();
    const [past, current] = [await signed(proposalOf(2n), 0), await signed(proposalOf(3n), 0)];
    for (let times = 0; times < 5; times++) for (const again of [past, current]) await pool.add(again);
    assert.equal(world.reads, 1);
    world.nonce = 4n;
    assert.ok('digest' in (await pool.add(await signed(proposalOf(4n), 0))));
  });

  it('keeps proposals across a restart', async () => {
    const database = new DatabaseSync(':memory:');
    await openPool(database).pool.add(await signed(proposalOf(3n), 0));
    assert.equal((await openPool(database).pool.list()).length, 1);
  });

  it('rejects a signature of a holder', async () => {
    const { pool } = openPool();
    const good = await signed(proposalOf(3n), 0);
    const [{ signature }] = good.signatures as [SharedProposal['signatures'][number]];
    assert.deepEqual(await pool.add({ ...good, signatures: [{ signer: holder, signature }] }), {
      reason: 'not-a-signer',
    });
  });
});
