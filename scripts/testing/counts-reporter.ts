// A node:test reporter that prints nothing and writes the counts for the runner.
import type { TestEvent } from 'node:test/reporters';

import { type Counts, writeCounts } from './counts.ts';

// oxlint-disable-next-line require-yield -- a reporter is a generator, and this one has nothing to print
export default async function* countsReporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const soFar: Counts = { passed: 0, failed: 0, skipped: 0 };
  for await (const event of source) {
    if (event.type === 'test:complete' && event.data.details.type !== 'suite') {
      soFar[outcomeOf(event.data)]++;
      // Written after each test: the runner treats a change of the file as progress, and has the counts if the suite
      // crashes.
      writeCounts(soFar);
    }
    // There is one summary for each file, and a final one, without a file, for all.
    if (event.type !== 'test:summary' || event.data.file !== undefined) continue;
    const { tests, passed, skipped, todo } = event.data.counts;
    // The remaining tests have failed, or were cancelled because of a failure around them.
    writeCounts({ passed, failed: tests - passed - skipped - todo, skipped: skipped + todo });
  }
}

type Completed = Extract<TestEvent, { type: 'test:complete' }>['data'];

function outcomeOf({ details, skip, todo }: Completed): keyof Counts {
  if (skip !== undefined || todo !== undefined) return 'skipped';
  return details.passed ? 'passed' : 'failed';
}
