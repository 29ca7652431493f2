import { readFileSync } from 'node:fs';
import { styleText } from 'node:util';

import type { Counts } from './counts.ts';
import type { Outcome } from './run-suite.ts';
import { type BudgetName, budgets } from './suites.ts';

export function printHeading(name: string): void {
  console.log(`\n${styleText('bold', `── ${name} ${'─'.repeat(Math.max(0, 76 - name.length))}`)}\n`);
}

/** Name, three counts, wall time in seconds, processor time in minutes, note. */
type Row = readonly [string, string, string, string, string, string, (string | undefined)?];

/** A line for each suite, then one for each budget of processor time. */
export function printTable(outcomes: readonly Outcome[]): void {
  const names = ['suite', ...outcomes.map(({ suite }) => suite.name), ...Object.keys(budgets)];
  const width = Math.max(...names.map((name) => name.length));
  const line = ([name, passed, failed, skipped, time, processor, note = '']: Row): string =>
    [
      name.padEnd(width),
      ...[passed, failed, skipped].map((count) => count.padStart(8)),
      time.padStart(9),
      processor.padStart(14),
      ` ${note}`,
    ]
      .join(' ')
      .trimEnd();

  printHeading('summary');
  console.log(styleText('dim', line(['suite', 'passed', 'failed', 'skipped', 'time', 'processor'])));
  for (const { suite, passed, failed, skipped, seconds, processorSeconds, note } of outcomes) {
    const processor = processorSeconds === undefined ? '' : minutes(processorSeconds);
    const row = line([suite.name, `${passed}`, `${failed}`, `${skipped}`, `${seconds.toFixed(1)} s`, processor, note]);
    console.log(failed > 0 ? styleText('red', row) : row);
  }
  console.log(`\n${styleText('dim', 'processor time by budget')}`);
  for (const [name, budget] of Object.entries(budgets)) {
    const ran = outcomes.filter(({ suite }) => suite.budget === (name as BudgetName));
    if (ran.length === 0) continue;
    const used = ran.reduce((total, { processorSeconds = 0 }) => total + processorSeconds, 0);
    const text = `${name.padEnd(width)} ${minutes(used)} of ${budget} min`;
    console.log(used > budget * 60 ? styleText('yellow', `${text}: over budget`) : text);
  }
  console.log();
}

const minutes = (seconds: number): string => `${(seconds / 60).toFixed(1)} min`;

/** All that a suite printed to its file. */
export function printLog({ suite, log }: Outcome): void {
  if (log === undefined) return;
  printHeading(suite.name);
  process.stdout.write(readFileSync(log));
}

/** Once more at the end, where one looks first. */
export function printFailures({ suite, log, failed }: Outcome): void {
  if (log === undefined || failed === 0) return;
  const printed = readFileSync(log, 'utf8');
  const at = printed.lastIndexOf('failing tests:');
  printHeading(`what failed in ${suite.name}`);
  console.log(at < 0 ? printed.slice(-8_000) : printed.slice(at));
}

/** The last line of every run: machines read it. */
export function printTotal({ passed, failed, skipped }: Counts): void {
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
}
