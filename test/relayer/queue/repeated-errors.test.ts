import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { createErrorLog } from '../../../relayer/queue/repeated-errors.ts';

describe('the errors of a queue', () => {
  it('are logged at once, and alike ones with their number after ten seconds', () => {
    let time = 0;
    const lines: object[] = [];
    const report = createErrorLog({ warn: (fields) => void lines.push(fields) }, () => time);
    for (let job = 1; job <= 600; job++) report(new Error(`Missing key for job ${job}. moveToFinished`));
    report(new Error('Missing lock for job 7. moveToFinished'));
    assert.deepEqual(lines, [
      { error: 'Missing key for job 1. moveToFinished' },
      { error: 'Missing lock for job 7. moveToFinished' },
    ]);
    time = 10;
    report(new Error('Missing key for job 601. moveToFinished'));
    assert.deepEqual(lines[2], { error: 'Missing key for job 601. moveToFinished', count: 600 });
    time = 21;
    report(new Error('Missing key for job 602. moveToFinished'));
    assert.deepEqual(lines[3], { error: 'Missing key for job 602. moveToFinished' });
  });
});
