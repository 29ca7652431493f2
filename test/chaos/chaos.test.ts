import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { hunt } from './hunt.ts';
import { mutants } from './mutants.ts';
import { runChaos } from './run.ts';

/** Another one with each run; `npm run chaos -- --seed N` repeats it. */
const seed = Number(process.env['CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

describe('chaos', () => {
  it(`loses nothing and does nothing twice under random faults (seed ${seed})`, async (test) => {
    const { wrong, struck, transfers, seconds } = await runChaos({ transfers: 200, seed, say: () => undefined });
    const faults = [...struck].filter(([, count]) => count > 0).map(([name, count]) => `${name} (${count})`);
    test.diagnostic(`seed ${seed}: ${transfers} transfers in ${seconds} s under ${faults.join(', ')}`);
    assert.deepEqual(wrong, []);
  });

  // The others with `npm run chaos -- --mutants`.
  const [mutant] = mutants;
  it(`sees that ${mutant?.name}`, async () => {
    assert.ok(mutant !== undefined);
    const { wrong } = await hunt(mutant, 1);
    assert.notDeepEqual(wrong, []);
  });
});
