// `npm run mutants` changes the contracts in one place at a time and runs their tests: a mutant that no test kills shows a
// rule that no test holds. Results are kept in bench/results/mutants.json, from which the next run continues.
//   --minutes N   stop after N minutes, 60 unless given
//   --sample N    N mutants drawn by the seed from all, in a result of their own: what CI runs
//   --seed N      of the samples, 1 unless given
//   --file PATH   only mutants of this file
//   --libraries   only mutants of libraries with unit tests: seconds each, where one of a bridge takes half a minute
//   --again       judge survivors again, after a test was added
import { parseArgs } from 'node:util';

import { tasks } from 'hardhat';

import { Judge } from './mutants/child.ts';
import { hasUnitTests, selectMutants, shuffled } from './mutants/select.ts';
import { type Results, openResults, summaryOf } from './mutants/results.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    file: { type: 'string' },
    libraries: { type: 'boolean', default: false },
    again: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
const end = performance.now() + Number(values.minutes) * 60_000;

await tasks.getTask('build').run({ quiet: true });

const selected = selectMutants(seed);
const all = selected
  .filter(({ file }) => values.file === undefined || file === values.file)
  .filter((mutant) => !values.libraries || hasUnitTests(mutant));
const wanted = values.sample === undefined ? all : shuffled(all, seed).slice(0, Number(values.sample));
const path = values.sample === undefined ? 'bench/results/mutants.json' : undefined;
const results: Results = openResults(path, selected.length);

const judge = new Judge();
for (const mutant of wanted) {
  if (performance.now() > end) break;
  const known = results.verdictOf(mutant);
  if (known !== undefined && !(values.again && known.outcome === 'survived')) continue;

  const verdict = await judge.judge(mutant);
  results.add(mutant, verdict);
  console.log(`${verdict.outcome.padEnd(10)} ${mutant.id}${verdict.by === undefined ? '' : `   (${verdict.by})`}`);
}
judge.stop();

const summary = summaryOf(results, wanted);
console.log(summary.text);
const isRun = values.sample === undefined || summary.isComplete;
process.exitCode = summary.isEnough && isRun ? 0 : 1;
