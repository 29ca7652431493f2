// `npm test` runs every suite; `npm test -- relayer e2e` only those. The last line is `N passed, N failed`.
// A suite that needs a program which is not there is left out, and named; in CI it is installed, and a suite left out
// is a failure.
import { printHeading, printTable, printTotal } from './testing/print.ts';
import { howTo, install, isMissing } from './testing/programs.ts';
import { type Outcome, runSuite } from './testing/run-suite.ts';
import { type Suite, suites } from './testing/suites.ts';

const isCi = !['', '0', 'false'].includes(process.env.CI ?? '');
const asked = process.argv.slice(2);
const wanted = asked.length === 0 ? suites : suites.filter(({ name }) => asked.includes(name));

const unknown = asked.filter((name) => !suites.some((suite) => suite.name === name));
if (unknown.length > 0) {
  console.error(`No such suite: ${unknown.join(', ')}. There are: ${suites.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}

if (isCi) {
  const missing = [...new Set(wanted.flatMap(({ needs }) => needs))].filter(isMissing);
  if (missing.length > 0 && !install(missing)) console.error(`pegway: could not install all of it: ${howTo(missing)}`);
}

async function runOrLeaveOut(suite: Suite): Promise<Outcome> {
  const missing = suite.needs.filter(isMissing);
  printHeading(suite.name);
  if (missing.length === 0) return runSuite(suite);

  const note = `left out: needs ${missing.map(({ name }) => name).join(', ')} (npm run setup)`;
  console.log(note);
  // Whoever asks for a suite by name, or runs all of them in CI, must not take "left out" for "passed".
  const failed = isCi || asked.length > 0 ? 1 : 0;
  return { name: suite.name, seconds: 0, passed: 0, failed, skipped: 0, note };
}

const outcomes: Outcome[] = [];
for (const suite of wanted) {
  outcomes.push(await runOrLeaveOut(suite));
  // Interrupted by Ctrl-C: the rest is not wanted either.
  if (process.exitCode !== undefined) break;
}

const sum = (key: 'passed' | 'failed' | 'skipped') => outcomes.reduce((total, outcome) => total + outcome[key], 0);
printTable(outcomes);
printTotal({ passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') });
process.exitCode ??= sum('failed') === 0 ? 0 : 1;
