import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

import { faults as allFaults } from './faults.ts';
import { hunt } from './hunt.ts';
import { mutants } from './mutants.ts';
import { runChaos } from './run.ts';

/** The same in each run, so that a change and not chance makes it fail; `npm run chaos` draws another each time. */
const seed = Number(process.env['CHAOS_SEED'] ?? 1340352799);

describe('chaos', () => {
  it(`loses nothing and does nothing twice under random faults (seed ${seed})`, async (test) => {
    const { wrong, struck, transfers, seconds } = await runChaos({
      ...{ transfers: 40, pace: 0.25, atOnce: 5, hasHardhat: false, seed, say: () => undefined },
    });
    const faults = [...struck].filter(([, count]) => count > 0).map(([name, count]) => `${name} (${count})`);
    test.diagnostic(`seed ${seed}: ${transfers} transfers in ${seconds} s under ${faults.join(', ')}`);
    assert.deepEqual(wrong, []);
    const missed = allFaults.filter(({ name, weight }) => weight >= 1 && struck.get(name) === 0);
    assert.deepEqual(
      missed.map(({ name }) => name),
      [],
    );
  });

  it('knows every rule that a mutant switches off as it stands in the sources', () => {
    for (const { file, find } of mutants.flatMap(({ changes }) => changes)) {
      assert.equal(readFileSync(file, 'utf8').split(find).length, 2, `${file} does not hold once: ${find}`);
    }
  });

  // The others with `npm run chaos -- --mutants`.
  const [mutant] = mutants;
  it(`sees that ${mutant?.name}`, async () => {
    assert.ok(mutant !== undefined);
    const { wrong } = await hunt(mutant, 1);
    assert.notDeepEqual(wrong, []);
  });
});
