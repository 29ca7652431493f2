// `npm test` runs every suite; `npm test -- relayer e2e` only the named ones. The last line is `N passed, N failed`. A
// suite that requires a missing program is skipped and listed; CI installs it, and a skipped suite is a failure there.
import { resolve } from 'node:path';

import { printFailures, printHeading, printLog, printTable, printTotal } from './testing/print.ts';
import { howTo, install, isMissing } from './testing/programs.ts';
import { type Outcome, resultsFolder, runSuite } from './testing/run-suite.ts';
import { type Suite, programsOf, suites } from './testing/suites.ts';

const isCi = !['', '0', 'false'].includes(process.env.CI ?? '');
const asked = process.argv.slice(2);
const wanted = asked.length === 0 ? suites : suites.filter(({ name }) => asked.includes(name));

const unknown = asked.filter((name) => !suites.some((suite) => suite.name === name));
if (unknown.length > 0) {
  console.error(`No such suite: ${unknown.join(', ')}. Available: ${suites.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}

/** CI installs these while the suites that need none of them run. */
const missing = isCi ? programsOf(wanted).filter(isMissing) : [];
let isInstalling = missing.length > 0;
const installation = async (): Promise<void> => {
  if (!(await install(missing))) console.error(`pegway: cannot install everything: ${howTo(missing)}`);
  isInstalling = false;
};
const installed = isInstalling ? installation() : Promise.resolve();

async function runOrLeaveOut(suite: Suite): Promise<Outcome> {
  const lacking = suite.needs.filter(isMissing);
  if (lacking.length === 0) return run(suite);

  const note = `skipped: requires ${lacking.map(({ name }) => name).join(', ')} (npm run setup)`;
  console.log(`${suite.name}: ${note}`);
  // A skipped suite must not count as passed when it was requested by name or in CI.
  const failed = isCi || asked.length > 0 ? 1 : 0;
  return { suite, seconds: 0, passed: 0, failed, skipped: 0, note };
}

/** A single suite prints as it runs; with several, each prints when it ends. */
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
/** The suite that it must wait for is part of this run and has not ended, or one of its programs is being installed. */
const mustWait = (suite: Suite): boolean =>
  (isInstalling && programsOf([suite]).some((program) => missing.includes(program))) ||
  (wanted.some(({ name }) => name === suite.after) && !outcomes.some((ended) => ended.suite.name === suite.after));
const take = (isSuitable: (suite: Suite) => boolean = () => true): Suite | undefined => {
  const index = waiting.findIndex((suite) => !mustWait(suite) && isSuitable(suite));
  return index < 0 ? undefined : waiting.splice(index, 1)[0];
};
const isIdle = ({ mostlyIdle = false }: Suite): boolean => mostlyIdle;
const runInTurn = async (next: () => Suite | undefined): Promise<void> => {
  // Interrupted by Ctrl-C: skip the rest as well.
  while (process.exitCode === undefined) {
    const suite = next();
    if (suite !== undefined) outcomes.push(await runOrLeaveOut(suite));
    else if (isInstalling) await installed;
    else return;
  }
};
// Two at a time, and beside them one that mostly waits for leases and alerts. A third of the others would leave each too
// little of two cores, and what a test waits for would come too late.
const runAny = () => runInTurn(() => take((suite) => !isIdle(suite)) ?? take());
await Promise.all([runAny(), runAny(), runInTurn(() => take(isIdle))]);

const sum = (key: 'passed' | 'failed' | 'skipped') => outcomes.reduce((total, outcome) => total + outcome[key], 0);
printTable(outcomes);
outcomes.forEach(printFailures);
printTotal({ passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') });
process.exitCode ??= sum('failed') === 0 ? 0 : 1;
