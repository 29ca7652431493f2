// Signatures kept on chain: when they count, and what makes them worthless.
import assert from 'node:assert/strict';
import { it } from 'node:test';

import { encodeTransfers } from '../../protocol/attestation.ts';
import { approve, attested, digestOf, invalid, items, submitted, unmoved } from './support/batch.ts';
import { onBothSides, refused } from './support/both.ts';
import type { HelpedSide } from './support/bridges.ts';
import { assertions, networkHelpers, publicClient, time } from './support/network.ts';
import { maskOf, signAll, signers, strangers, threshold } from './support/signers.ts';

const addresses = signers.map((signer) => signer.address);

/** A second change, accepted by the five that are left, brings the first back into its place. */
async function readd(side: HelpedSide): Promise<void> {
  const calls = [side.call('setSigners', [addresses, BigInt(threshold)])];
  const digest = await side.bridge.read.governanceDigest([2n ** 64n, calls]);
  await side.bridge.write.propose([2n ** 64n, calls, await signAll(digest, [0, 1, 2], signers.slice(1))]);
  await time.increaseTo((await side.bridge.read.pendingProposal()).executableAt);
  await side.bridge.write.execute([calls]);
}

onBothSides('Approvals on chain', (fresh, name) => {
  it('are refused when they say nothing new and are too few', async () => {
    const side = await fresh();
    await approve(side, [0, 1, 2]);
    for (const by of [[0, 1, 2], [1], []]) {
      await refused(side, approve(side, by), 'MissingSignatures', [maskOf([0, 1, 2]), 4n]);
    }
  });

  it('are each kept and told once', async () => {
    const side = await fresh();
    const digest = await digestOf(side);
    const told = (kept: number[], signer: number) =>
      [digest, addresses[signer]!, side.productToken, 0n, maskOf(kept)] as const;

    await assertions.emitWithArgs(approve(side, [4]), side.bridge, 'TransfersApproved', [...told([4], 4)]);
    const second = await approve(side, [1, 4]);
    await assertions.emitWithArgs(second, side.bridge, 'TransfersApproved', [...told([1, 4], 1)]);

    assert.equal((await side.bridge.getEvents.TransfersApproved({ digest })).length, 1);
    assert.equal(await side.bridge.read.approvals([digest]), maskOf([1, 4]));
    assert.equal(await side.status(0n), 'open');
  });

  it('count once with signatures that overlap them', async () => {
    const side = await fresh();
    await approve(side, [0, 1]);
    await approve(side, [1, 2]);
    assert.equal(await side.status(0n), 'open');

    const executed = approve(side, [2, 5]);

    const signed = maskOf([0, 1, 2, 5]);
    await assertions.emitWithArgs(executed, side.bridge, 'TransfersExecuted', [
      side.productToken,
      0n,
      1n,
      signed,
      await digestOf(side),
    ]);
    assert.equal(await side.balanceOf(items[0]!.recipient), 5n);
  });

  it('are worth nothing for other content of the same nonce', async () => {
    const side = await fresh();
    await approve(side, [0, 1, 2]);
    const other = encodeTransfers([{ ...items[0]!, amount: 6n }]);
    await side.submit(0n, other, await side.attest(0n, other, [3]));
    assert.equal(await side.status(0n), 'open');
  });

  it('are worth nothing when one of their signers was removed before the fourth came', async () => {
    const side = await fresh();
    const late = await attested(side, [3]);
    await approve(side, [0, 1, 2]);
    // All other indices stay the same, so only the epoch distinguishes the signatures.
    const list = [strangers[0]!, ...signers.slice(1)];
    await side.govern(side.call('setSigners', [list.map((signer) => signer.address), 4n]));

    await refused(side, submitted(side, late), ...invalid(3));
    await unmoved(side);
    await submitted(side, await attested(side, [3]));

    assert.equal(await side.status(0n), 'open');
    assert.equal(await side.bridge.read.approvals([await digestOf(side)]), maskOf([3]));
  });

  it('and signatures of a signer that was removed and added again are worth nothing', async () => {
    const side = await fresh();
    const old = await attested(side);
    await approve(side, [0, 1, 2]);
    await side.govern(side.call('setSigners', [addresses.slice(1), 3n]));
    await readd(side);

    await refused(side, submitted(side, old), ...invalid(0));
    await refused(side, submitted(side, '0x'), 'MissingSignatures', [0, 4n]);
    await unmoved(side);
    await side.execute(0n, items);
  });

  if (name === 'main') {
    it('of a quorum retry without signatures what the token refused', async () => {
      const side = await fresh();
      const code = await publicClient.getCode(side.token);
      await networkHelpers.setCode(side.token.address, '0x');
      await approve(side, [0, 1, 2]);
      await approve(side, [3]);
      assert.equal(await side.status(0n), 'open');
      await networkHelpers.setCode(side.token.address, code!);

      await submitted(side, '0x');

      assert.equal(await side.status(0n), 'executed');
    });
  }
});

onBothSides(
  'Signatures of a transfer that was voided',
  (fresh) => {
    it('are worth nothing, and neither are its approvals; new ones are', async () => {
      const side = await fresh();
      const old = await attested(side);
      await submitted(side, old);
      assert.equal(await side.status(0n), 'parked');
      await side.govern(side.call('voidParked', [side.productToken, [0n]]));

      await refused(side, submitted(side, old), ...invalid(0));
      await refused(side, submitted(side, '0x'), 'MissingSignatures', [0, 4n]);
      await unmoved(side);
      await side.execute(0n, [{ ...items[0]!, amount: 4n }]);

      assert.equal(await side.status(0n), 'executed');
    });
  },
  { capacity: 4n },
);
