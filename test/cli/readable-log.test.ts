import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';

import { readableLog } from '../../cli/readable-log.ts';
import { openLog } from '../../relayer/main.ts';

describe('a relayer’s log at a terminal', () => {
  let text = '';
  const stdout = new PassThrough();
  stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const log = openLog({ log: 'info' }, readableLog({ stdout, stderr: new PassThrough() }));
  const time = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;

  it('has a line for each entry: time, level, message, fields', () => {
    log.warn({ chain: 'main', nodes: 1, message: 'no answer', refusals: [{ signer: 2 }] }, 'problem');
    const fields = String.raw`chain=main nodes=1 message="no answer" refusals=\[\{"signer":2\}\]`;
    assert.match(text, new RegExp(`^${time} WARN  problem ${fields}\\n$`));
  });

  it('shows the stack of an error, and no key', () => {
    text = '';
    log.error({ err: new Error('it broke'), config: { payingKey: 'secret' } }, 'unexpected error');
    assert.match(text, new RegExp(`^${time} ERROR unexpected error config=.*\\n    Error: it broke\\n    at `));
    assert.doesNotMatch(text, /secret/);
  });
});
