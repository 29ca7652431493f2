// `npm test` runs every suite; `npm test -- relayer e2e` only those. The last line is `N passed, N failed`.
// A suite that needs a program which is not there is left out, and named; in CI it is installed, and a suite left out
// is a failure.
import { resolve } from 'node:path';

import { printFailures, printHeading, printLog, printTable, printTotal } from './testing/print.ts';
import { howTo, install, isMissing } from './testing/programs.ts';
import { type Outcome, resultsFolder, runSuite } from './testing/run-suite.ts';
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
  if (missing.length === 0) return run(suite);

  const note = `left out: needs ${missing.map(({ name }) => name).join(', ')} (npm run setup)`;
  console.log(`${suite.name}: ${note}`);
  // Whoever asks for a suite by name, or runs all of them in CI, must not take "left out" for "passed".
  const failed = isCi || asked.length > 0 ? 1 : 0;
  return { suite, seconds: 0, passed: 0, failed, skipped: 0, note };
}

/** One alone prints as it goes; of several, each when it has ended. */
async function run(suite: Suite): Promise<Outcome> {
  if (wanted.length === 1) {
    printHeading(suite.name);
    return runSuite(suite);
  }
  console.log(`${suite.name}: begins`);
  const outcome = await runSuite(suite, resolve(resultsFolder, `${suite.name}.log`));
  printLog(outcome);
  return outcome;
}

const outcomes: Outcome[] = [];
const waiting = [...wanted];
const runInTurn = async (): Promise<void> => {
  // Interrupted by Ctrl-C: the rest is not wanted either.
  while (process.exitCode === undefined) {
    const suite = waiting.shift();
    if (suite === undefined) return;
    outcomes.push(await runOrLeaveOut(suite));
  }
};
// Most of the time a test waits for blocks: two suites at once disturb each other little, and use two cores.
await Promise.all([runInTurn(), runInTurn()]);

const sum = (key: 'passed' | 'failed' | 'skipped') => outcomes.reduce((total, outcome) => total + outcome[key], 0);
printTable(outcomes);
outcomes.forEach(printFailures);
printTotal({ passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') });
process.exitCode ??= sum('failed') === 0 ? 0 : 1;
