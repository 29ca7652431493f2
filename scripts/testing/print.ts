import { readFileSync } from 'node:fs';
import { styleText } from 'node:util';

import type { Counts } from './counts.ts';
import type { Outcome } from './run-suite.ts';

export function printHeading(name: string): void {
  console.log(`\n${styleText('bold', `── ${name} ${'─'.repeat(Math.max(0, 76 - name.length))}`)}\n`);
}

export function printTable(outcomes: Outcome[]): void {
  const width = Math.max(...outcomes.map(({ name }) => name.length), 'suite'.length);
  const row = (name: string, passed: string, failed: string, skipped: string, time: string, note = ''): string =>
    `${name.padEnd(width)} ${passed.padStart(8)} ${failed.padStart(8)} ${skipped.padStart(8)} ${time.padStart(9)}  ${note}`.trimEnd();

  printHeading('summary');
  console.log(styleText('dim', row('suite', 'passed', 'failed', 'skipped', 'time')));
  for (const { name, passed, failed, skipped, seconds, note } of outcomes) {
    const line = row(name, `${passed}`, `${failed}`, `${skipped}`, `${seconds.toFixed(1)} s`, note);
    console.log(failed > 0 ? styleText('red', line) : line);
  }
  console.log();
}

/** All that a suite printed to its file. */
export function printLog({ name, log }: Outcome): void {
  if (log === undefined) return;
  printHeading(name);
  process.stdout.write(readFileSync(log));
}

/** Once more at the end, where one looks first. */
export function printFailures({ name, log, failed }: Outcome): void {
  if (log === undefined || failed === 0) return;
  const printed = readFileSync(log, 'utf8');
  const at = printed.lastIndexOf('failing tests:');
  printHeading(`what failed in ${name}`);
  console.log(at < 0 ? printed.slice(-8_000) : printed.slice(at));
}

/** The last line of every run: machines read it. */
export function printTotal({ passed, failed, skipped }: Counts): void {
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
}
