// Judges one mutant at a time for scripts/mutants.ts: builds it and runs tests until one fails. A process of its own, so
// that a mutant that never ends can be killed; compiler and test runner stay loaded from one mutant to the next.
import { globSync, readFileSync } from 'node:fs';

import { CompileError } from '../solidity/compile.ts';
import { type Built, buildDeployables, buildUnitTests } from './build.ts';
import type { Mutant } from './mutations.ts';
import { runNodeTests } from './node-tests.ts';
import { failuresOf, loadArtifacts, withBuilt } from './solidity-tests.ts';

/** `equivalent` has the bytecode of the original; `invalid` does not compile. */
export interface Verdict {
  readonly outcome: 'killed' | 'survived' | 'equivalent' | 'invalid';
  /** The first test that failed. */
  readonly by?: string;
}

const folder = 'test/contracts/solidity';
const tests = globSync(`${folder}/*.t.sol`).sort();
/** Tests of libraries, which have the library's code in their own. */
const unitTests = tests.filter(
  (file) => !/support\/(Deployment|Signing)|\.\/(pair|exits)\//.test(readFileSync(file, 'utf8')),
);
const slow = ['Invariants', 'ExitInvariants'].map((name) => `${folder}/${name}.t.sol`);
const bridgeTests = tests.filter(
  (file) => !unitTests.includes(file) && !slow.includes(file) && !file.endsWith('Reach.t.sol'),
);

const artifacts = await loadArtifacts();
const originals = new Map<string, string>();

async function judge(mutant: Mutant): Promise<Verdict> {
  const units = buildUnitTests(unitTests, mutant, mutant.text);
  const unitFiles = [...new Set(units.map(({ file }) => file))];
  const [byUnit] = await failuresOf(withBuilt(artifacts, units), unitFiles);
  if (byUnit !== undefined) return { outcome: 'killed', by: byUnit };

  const built = buildDeployables(mutant, mutant.text);
  if (isSame(mutant, built)) return { outcome: 'equivalent' };
  const mutated = withBuilt(artifacts, built);
  for (const files of [bridgeTests, slow]) {
    const [by] = await failuresOf(mutated, files);
    if (by !== undefined) return { outcome: 'killed', by };
  }
  const by = await runNodeTests(mutant.file, mutated);
  return by === undefined ? { outcome: 'survived' } : { outcome: 'killed', by };
}

/** True if the code of everything built equals the original's. */
function isSame(mutant: Mutant, built: readonly Built[]): boolean {
  const codeOf = (list: readonly Built[]) =>
    list.map(({ name, contract }) => name + contract.evm.bytecode.object).join();
  const key = `${mutant.file} ${built.map(({ name }) => name).join()}`;
  let original = originals.get(key);
  if (original === undefined) {
    original = codeOf(buildDeployables(mutant, readFileSync(mutant.file, 'utf8')));
    originals.set(key, original);
  }
  return codeOf(built) === original;
}

process.on('message', (mutant: Mutant) => {
  void judge(mutant)
    .catch((error: unknown): Verdict => {
      if (error instanceof CompileError) return { outcome: 'invalid' };
      throw error;
    })
    .then((verdict) => process.send?.(verdict));
});
process.send?.('ready');
