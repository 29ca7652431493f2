import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';

import { type Proof, listedProofs, runHalmos } from '../../scripts/clients/halmos.ts';

const names = listedProofs();

describe('Halmos on libraries of the contracts', () => {
  let proofs: readonly Proof[] = [];
  let printed = '';

  before(async () => {
    ({ proofs, printed } = await runHalmos());
  });

  for (const name of names) {
    it(name, () => {
      const outcome = proofs.find((proof) => proof.name === name)?.outcome ?? 'not reported';
      const at = printed.indexOf(name.split('.')[1] ?? name);
      assert.equal(outcome, 'proven', printed.slice(Math.max(0, at - 1_500), at + 1_500));
    });
  }

  it('reports no other proofs', () => {
    assert.deepEqual(
      proofs.map(({ name }) => name).filter((name) => !names.includes(name)),
      [],
    );
  });
});
