import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { openListOutput } from '../../cli/output.ts';

const print = (json: boolean, ...results: readonly (readonly [string, object])[]): string => {
  let printed = '';
  const stream = { isTTY: false, write: (text: string) => (printed += text) };
  const io = { stdout: stream, stderr: stream } as unknown as Parameters<typeof openListOutput>[1];
  {
    using output = openListOutput(json, io);
    for (const [text, value] of results) output.result(text, value);
  }
  return printed;
};

describe('a command with any number of results', () => {
  it('prints one JSON document, also for one result and for none', () => {
    assert.equal(print(true), '[]\n');
    assert.equal(print(true, ['one', { a: 1n }]), '[{"a":"1"}]\n');
    assert.equal(print(true, ['one', { a: 1 }], ['two', { b: 2 }]), '[{"a":1},{"b":2}]\n');
  });

  it('prints each result as text for people', () => {
    assert.equal(print(false, ['one', {}], ['two', {}]), 'one\ntwo\n');
  });
});
