// The gas that a recipient can cost the others of its batch, when the token refuses it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { encodeTransfers } from '../../protocol/attestation.ts';
import { SOURCE_BLOCK, at, items } from './support/bridges.ts';
import { loadFixture, networkHelpers } from './support/network.ts';
import { type Refusal, refusals, wild } from './support/wild-token.ts';

const silence = '0x00000000';

describe('A recipient for whom the token', () => {
  for (const [what, how] of [
    ['burns all the gas it gets', 'burnsGas'],
    ['reverts with 60 kB', 'revertsWith60kB'],
  ] as const) {
    it(`${what} waits alone, and costs no more than the gas cap`, async () => {
      const side = await loadFixture(wild);
      await side.refuse(items(3)[1]!.recipient, how);
      const transfers = encodeTransfers(items(3));
      const signatures = await side.attest(0n, transfers);
      const snapshot = await networkHelpers.takeSnapshot();

      const hash = await side.submit(0n, transfers, signatures);
      const { gasUsed } = await at(hash);
      assert.deepEqual(await refusals(hash), [[1n, silence]]);
      assert.deepEqual([await side.status(0n), await side.status(2n)], ['executed', 'executed']);

      await snapshot.restore();
      await side.refuse(items(3)[1]!.recipient, 'none');
      const plain = (await at(await side.submit(0n, transfers, signatures))).gasUsed;
      // The default gas cap of these tests, the event of the refusal and the time of the first.
      assert.ok(gasUsed - plain < 100_000n + 35_000n, `${gasUsed - plain} more`);
    });
  }

  for (const [what, long, short] of [
    ['reverts with 60 kB', 'revertsWith60kB', 'revertsAfter60kB'],
    ['returns false and 60 kB', 'returnsFalseAnd60kB', 'returnsFalseAfter60kB'],
  ] as const) {
    it(`${what} costs no more than one for whom 32 of these bytes come back: no others are read`, async () => {
      const side = await loadFixture(wild);
      const transfers = encodeTransfers(items(1));
      const signatures = await side.attest(0n, transfers);
      await side.refuse(items(1)[0]!.recipient, long);
      const snapshot = await networkHelpers.takeSnapshot();
      const gasOf = async (how: keyof typeof Refusal) => {
        await side.refuse(items(1)[0]!.recipient, how);
        const batch = [side.productToken, 0n, transfers, signatures, SOURCE_BLOCK] as const;
        const { gasUsed } = await at(await side.main.write.withdrawGuarded(batch));
        assert.equal(await side.status(0n), 'open');
        await snapshot.restore();
        return gasUsed;
      };
      const more = (await gasOf(long)) - (await gasOf(short));
      // To copy 60 kB takes 5,600 gas, and as much memory as it takes 12,000.
      assert.ok(more < 500n && more > -500n, `${more} more`);
    });
  }
});
