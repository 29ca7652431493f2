// `npm run test:clients` runs the suites that need real clients and analysis tools; `npm run test:clients -- slither` only
// the named ones. The last line is `N passed, N failed`. Suites that cannot run on this machine are listed as left out,
// with the reason: they count as skipped, and in CI as failed.
import { resolve } from 'node:path';

import { type ClientSuite, clientSuites } from '../clients/suites.ts';
import { printFailures, printHeading, printLog, printTable, printTotal } from './print.ts';
import { type Outcome, resultsFolder, runSuite } from './run-suite.ts';

const isCi = !['', '0', 'false'].includes(process.env.CI ?? '');
const asked = process.argv.slice(2);

const unknown = asked.filter((name) => !clientSuites.some(({ suite }) => suite.name === name));
if (unknown.length > 0) {
  const names = clientSuites.map(({ suite }) => suite.name).join(', ');
  console.error(`No such suite: ${unknown.join(', ')}. Available: ${names}.`);
  process.exit(2);
}
const wanted = clientSuites.filter(({ suite }) => asked.length === 0 || asked.includes(suite.name));

async function run({ suite, prepare }: ClientSuite): Promise<Outcome> {
  const obstacle = prepare?.();
  if (obstacle !== undefined) {
    const note = `left out: ${obstacle}`;
    console.log(`${suite.name}: ${note}`);
    const failed = isCi || asked.length > 0 ? 1 : 0;
    return { suite, seconds: 0, passed: 0, failed, skipped: 1 - failed, note };
  }

  if (wanted.length === 1) {
    printHeading(suite.name);
    return runSuite(suite);
  }
  console.log(`${suite.name}: begins`);
  const outcome = await runSuite(suite, resolve(resultsFolder, `clients-${suite.name}.log`));
  printLog(outcome);
  return outcome;
}

const outcomes: Outcome[] = [];
const waiting = [...wanted];
const runInTurn = async (): Promise<void> => {
  while (process.exitCode === undefined) {
    const suite = waiting.shift();
    if (suite === undefined) return;
    outcomes.push(await run(suite));
  }
};
await Promise.all([runInTurn(), runInTurn()]);

const sum = (key: 'passed' | 'failed' | 'skipped') => outcomes.reduce((total, outcome) => total + outcome[key], 0);
printTable(outcomes);
outcomes.forEach(printFailures);
for (const { suite, note } of outcomes) {
  if (note?.startsWith('left out') === true) console.log(`${suite.name}: ${note}`);
}
printTotal({ passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') });
process.exitCode ??= sum('failed') === 0 ? 0 : 1;
