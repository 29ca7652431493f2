// A reporter of node:test that prints nothing and leaves the counts for the runner.
import type { TestEvent } from 'node:test/reporters';

import { writeCounts } from './counts.ts';

// eslint-disable-next-line require-yield -- a reporter is a generator, and this one has nothing to print
export default async function* countsReporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of source) {
    // There is one summary for each file, and a last one, without a file, for all.
    if (event.type !== 'test:summary' || event.data.file !== undefined) continue;
    const { tests, passed, skipped, todo } = event.data.counts;
    // What is none of these has failed, or was cancelled because something around it failed.
    writeCounts({ passed, failed: tests - passed - skipped - todo, skipped: skipped + todo });
  }
}
